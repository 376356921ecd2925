"""Rows of JSON, and the records that `luadec-tok dataset` makes of them."""

from __future__ import annotations

import json
import math
from typing import Any, Dict, Generator, Iterable, Iterator, Mapping

from ._command import Error, exchange


def dataset(rows: Iterable[Mapping[str, Any]], *options: str) -> Generator[Dict[str, Any], None, None]:
    """Yields the records that `luadec-tok dataset` makes of rows with a source in `content`.

    Rows are taken as records are: nothing is held in memory but what is under way, so both may be
    endless. A generator that is closed or dropped ends the process. The options are those of
    `luadec-tok dataset`, such as `--unit outline --path-key path --keep-errors`.

    Raises CommandError if the command fails, and whatever the rows raise.
    """
    command = ["dataset", *options, "--rows", "-", "-o", "-"]
    output = exchange(command, lines_of(rows))
    try:
        for line in _lines(output):
            yield record(line)
    finally:
        output.close()


def lines_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Yields each row as a line of JSON."""
    return map(line_of, rows)


def line_of(row: Mapping[str, Any]) -> bytes:
    """Returns a row as a line of JSON. NaN, which is how pandas says that a value is missing, becomes null."""
    if not isinstance(row, dict):
        row = dict(row)
    try:
        text = json.dumps(row, default=_plain, allow_nan=False)
    except ValueError:
        text = json.dumps(_without_nan(row), default=_plain)
    return text.encode("ascii") + b"\n"


def _plain(value: Any) -> Any:
    """Returns a value of NumPy, a time or a decimal as JSON has it."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError("a row holds bytes; decode them first")
    if hasattr(value, "tolist"):
        return _without_nan(value.tolist())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    if hasattr(value, "tolist"):
        return _without_nan(value.tolist())
    return value


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the lines of a text that comes in pieces."""
    rest = []
    for chunk in chunks:
        first, *lines = chunk.split(b"\n")
        rest.append(first)
        if lines:
            yield b"".join(rest)
            yield from lines[:-1]
            rest = [lines[-1]]
    last = b"".join(rest)
    if last:
        yield last


def record(line: bytes) -> Dict[str, Any]:
    """Parses a line of output."""
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Error("expected a line of JSON from luadec-tok, found %.60r" % line)
    return value
