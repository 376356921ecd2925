"""The parts of examples/recipe that need no model: its steps and its report.

BLESS=1 writes the report of the stored example, recipe/work, anew.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import luadec_tok
from common import ROOT, needs_full

RECIPE = os.path.join(ROOT, "examples", "recipe")
EXAMPLE = pathlib.Path(ROOT, "tests", "python", "recipe")

sys.path.insert(0, RECIPE)
import report  # noqa: E402
import run  # noqa: E402


class Report(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.out = pathlib.Path(directory.name)

    def test_the_stored_example(self):
        script = os.path.join(RECIPE, "report.py")
        options = ["--variants", "outline,function", "--seeds", "2", "--setting", "minutes=5"]
        subprocess.run([sys.executable, script, EXAMPLE / "work", self.out, *options], check=True)
        expected, text = EXAMPLE / "report.md", (self.out / "report.md").read_text()
        if os.environ.get("BLESS"):
            expected.write_text(text)
        self.assertEqual(text, expected.read_text())

        found = json.loads((self.out / "report.json").read_text())
        outline = found["variants"]["outline"]
        # Function 1 has the bits of its two outlines, and function 10 is not inside it.
        self.assertEqual(found["functions_with_bits"], 3)
        self.assertAlmostEqual(outline["bits"], (10 + 5 + 5 + 4) / 3)
        self.assertEqual(outline["same"]["all"]["counts"], [3, 2])
        self.assertEqual(outline["files_proven"]["counts"], [1, 1])
        self.assertEqual(outline["functions_where_assemble_agrees"], [4, 4])

        page = (self.out / "report.html").read_text()
        self.assertIn('<td>62.5 %<i style="width:62.5%"></i></td>', page)
        self.assertIn("<td>62.5 %, 25.0 %</td>", page)
        self.assertIn("<th><code>same</code></th>", page)
        self.assertNotIn("http", page)

    def test_intervals_and_signs(self):
        for count, total, low, high in (8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0):
            for found, expected in zip(report.wilson(count, total), (low, high)):
                self.assertAlmostEqual(found, expected, places=4)
        self.assertEqual(report.wilson(0, 0), (0.0, 1.0))
        self.assertEqual([report.sign_test(*counts) for counts in ((0, 0), (3, 3), (0, 5))], [1.0, 1.0, 0.0625])

    def test_the_page_has_a_place_for_results(self):
        page = self.out / "page.md"
        page.write_text(pathlib.Path(ROOT, "docs", "RECIPE.md").read_text())
        report.insert(page, "# one\n")
        before = page.read_text()
        report.insert(page, "# two\n")
        self.assertEqual(page.read_text(), before.replace("# one", "# two"))
        self.assertIn("\n\n# two\n\n", page.read_text())


class Steps(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name, "work")

    def make(self, word, then="true", reads=None):
        """Makes two steps, the second of the first."""
        step = run.Steps(self.root)
        with step.lock, contextlib.redirect_stderr(io.StringIO()):
            step("first", f'echo {word} > "$OUT/word"; echo first >> log', reads=reads)
            step("second", f'cat first/word > "$OUT/word"; echo second >> log; {then}', needs=["first"])
        return (self.root / "log").read_text().split()

    def test_only_what_changed_is_done_again(self):
        self.assertEqual(self.make("a"), ["first", "second"])
        self.assertEqual(self.make("a"), ["first", "second"])
        self.assertEqual(self.make("a", then=":"), ["first", "second", "second"])
        self.assertEqual(self.make("b", then=":"), ["first", "second", "second", "first", "second"])
        self.assertEqual((self.root / "second/word").read_text(), "b\n")

    def test_a_changed_source_is_noticed(self):
        sources = self.root.parent / "sources"
        sources.mkdir()
        self.assertEqual(self.make("a", reads=sources), ["first", "second"])
        self.assertEqual(self.make("a", reads=sources), ["first", "second"])
        (sources / "new.lua").write_text("x = 1")
        self.assertEqual(self.make("a", reads=sources), ["first", "second"] * 2)

    def test_what_fails_leaves_nothing(self):
        with self.assertRaisesRegex(SystemExit, "second: exit status 3"):
            self.make("a", then="exit 3")
        self.assertEqual(sorted(path.name for path in self.root.glob("[!.]*")), ["first", "log", "second.unfinished"])
        self.assertEqual(self.make("a"), ["first", "second", "second"])
        self.assertFalse((self.root / "second.unfinished").exists())

    def test_two_runs_do_not_share_a_directory(self):
        with run.Steps(self.root).lock:
            with self.assertRaisesRegex(SystemExit, "another run, or a step of one, is at work in .*work"):
                run.Steps(self.root)


@needs_full
@unittest.skipUnless(shutil.which("luac5.3"), "there is no luac5.3")
class RightAnswers(unittest.TestCase):
    """With the right answers in place of a model's, every figure is 100 %."""

    def test_all_functions_are_the_same_and_all_files_are_proven(self):
        path = os.pathsep.join([os.path.dirname(luadec_tok.find_luadec_tok()), os.environ["PATH"]])
        with tempfile.TemporaryDirectory() as root, unittest.mock.patch.dict(os.environ, {"PATH": path}):
            sources = pathlib.Path(root, "sources")
            for directory in "assemble", "dataset", "outlines", "penlight", "score", "widths":
                shutil.copytree(os.path.join(ROOT, "fixtures", directory), sources / f"project {directory}")
            args = argparse.Namespace(
                sources=sources, files=None, split="train=0.5,test=0.5", split_seed=0, held_out=9, vocabulary=300,
                size="cpu", variants=["outline", "full"],
            )
            work = pathlib.Path(root, "work")
            with contextlib.redirect_stderr(io.StringIO()):
                step = run.Steps(work)
                with step.lock:
                    self.answer(step, args)
            asked = {row["id"] for row in report.rows(work / "asks/asks.jsonl")}
            known = {row["id"] for row in report.rows(work / "answers/answers.jsonl")}
            self.assertLessEqual(asked, known)
            proofs = [json.loads(path.read_text()) for path in (work / "files/proofs").rglob("*.json")]
            for scored in "outlines", "functions":
                rows = report.rows(work / scored / "scores.jsonl")
                self.assertGreater(len(rows), 10)
                self.assertTrue(all(row["same"] for row in rows), scored)
        self.assertGreater(len(proofs), 1)
        self.assertTrue(all(proof["same"] for proof in proofs))

    def answer(self, step, args):
        run.data(step, args)
        records = "luadec-tok dataset -q --unit {} --strip always --dedup none --format completion --stream terse"
        records += ' -o "$OUT/records.jsonl" parts/held'
        as_answers = 's/"id": "[^"]*", //; s/"completion": /"prediction": /; s/"outline": /"id": /'
        as_answers = f"sed '{as_answers}' \"$OUT/records.jsonl\" > \"$OUT/answers.jsonl\""
        step("answers", records.format("outline"), as_answers, needs=["parts"])
        assemble = run.script("assemble.py", 'chunks/held answers/answers.jsonl "$OUT"')
        step("files", assemble, needs=["chunks", "answers"])
        run.score(step, "outlines", " files/functions.jsonl completion", needs=["files"])
        step("originals", records.format("function"), needs=["parts"])
        run.score(step, "functions", " originals/records.jsonl completion", needs=["originals"])


