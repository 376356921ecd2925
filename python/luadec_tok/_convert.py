"""One chunk at a time: streams, prompts and proven files."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional

from ._command import run
from ._rows import lines_of, record

#: The exit status of `luadec-tok assemble` for a file that was written, but is not proven.
_NOT_PROVEN = 3


def tokens(chunk: bytes, *options: str) -> str:
    """Returns the full stream of a chunk of Lua 5.3. The options are those of `luadec-tok`."""
    return _stream(chunk, "full", options)


def terse(chunk: bytes, *options: str) -> str:
    """Returns the terse stream of a chunk. The options are those of `luadec-tok`, such as `--strip`."""
    return _stream(chunk, "terse", options)


def _stream(chunk: bytes, form: str, options: Iterable[str]) -> str:
    output, _ = run(["-f", form, *options, "-"], chunk, level=logging.WARNING)
    return output.decode("utf-8").rstrip("\n")


def decode(stream: str, *options: str) -> bytes:
    """Returns the chunk of a stream. The options are those of `luadec-tok decode`."""
    output, _ = run(["decode", *options, "-"], stream.encode("utf-8"), level=logging.WARNING)
    return output


def ask(chunk: bytes, *options: str, after: Optional[Iterable[Mapping[str, Any]]] = None) -> List[Dict[str, Any]]:
    """Returns a row with `id` and `prompt` for each function of a chunk.

    `after` are rows with `id` and `prediction`: then only functions that these do not prove are asked
    about again. The options are those of `luadec-tok ask`.
    """
    with tempfile.TemporaryDirectory() as directory:
        if after is not None:
            options += ("--after", _write(directory, "answers", lines_of(after)))
        output, _ = run(["ask", *options, "-"], chunk, directory=directory)
    return [record(line) for line in output.splitlines()]


class Assembled(NamedTuple):
    """What `assemble` makes of the answers."""

    #: The Lua file.
    source: str
    #: Whether the file is proven: it compiles to the code of the chunk.
    same: bool
    #: What became of each function: docs/DECOMPILING.md.
    report: Dict[str, Any]


def assemble(chunk: bytes, answers: Iterable[Mapping[str, Any]], *options: str) -> Assembled:
    """Makes a Lua file of the answers to the prompts of `ask`, and proves it against the chunk.

    Answers are rows with `id` and `prediction`. The options are those of `luadec-tok assemble`.
    """
    with tempfile.TemporaryDirectory() as directory:
        report = os.path.join(directory, "report")
        command = ["assemble", *options, "--report", report, _write(directory, "chunk", [chunk]), "-"]
        rows = b"".join(lines_of(answers))
        output, status = run(command, rows, good=(0, _NOT_PROVEN), directory=directory)
        with open(report, encoding="utf-8") as file:
            return Assembled(output.decode("utf-8"), status == 0, json.load(file))


def _write(directory: str, name: str, lines: Iterable[bytes]) -> str:
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.writelines(lines)
    return path
