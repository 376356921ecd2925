"""Arrow and Parquet, where pyarrow is installed."""

import itertools
import json
import os
import tempfile
import unittest

import luadec_tok as L
from common import needs_full, no_process_left

try:
    import pyarrow as pa
    from luadec_tok import arrow
except ImportError:
    raise unittest.SkipTest("pyarrow is not installed")

OPTIONS = ["--path-key", "path", "--unit", "outline", "--dedup", "none", "--keep-errors"]


def rows(count):
    return [{"content": "local x = %d return x" % n if n % 7 else "x =", "path": "a/%d" % n, "n": n} for n in count]


def batches(sizes):
    start = 0
    for size in sizes:
        yield pa.RecordBatch.from_pylist(rows(range(start, start + size)))
        start += size


def plain(record):
    """Returns a record of Arrow as JSON has it."""
    record = {key: value for key, value in record.items() if value is not None}
    return dict(record, meta=json.loads(record["meta"]))


@needs_full
class Arrow(unittest.TestCase):
    def test_batches_give_the_records_of_rows(self):
        found = [plain(row) for batch in arrow.dataset(batches([3, 1, 40]), *OPTIONS) for row in batch.to_pylist()]
        self.assertEqual(found, list(L.dataset(rows(range(44)), *OPTIONS)))
        table = pa.Table.from_batches(batches([44]))
        self.assertEqual(sum(batch.num_rows for batch in arrow.dataset(table, *OPTIONS)), 44)

    def test_columns_do_not_depend_on_the_rows(self):
        [batch] = arrow.dataset([pa.RecordBatch.from_pylist([{"content": "x = 1", "path": "a"}])], *OPTIONS)
        without_columns = pa.table({}).to_batches()
        for empty in [], without_columns, [pa.RecordBatch.from_pylist([{}])], [batch.slice(0, 0).rename_columns(
            ["content" if name == "stream" else name for name in batch.schema.names]
        )]:
            [none] = arrow.dataset(empty, *OPTIONS)
            self.assertEqual((none.num_rows, none.schema), (0, batch.schema))

    def test_batches_may_be_endless(self):
        with no_process_left(self):
            made = arrow.dataset(batches(itertools.repeat(20)), *OPTIONS)
            self.assertEqual(sum(batch.num_rows for batch in itertools.islice(made, 10)), 200)
            made.close()

    def test_errors_are_raised(self):
        def source():
            yield from batches([3])
            raise KeyError("mine")

        with no_process_left(self):
            with self.assertRaisesRegex(KeyError, "mine"):
                list(arrow.dataset(source(), *OPTIONS))
            with self.assertRaisesRegex(L.UsageError, "^--unit nix: expected "):
                list(arrow.dataset(batches([1]), "--unit", "nix"))
            with self.assertRaisesRegex(L.CommandError, 'there is no column "content"'):
                list(arrow.dataset([pa.RecordBatch.from_pylist([{"x": 1}])]))

    def test_parquet_comes_and_goes(self):
        with tempfile.TemporaryDirectory() as directory:
            first, second = os.path.join(directory, "a.parquet"), os.path.join(directory, "b.parquet")
            self.assertEqual(arrow.write_parquet(first, rows(range(1050))), 1050)
            self.assertEqual(list(arrow.read_rows(first)), rows(range(1050)))
            self.assertEqual([batch.num_rows for batch in arrow.read_parquet([first], ["n"])], [1000, 50])
            self.assertEqual(arrow.write_parquet(second, arrow.dataset(arrow.read_parquet(first), *OPTIONS)), 1050)
            wanted = list(L.dataset(rows(range(1050)), *OPTIONS))
            self.assertEqual([plain(row) for row in arrow.read_rows(second)], wanted)
            # Dictionaries make the same file, apart from the order of columns.
            self.assertEqual(arrow.write_parquet(first, iter(wanted)), 1050)
            self.assertEqual([plain(row) for row in arrow.read_rows(first)], wanted)
            self.assertEqual(arrow.write_parquet(second, arrow.dataset([], *OPTIONS)), 0)

    def test_a_failure_leaves_the_old_file(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "a.parquet")
            arrow.write_parquet(path, [{"a": 1}])
            late = [{"a": 1}] * 1000 + [{"a": 1}, {"a": 1, "late": 2}]
            message = "^record 1002 has the key late, which the first 1000 records lack; "
            with self.assertRaisesRegex(L.Error, message):
                arrow.write_parquet(path, late)
            with self.assertRaisesRegex(L.Error, "no records, so no columns$"):
                arrow.write_parquet(path, [])
            self.assertEqual(list(arrow.read_rows(path)), [{"a": 1}])
            self.assertEqual(os.listdir(directory), ["a.parquet"])


if __name__ == "__main__":
    unittest.main()