@unittest.skipUnless(all(map(importlib.util.find_spec, ["torch", "transformers"])), "there is no torch or transformers")
class Models(unittest.TestCase):
    def test_a_model_learns_and_answers(self):
        from tokenizers import Tokenizer, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        words = ["end", "pad", *"abcdefgh"]
        tokenizer = Tokenizer(models.WordLevel({word: id for id, word in enumerate(words)}, unk_token="pad"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        prompts = {"a b": "c", "a b a b a b": "d", "b": "e f g h"}
        rows = []
        for prompt, answer in prompts.items():
            ids, labels = (tokenizer.encode(text).ids for text in (prompt, answer + " end"))
            row = {"path": "x.lua", "function": prompt, "id": prompt}
            rows.append({**row, "input_ids": ids + labels, "labels": [-100] * len(ids) + labels})
        with tempfile.TemporaryDirectory() as directory:
            out = pathlib.Path(directory)
            PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="end", pad_token="pad").save_pretrained(out)
            (out / "ids.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
            self.script("train.py", out, out / "ids.jsonl", out / "model", "--minutes", "0.1")
            rows = out / "ids.jsonl"
            self.script("predict.py", out / "model", out, "--prompts", rows, "--answers", rows)
            predictions = report.rows(out / "predictions.jsonl")
            bits = report.rows(out / "bits.jsonl")
        self.assertEqual({row["id"]: row["prediction"] for row in predictions}, prompts)
        self.assertTrue(all(0 < row["bits"] < 1 for row in bits), bits)

    def script(self, name, *arguments):
        command = [sys.executable, os.path.join(RECIPE, name), *map(str, arguments)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main()
