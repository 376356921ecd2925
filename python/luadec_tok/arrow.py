"""Arrow and Parquet, in and out, in bounded memory. Needs pyarrow."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any, Dict, Generator, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

import pyarrow as pa
import pyarrow.parquet as pq

from ._command import Error, exchange

Path = Union[str, "os.PathLike[str]"]

#: How many rows of a file are read at once.
_ROWS = 1000
#: How many records go into a row group, or how many bytes.
_ROW_GROUP = 10000
_ROW_GROUP_BYTES = 128 << 20


def dataset(batches: Iterable[pa.RecordBatch], *options: str) -> Generator[pa.RecordBatch, None, None]:
    """Yields the records that `luadec-tok dataset` makes of batches of rows, as batches.

    It is `luadec_tok.dataset` without dictionaries: the sources are in the column `content`, and `meta` is
    a column of JSON. The columns depend on the options only. There is at least one batch, maybe an empty
    one. A table can be given, too.
    """
    command = ["dataset", *options, "--rows", "-", "--container", "arrow", "-o", "-"]
    output = exchange(command, _stream(batches))
    try:
        with pa.ipc.open_stream(pa.PythonFile(_File(output), mode="r")) as reader:
            is_empty = True
            for batch in reader:
                is_empty = False
                yield batch
            if is_empty:
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)
    finally:
        output.close()


def _stream(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yields an Arrow IPC stream of the batches."""
    if isinstance(batches, pa.Table):
        batches = batches.to_batches()
    if isinstance(batches, pa.RecordBatch):
        batches = [batches]
    sink = _Sink()
    writer = None
    for batch in batches:
        if not isinstance(batch, pa.RecordBatch):
            raise TypeError("expected record batches, found %s" % type(batch).__name__)
        # Engines have such batches for empty partitions.
        if batch.num_columns == 0:
            continue
        if writer is None:
            writer = pa.ipc.new_stream(sink, batch.schema)
        writer.write_batch(batch)
        yield sink.take()
    if writer is not None:
        writer.close()
        yield sink.take()


class _Sink:
    """A file that keeps what is written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._data: List[bytes] = []

    def write(self, data: Any) -> int:
        self._data.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = b"".join(self._data)
        self._data.clear()
        return data


class _File:
    """A file of bytes that come in pieces."""

    closed = False

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        parts = []
        while size != 0:
            if not self._rest:
                self._rest = memoryview(next(self._pieces, b""))
                if not self._rest:
                    break
            part = self._rest if size < 0 else self._rest[:size]
            self._rest = self._rest[len(part) :]
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)

    def close(self) -> None:
        self.closed = True


def read_parquet(
    paths: Union[Path, Iterable[Path]], columns: Optional[Sequence[str]] = None
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of Parquet files as batches, with all columns or these."""
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    for path in paths:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=_ROWS, columns=columns)


def read_rows(paths: Union[Path, Iterable[Path]], columns: Optional[Sequence[str]] = None) -> Iterator[Dict[str, Any]]:
    """Yields the rows of Parquet files as dictionaries, with all columns or these."""
    for batch in read_parquet(paths, columns):
        yield from batch.to_pylist()


def write_parquet(path: Path, records: Iterable[Union[pa.RecordBatch, Mapping[str, Any]]]) -> int:
    """Writes records to a Parquet file, and returns how many there are.

    The records are batches of `dataset`, or dictionaries of `luadec_tok.dataset`: then the first 1,000
    decide on the columns, and `meta` becomes JSON. The file appears whole or not at all.
    """
    records = iter(records)
    first = next(records, None)
    if first is None:
        raise Error("%s: no records, so no columns" % os.fspath(path))
    records = itertools.chain([first], records)
    batches = _batches(records) if isinstance(first, Mapping) else records
    part = "%s.%d.part" % (os.fspath(path), os.getpid())
    try:
        count = _write(part, batches)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)
    return count


def _write(path: str, batches: Iterable[pa.RecordBatch]) -> int:
    waiting: List[pa.RecordBatch] = []
    rows = size = count = 0
    writer = None
    try:
        for batch in batches:
            if writer is None:
                writer = pq.ParquetWriter(path, batch.schema, compression="zstd")
            waiting.append(batch)
            rows += batch.num_rows
            size += batch.nbytes
            if rows >= _ROW_GROUP or size >= _ROW_GROUP_BYTES:
                writer.write_table(pa.Table.from_batches(waiting))
                count += rows
                waiting, rows, size = [], 0, 0
        assert writer is not None
        if rows or not count:
            writer.write_table(pa.Table.from_batches(waiting))
        return count + rows
    finally:
        if writer is not None:
            writer.close()


def _batches(records: Iterator[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
    """Yields dictionaries as batches, all with the columns of the first one."""
    schema = None
    count = 0
    while True:
        rows = [_with_meta(record) for record in itertools.islice(records, _ROWS)]
        if not rows:
            break
        if schema is None:
            keys = list(dict.fromkeys(key for row in rows for key in row))
            columns = {key: pa.array([row.get(key) for row in rows]) for key in keys}
            schema = pa.table(columns).schema
        names = set(schema.names)
        for number, row in enumerate(rows, count + 1):
            unknown = row.keys() - names
            if unknown:
                message = "record %d has the key %s, which the first %d records lack; luadec_tok.arrow.dataset knows all columns"
                raise Error(message % (number, min(unknown), _ROWS))
        yield pa.RecordBatch.from_pylist(rows, schema=schema)
        count += len(rows)


def _with_meta(record: Mapping[str, Any]) -> Dict[str, Any]:
    record = dict(record)
    if record.get("meta") is not None:
        record["meta"] = json.dumps(record["meta"], ensure_ascii=False)
    return record
