"""What the tests share. Run them with `LUADEC_TOK=target/debug/luadec-tok PYTHONPATH=python python3 -m unittest
discover tests/python`."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

import luadec_tok

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def fixture(name):
    with open(os.path.join(ROOT, "fixtures", name), "rb") as file:
        return file.read()


def features():
    """Returns the features of the command; none if there is no command."""
    try:
        shown = subprocess.run([luadec_tok.find_luadec_tok(), "--version"], stdout=subprocess.PIPE)
    except OSError:
        return ""
    return shown.stdout.decode()


needs_full = unittest.skipUnless("score" in features(), "there is no luadec-tok with the feature full")


def processes():
    """Returns the processes that this one started, and that those started."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, check=True)
    rows = [line.split() for line in found.stdout.decode().splitlines()]
    parents = {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}
    mine, size = {os.getpid()}, 0
    while size != len(mine):
        size = len(mine)
        mine |= {pid for pid, parent in parents.items() if parent in mine}
    return mine - {os.getpid()}


@contextlib.contextmanager
def no_process_left(test):
    """Checks that no process is left of those that are started inside."""
    before = processes()
    yield
    for _ in range(50):
        # The second is ps.
        left = processes() - before
        if len(left) <= 1:
            return
        time.sleep(0.1)
    test.fail("processes are left: %s" % left)


@contextlib.contextmanager
def command(script):
    """Puts a Python script in place of the command."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "luadec-tok")
        with open(path, "w") as file:
            file.write("#!%s -IS\nimport json, os, sys\n%s" % (sys.executable, script))
        os.chmod(path, 0o755)
        before = os.environ.get("LUADEC_TOK")
        os.environ["LUADEC_TOK"] = path
        try:
            yield directory
        finally:
            del os.environ["LUADEC_TOK"]
            if before is not None:
                os.environ["LUADEC_TOK"] = before
