"""One chunk at a time."""

import json
import os
import sys
import tempfile
import unittest
from unittest import mock

import luadec_tok as L
from common import command, features, fixture, needs_full


class Finder(unittest.TestCase):
    def test_looks_at_the_variable_and_the_path(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "luadec-tok")
            with open(path, "w") as file:
                file.write("#!/bin/sh\n")
            os.chmod(path, 0o755)
            with mock.patch.dict(os.environ, {"LUADEC_TOK": "elsewhere"}):
                self.assertEqual(L.find_luadec_tok(), "elsewhere")
            with mock.patch("luadec_tok._command._directories", lambda: ["nowhere"]):
                with mock.patch.dict(os.environ, {"LUADEC_TOK": "", "PATH": directory}):
                    self.assertEqual(L.find_luadec_tok(), path)
                with mock.patch.dict(os.environ, {"LUADEC_TOK": "", "PATH": "nowhere"}):
                    with self.assertRaisesRegex(FileNotFoundError, "^no luadec-tok.* in nowhere, or in PATH; set LUADEC"):
                        L.terse(b"")


@unittest.skipUnless(features(), "there is no luadec-tok")
class Conversions(unittest.TestCase):
    chunk = fixture("fee.luac")

    def test_chunks_become_streams_and_come_back(self):
        self.assertEqual(L.terse(self.chunk).encode(), fixture("fee.terse").rstrip(b"\n"))
        self.assertEqual(L.tokens(self.chunk).encode(), fixture("fee.txt").rstrip(b"\n"))
        self.assertEqual(L.terse(self.chunk, "--strip").encode(), fixture("fee.stripped.terse").rstrip(b"\n"))
        for stream in L.terse(self.chunk), L.tokens(self.chunk):
            self.assertEqual(L.decode(stream), self.chunk)

    def test_an_error_is_the_line_of_the_command(self):
        with self.assertRaises(L.CommandError) as caught:
            L.terse(b"zz")
        line = 'standard input: at 0x0: not a Lua chunk: it starts with 7A 7A, not with 1B 4C 75 61 (ESC "Lua")'
        self.assertEqual(str(caught.exception), line)
        self.assertEqual(caught.exception.status, 1)
        with self.assertRaises(L.UsageError) as caught:
            L.terse(self.chunk, "--nonsense")
        self.assertIn("--nonsense", str(caught.exception))

    def test_a_warning_is_logged(self):
        with command("print('luadec-tok: odd', file=sys.stderr)\nprint('<|Proto|>')"):
            with self.assertLogs("luadec_tok", "WARNING") as logged:
                self.assertEqual(L.terse(b""), "<|Proto|>")
        self.assertEqual(logged.output, ["WARNING:luadec_tok:odd"])

    @unittest.skipIf(os.name == "nt", "there are no signals")
    def test_a_signal_is_named(self):
        with command("os.kill(os.getpid(), 9)"):
            with self.assertRaises(L.CommandError) as caught:
                L.terse(b"")
        self.assertEqual((str(caught.exception), caught.exception.status), ("luadec-tok was ended by SIGKILL", -9))


@needs_full
class Decompiling(unittest.TestCase):
    chunk = fixture("outlines/nested.luac")

    @staticmethod
    def answers(name):
        return [json.loads(line) for line in fixture("assemble/" + name).splitlines()]

    def test_answers_become_a_proven_file(self):
        asked = L.ask(self.chunk)
        self.assertEqual(len(asked), 6)
        self.assertTrue(all(row["prompt"].startswith("<|Proto|>") for row in asked))
        first, second = self.answers("nested.jsonl"), self.answers("second.jsonl")
        half = L.assemble(self.chunk, first)
        self.assertFalse(half.same)
        self.assertIn("-- not proven: no answer\n", half.source)
        self.assertEqual(len(L.ask(self.chunk, after=first)), 2)
        whole = L.assemble(self.chunk, first + second)
        self.assertTrue(whole.same)
        self.assertEqual((whole.report["functions"], whole.report["proven"]), (6, 6))
        self.assertEqual(L.ask(self.chunk, after=iter(first + second)), [])

    def test_errors_do_not_mention_temporary_files(self):
        with self.assertRaises(L.CommandError) as caught:
            L.assemble(b"zz", [])
        self.assertRegex(str(caught.exception), "^chunk: at 0x0: not a Lua chunk")


if __name__ == "__main__":
    sys.exit(unittest.main())
