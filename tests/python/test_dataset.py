"""Rows in, records out."""

import datetime
import itertools
import os
import subprocess
import threading
import time
import unittest

import luadec_tok as L
from common import command, fixture, needs_full, no_process_left

SOURCE = "local x = %d return x"


def rows(count):
    return ({"content": SOURCE % n, "path": "a/%d.lua" % n, "n": n} for n in count)


@needs_full
class Dataset(unittest.TestCase):
    def test_records_are_those_of_the_command(self):
        options = ["--unit", "outline", "--strip", "both", "--path-key", "path"]
        run = [L.find_luadec_tok(), "dataset", "-q", *options, "--rows", "-", "-o", "-"]
        text = fixture("dataset/rows.jsonl")
        done = subprocess.run(run, input=text, stdout=subprocess.PIPE, check=True)
        wanted = [L._rows.record(line) for line in done.stdout.splitlines()]
        self.assertGreater(len(wanted), 4)
        given = []
        for line in text.splitlines():
            try:
                given.append(L._rows.record(line))
            except L.Error:
                pass
        self.assertEqual(list(L.dataset(given, *options)), wanted)

    def test_no_row_gives_no_record(self):
        self.assertEqual(list(L.dataset([])), [])

    def test_rows_may_be_endless(self):
        taken = itertools.count()
        with no_process_left(self):
            records = L.dataset(rows(taken), "--dedup", "none", "--path-key", "path")
            for n, record in enumerate(itertools.islice(records, 300)):
                self.assertEqual(record["meta"], {"n": n})
            time.sleep(0.2)
            # What is under way is bounded, even if nobody takes records.
            self.assertLess(next(taken), 20000)
            records.close()

    def test_a_dropped_generator_ends_the_process(self):
        threads = threading.active_count()
        with no_process_left(self):
            records = L.dataset(rows(itertools.count()), "--dedup", "none")
            next(records)
            del records
        self.assertEqual(threading.active_count(), threads)
        # Nothing was started yet.
        with no_process_left(self):
            L.dataset(rows(itertools.count())).close()

    @unittest.skipIf(os.name == "nt", "there is no sleep")
    def test_the_programs_of_the_process_end_with_it(self):
        with no_process_left(self):
            records = L.dataset(rows(itertools.count()), "--luac", "sleep 1000", "--stream", "terse")
            taker = threading.Thread(target=lambda: self.assertRaises(L.CommandError, next, records))
            taker.start()
            time.sleep(0.5)
            # Whoever ends the command also ends its compilers.
            for process in list(L._command._forgetful):
                if isinstance(process, L._command.Process):
                    process.popen.terminate()
            taker.join()

    def test_rows_are_taken_in_the_thread_that_takes_records(self):
        seen = set()

        def source():
            for row in rows(range(50)):
                seen.add(threading.current_thread())
                yield row

        self.assertEqual(len(list(L.dataset(source()))), 50)
        self.assertEqual(seen, {threading.current_thread()})

    def test_what_the_rows_raise_is_raised(self):
        def source():
            yield from rows(range(3))
            raise KeyError("mine")

        with no_process_left(self), self.assertRaisesRegex(KeyError, "mine"):
            list(L.dataset(source()))

    def test_what_the_command_says_is_raised(self):
        with self.assertRaises(L.UsageError) as caught:
            list(L.dataset(rows(itertools.count()), "--unit", "nix"))
        self.assertEqual(str(caught.exception), "--unit nix: expected file, function, both or outline")
        bad = itertools.chain(rows(range(3)), [{"content": "x ="}], rows(itertools.count()))
        with no_process_left(self), self.assertRaisesRegex(L.CommandError, r"^stopped at the first dropped source \(--fail-fast\)$"):
            list(L.dataset(bad, "--fail-fast", "--dedup", "none"))
        with self.assertRaisesRegex(L.Error, "^expected a line of JSON from luadec-tok, found b'<|im_start|>user'"):
            list(L.dataset(rows(range(3)), "--format", "chatml"))

    def test_large_rows_and_many_records_do_not_block(self):
        # The first row is larger than what may be under way, and so are the records of the second.
        large = "return '%s'" % ("x" * 400000)
        many = "\n".join("function f() return %d, '%s' end" % (n, "y" * 1500) for n in range(400))
        given = [{"content": text} for text in (large, many, large)]
        records = list(L.dataset(given, "--unit", "both", "--strip", "both", "--dedup", "none", "--stream", "terse"))
        self.assertEqual(len(records), 2 + 802 + 2)
        self.assertGreater(sum(len(str(record)) for record in records), 4 << 20)

    def test_values_that_json_lacks(self):
        class Array:
            def tolist(self):
                return [1.5, float("nan")]

        day = datetime.date(2020, 1, 2)
        row = {"content": "return '\u00e9\U0001f600'", "nan": float("nan"), "day": day, "in": {"x": float("inf")}, "a": Array()}
        [record] = L.dataset([row])
        meta = {"nan": None, "day": "2020-01-02", "in": {"x": None}, "a": [1.5, None]}
        self.assertEqual(record["meta"], meta)
        with self.assertRaisesRegex(TypeError, "a row holds bytes; decode them first"):
            list(L.dataset([{"content": b"return 1"}]))
        # Half a pair is not a text, so the command drops the row.
        self.assertEqual(list(L.dataset([{"content": "return '\ud83d'"}])), [])

    def test_messages_are_logged(self):
        with self.assertLogs("luadec_tok", "INFO") as logged:
            list(L.dataset([{"content": "x ="}, {"content": "x = 1"}]))
        self.assertIn("INFO:luadec_tok:line 1: dropped: line 1:1: unexpected symbol near <eof>", logged.output)

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_a_fork_in_between_does_no_harm(self):
        records = L.dataset(rows(range(500)), "--dedup", "none")
        next(records)
        pid = os.fork()
        if pid == 0:
            # Lives on while the parent reads, and drops its copy of the generator.
            del records
            time.sleep(3)
            os._exit(0)
        try:
            begin = time.time()
            self.assertEqual(len(list(records)), 499)
            self.assertLess(time.time() - begin, 2.5)
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


@unittest.skipIf(os.name == "nt", "a script is not a command")
class Failures(unittest.TestCase):
    def test_a_process_that_dies_raises(self):
        with command("for line in sys.stdin:\n print(line, end='', flush=True)\n os.kill(os.getpid(), 9)"):
            records = L.dataset(rows(itertools.count()))
            self.assertEqual(next(records)["n"], 0)
            with self.assertRaisesRegex(L.CommandError, "^luadec-tok was ended by SIGKILL$"):
                list(records)

    def test_a_process_that_stops_reading_raises(self):
        with command("sys.stdin.readline()\nprint('{}')"):
            with self.assertRaisesRegex(L.Error, "^luadec-tok stopped before the end of its input$"):
                list(L.dataset(rows(itertools.count())))

    def test_a_process_that_ignores_signals_is_killed(self):
        ignore = "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('{}', flush=True)\ntime.sleep(1000)"
        with command(ignore), no_process_left(self), unittest.mock.patch("luadec_tok._command._PATIENCE", 0.2):
            records = L.dataset(rows(range(1)))
            next(records)
            records.close()


if __name__ == "__main__":
    unittest.main()
