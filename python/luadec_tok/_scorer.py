"""Scores answers with a process that stays open."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Deque, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Type, Union

from ._command import Error, Process, UsageError, forget_after_fork, start_thread
from ._rows import line_of, record

#: An answer, several samples of it, or None for an answer that fails.
Answer = Union[str, Sequence[Optional[str]], None]


class BadRow(Error):
    """A row has no stream that can be read. The text is the reason."""


class Scorer:
    """Scores answers with `luadec-tok score -`, which starts with the first row and stays open.

        with Scorer() as scorer:
            scorer.score(stream, answer)["same"]

    Threads may share a scorer. If its process dies, another one is started and gets the rows that were
    not answered; if that dies, too, before it answers any, CommandError is raised. A scorer can be
    pickled, and used after a fork: the copy has a process of its own.

    The options are those of `luadec-tok score`, such as `--luac luac5.4`.
    """

    def __init__(self, *options: str) -> None:
        self._options = options
        # Guards the session and what is written to it.
        self._lock = threading.Lock()
        self._session: Optional[_Session] = None
        self._is_closed = False
        forget_after_fork(self)

    def forget(self) -> None:
        """Lets go of the process of the parent, in a process that was forked."""
        self._lock = threading.Lock()
        self._session = None

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), self._options

    def score(self, stream: str, answer: Answer, outline: bool = False) -> Dict[str, Any]:
        """Returns the figures of an answer to a stream, or to a prompt with one: docs/SCORING.md.

        `outline` says that the stream is an outline, which matters for stripped functions without
        functions inside. A list of answers gives a list of figures under `samples`.

        Raises BadRow if there is no stream that can be read.
        """
        row: Dict[str, Any] = {"prompt": stream, "prediction": answer}
        if outline:
            row["outline"] = None
        [figures] = self.score_many([row])
        del figures["id"]
        if "bad_row" in figures:
            raise BadRow(figures["bad_row"])
        return figures

    def score_many(self, rows: Iterable[Mapping[str, Any]]) -> List[Dict[str, Any]]:
        """Returns the figures of rows, with the `id` of each.

        A row has the keys that docs/SCORING.md names: `prompt` or `messages`, and `prediction`. The
        figures of a row without a stream that can be read are `bad_row`, the reason.
        """
        asked = [_Asked(row.get("id"), _line(row)) for row in rows]
        with self._lock:
            if self._is_closed:
                raise ValueError("the scorer is closed")
            if asked:
                if self._session is None:
                    self._session = self._start(is_second=False)
                self._session.send(asked)
        return [one.answer.result() for one in asked]

    def _start(self, is_second: bool) -> _Session:
        return _Session(["score", "-q", *self._options, "-"], is_second, weakref.ref(self))

    def _died(self, session: _Session) -> None:
        """Replaces a process that has ended."""
        with self._lock:
            session.process.end()
            if self._session is session:
                self._session = None
            unanswered = list(session.waiting)
            if not unanswered:
                return
            error: Exception = session.process.failure()
            # A row that ends the process must not do so forever.
            is_hopeless = session.is_second and not session.has_answered
            if not (is_hopeless or self._is_closed or isinstance(error, UsageError)):
                try:
                    self._session = self._start(is_second=True)
                    self._session.send(unanswered)
                    return
                except Exception as new:
                    error = new
            for one in unanswered:
                one.answer.set_exception(error)

    def close(self) -> None:
        """Ends the process. Rows of other threads are scored first."""
        with self._lock:
            self._is_closed = True
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def __enter__(self) -> Scorer:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Nobody waits for an answer: whoever does has a reference.
        session = self.__dict__.get("_session")
        if session is not None:
            session.process.stdin.close()


def _line(row: Mapping[str, Any]) -> bytes:
    """Returns a row as a line of JSON. A half of a character in an answer becomes U+FFFD: JSON cannot hold it."""
    if "prediction" in row:
        row = {**row, "prediction": _whole(row["prediction"])}
    return line_of(row)


def _whole(answer: Any) -> Any:
    if isinstance(answer, (list, tuple)):
        return [_whole(sample) for sample in answer]
    try:
        if isinstance(answer, str):
            answer.encode("utf-8")
        return answer
    except UnicodeEncodeError:
        return answer.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Asked:
    """A row that waits for its figures."""

    def __init__(self, name: Any, line: bytes) -> None:
        self.name = name
        self.line = line
        self.answer: Future[Dict[str, Any]] = Future()


class _Session:
    """A process, and the rows that it has not answered yet."""

    def __init__(self, arguments: Sequence[str], is_second: bool, scorer: weakref.ref[Scorer]) -> None:
        self.process = Process(arguments)
        self.waiting: Deque[_Asked] = deque()
        #: True if it took the place of one that died.
        self.is_second = is_second
        self.has_answered = False
        self.process.threads.append(start_thread(self._listen, scorer))

    def send(self, asked: Iterable[_Asked]) -> None:
        """Writes rows. If the process dies, they are sent to the next one."""
        asked = list(asked)
        self.waiting.extend(asked)
        try:
            self.process.write(b"".join(one.line for one in asked))
        except BaseException:
            # A row may be cut off, so the process is of no more use.
            self.process.popen.kill()
            raise

    def _listen(self, scorer: weakref.ref[Scorer]) -> None:
        with open(self.process.stdout.fileno(), "rb", closefd=False) as stdout:
            for line in stdout:
                # A process that died may leave half a line.
                if not line.endswith(b"\n") or not self.waiting:
                    break
                self.has_answered = True
                self._answer(line)
        self.process.wait()
        owner = scorer()
        if owner is not None:
            owner._died(self)
        else:
            self.process.end()

    def _answer(self, line: bytes) -> None:
        asked = self.waiting.popleft()
        try:
            figures = record(line)
        except Error as error:
            asked.answer.set_exception(error)
            return
        # A bad row has no id, and the lines are those of one process.
        figures["id"] = asked.name
        figures.pop("line", None)
        asked.answer.set_result(figures)

    def close(self) -> None:
        """Ends the process after its last answer."""
        self.process.stdin.close()
        # No row takes longer than the command allows, ten seconds by default, but there may be many.
        while self.waiting and self.process.threads[-1].is_alive():
            self.process.threads[-1].join(0.1)
        self.process.end()
