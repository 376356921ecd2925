"""Finds and runs the command luadec-tok."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import weakref
from collections import deque
from typing import Any, Callable, Deque, Generator, Iterable, List, Sequence, Tuple

# What the command prints on standard error while it succeeds.
log = logging.getLogger("luadec_tok")


class Error(Exception):
    """Any failure of this package."""


class CommandError(Error):
    """The command failed. The text is the line that it printed last."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, status)
        self.message = message
        #: The exit status; negative if a signal ended the command.
        self.status = status

    def __str__(self) -> str:
        return self.message


class UsageError(CommandError):
    """The options are wrong."""


def find_luadec_tok() -> str:
    """Returns the path of the command: `$LUADEC_TOK`, where pip put it, or in `PATH`.

    Raises FileNotFoundError if it is nowhere.
    """
    given = os.environ.get("LUADEC_TOK")
    if given:
        return given
    name = "luadec-tok" + (sysconfig.get_config_var("EXE") or "")
    for directory in _directories():
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    found = shutil.which("luadec-tok")
    if found:
        return found
    raise FileNotFoundError("no %s in %s, or in PATH; set LUADEC_TOK to its path" % (name, ", ".join(_directories())))


def _directories() -> List[str]:
    here = os.path.dirname(os.path.abspath(__file__))
    return [
        # A virtual environment, or the system.
        sysconfig.get_path("scripts"),
        # pip install --user
        sysconfig.get_path("scripts", _user_scheme()),
        # pip install --target: bin is beside the package.
        os.path.join(os.path.dirname(here), "bin"),
    ]


def _user_scheme() -> str:
    if sys.version_info >= (3, 10):
        return sysconfig.get_preferred_scheme("user")
    return "nt_user" if os.name == "nt" else "posix_user"


def run(
    arguments: Sequence[str],
    data: bytes,
    good: Sequence[int] = (0,),
    level: int = logging.INFO,
    directory: str = "",
) -> Tuple[bytes, int]:
    """Runs the command on some input and returns its output and its exit status.

    Messages do not mention `directory`, which holds temporary files.
    """
    command = [find_luadec_tok(), *arguments]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    messages = done.stderr.decode("utf-8", "replace")
    if directory:
        messages = messages.replace(directory + os.sep, "")
    lines = messages.splitlines()
    if done.returncode not in good:
        raise failure(lines, done.returncode)
    for line in lines:
        log.log(level, "%s", plain(line))
    return done.stdout, done.returncode


def failure(lines: Sequence[str], status: int) -> CommandError:
    """Returns the exception for what a command printed and its exit status."""
    if status < 0:
        return CommandError("luadec-tok was ended by %s" % _signal_name(-status), status)
    message = plain(lines[-1]) if lines else "luadec-tok failed with status %d" % status
    return UsageError(message, status) if status == 2 else CommandError(message, status)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "signal %d" % number


def plain(line: str) -> str:
    """Returns a message without the name of the command."""
    prefix = "luadec-tok: "
    return line[len(prefix) :] if line.startswith(prefix) else line


#: How many seconds the command has to end after SIGTERM.
_PATIENCE = 5.0
#: How many bytes may wait on their way to the command, and how many on their way back.
_MOST_INPUT = 64 << 10
_MOST_OUTPUT = 1 << 20


class Process:
    """The command, with a thread that reads its messages."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.popen = subprocess.Popen(
            [find_luadec_tok(), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert self.popen.stdin and self.popen.stdout and self.popen.stderr
        self.stdin, self.stdout, self.stderr = self.popen.stdin, self.popen.stdout, self.popen.stderr
        forget_after_fork(self)
        #: The last lines that it printed on standard error.
        self.messages: Deque[str] = deque(maxlen=20)
        self.threads = [start_thread(self._listen)]

    def _listen(self) -> None:
        with open(self.stderr.fileno(), "rb", closefd=False) as stderr:
            for line in stderr:
                self.messages.append(line.decode("utf-8", "replace").rstrip("\n"))
                log.info("%s", plain(self.messages[-1]))

    def write(self, data: bytes) -> bool:
        """Writes all of `data`; returns False if nobody reads it."""
        view = memoryview(data)
        try:
            while view:
                view = view[self.stdin.write(view) :]
        except (OSError, ValueError):
            return False
        return True

    def wait(self) -> int:
        """Waits for the end and returns the exit status. Then `messages` is complete."""
        status = self.popen.wait()
        # A program that the command started may still hold standard error.
        self.threads[0].join(1)
        return status

    def failure(self) -> CommandError:
        """Returns the exception for a process that has ended."""
        return failure(list(self.messages), self.popen.returncode)

    def end(self) -> None:
        """Ends the process, and what it started."""
        # On SIGTERM the command ends its helpers, too.
        self.popen.terminate()
        try:
            self.popen.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        others = [thread for thread in self.threads if thread is not threading.current_thread()]
        for thread in others:
            thread.join(1)
        # A descriptor that a thread still reads must not be given to another file.
        if not any(thread.is_alive() for thread in others):
            self.close()

    def close(self) -> None:
        """Closes the pipes."""
        for pipe in (self.stdin, self.stdout, self.stderr):
            pipe.close()

    def forget(self) -> None:
        """Lets go of a process of the parent, in a process that was forked."""
        # Otherwise the command never sees the end of its input.
        self.close()
        self.popen.returncode = 0


_forgetful: "weakref.WeakSet[Any]" = weakref.WeakSet()


def forget_after_fork(thing: Any) -> None:
    """Calls `thing.forget()` in each process that is forked from this one."""
    _forgetful.add(thing)


def _forget_all() -> None:
    for thing in list(_forgetful):
        thing.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def start_thread(target: Callable[..., None], *arguments: Any) -> threading.Thread:
    """Starts a thread that does not keep Python from ending."""
    thread = threading.Thread(target=target, args=arguments, name="luadec-tok", daemon=True)
    thread.start()
    return thread


class _Exchange(Process):
    """A process that is written to and read from at once, in bounded memory."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._changed = threading.Condition()
        self._input: Deque[bytes] = deque()
        self._input_size = 0
        self._has_all_input = False
        #: True if the process reads no more.
        self.is_deaf = False
        self._output: Deque[bytes] = deque()
        self._output_size = 0
        self._has_all_output = False
        #: True if nobody wants the output any more.
        self._is_over = False
        self.threads += [start_thread(self._pump_in), start_thread(self._pump_out)]

    def _pump_in(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._input or self._has_all_input)
                data = b"".join(self._input)
                self._input.clear()
            if not data:
                break
            is_written = self.write(data)
            with self._changed:
                # What is being written counts, too.
                self._input_size -= len(data)
                self.is_deaf = not is_written
                self._changed.notify_all()
            if not is_written:
                break
        self.stdin.close()

    def _pump_out(self) -> None:
        while True:
            data = os.read(self.stdout.fileno(), _MOST_OUTPUT)
            with self._changed:
                self._changed.wait_for(lambda: self._output_size < _MOST_OUTPUT or self._is_over)
                self._output.append(data)
                self._output_size += len(data)
                self._has_all_output = not data
                self._changed.notify_all()
            if not data or self._is_over:
                break

    def send(self, data: bytes) -> bool:
        """Puts data on its way to the process; returns False if it reads no more."""
        with self._changed:
            self._input.append(data)
            self._input_size += len(data)
            self._changed.notify_all()
            return not (self.is_deaf or self._has_all_output)

    def send_end(self) -> None:
        """Ends the input after what was sent."""
        with self._changed:
            self._has_all_input = True
            self._changed.notify_all()

    def receive(self, until_room: bool) -> bytes:
        """Waits for output and returns it. Returns nothing at its end or, with `until_room`, if there
        is room for input."""

        def is_ready() -> bool:
            has_room = self._input_size < _MOST_INPUT or self.is_deaf
            return bool(self._output) or self._has_all_output or (until_room and has_room)

        with self._changed:
            self._changed.wait_for(is_ready)
            data = b"".join(self._output)
            self._output.clear()
            self._output_size = 0
            self._changed.notify_all()
            return data

    def end(self) -> None:
        with self._changed:
            self._has_all_input = self._is_over = True
            self._changed.notify_all()
        super().end()

    def forget(self) -> None:
        super().forget()
        # Another thread of the parent may have held it.
        self._changed = threading.Condition()


def exchange(arguments: Sequence[str], chunks: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Yields the output of the command while it is given the chunks as its input.

    The chunks are taken in the thread that takes the output, one at a time, as the command has room for
    them. So their iterable may belong to a thread, and what it raises is raised here.
    """
    process = _Exchange(arguments)
    is_whole = True
    try:
        for chunk in chunks:
            while True:
                data = process.receive(until_room=True)
                if not data:
                    break
                yield data
            if not process.send(chunk):
                is_whole = False
                break
        process.send_end()
        while True:
            data = process.receive(until_room=False)
            if not data:
                break
            yield data
        if process.wait() != 0:
            raise process.failure()
        if process.is_deaf or not is_whole:
            raise Error("luadec-tok stopped before the end of its input")
    finally:
        process.end()
