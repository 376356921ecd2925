"""Rewards for TRL and verl."""

import importlib.util
import json
import os
import unittest

import luadec_tok as L
from common import ROOT, fixture, needs_full
from luadec_tok import rewards

SOURCE = fixture("fee.lua").decode()


@needs_full
class Rewards(unittest.TestCase):
    def setUp(self):
        self.stream = L.terse(fixture("fee.luac"))

    def test_trl(self):
        answers = [SOURCE, SOURCE.replace("0.05", "0.07"), "x =", "\U0001f600 \ud83d"]
        found = rewards.same_code(prompts=[self.stream] * 4, completions=answers, completion_ids=[[1]] * 4)
        self.assertEqual((found[0], found[2:]), (1.0, [0.0, 0.0]))
        self.assertTrue(0.3 < found[1] < 0.5)
        chat = lambda role, texts: [[{"role": role, "content": text}] for text in texts]
        again = rewards.same_code(prompts=chat("user", [self.stream] * 4), completions=chat("assistant", answers))
        self.assertEqual(again, found)
        self.assertEqual(rewards.same_code.__name__, "same_code")
        less = rewards.SameCode(partial=0.1)([self.stream] * 2, answers[:2])
        self.assertAlmostEqual(less[1], found[1] / 5)

    def test_trl_with_outlines(self):
        [record] = L.dataset([{"content": "return"}], "--unit", "outline", "--strip", "always")
        stream, answer = (turn["content"] for turn in record["messages"])
        found = rewards.same_code([stream], [answer], outline=[record["outline"]])
        self.assertEqual(found, [1.0])

    def test_a_prompt_that_was_cut_is_refused(self):
        with self.assertRaisesRegex(L.BadRow, "^malformed stream: .*: '<.Proto.>"):
            rewards.same_code([self.stream[:300]], [SOURCE])

    def test_verl(self):
        # As verl does it: by the path of the file.
        path = os.path.join(ROOT, "python", "luadec_tok", "rewards.py")
        spec = importlib.util.spec_from_file_location("custom_module", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        records = list(L.dataset([{"content": SOURCE}], "--unit", "outline", "--strip", "both"))
        self.assertEqual(len(records), 4)
        for record in records:
            row = json.loads(json.dumps(module.verl_row(record)))
            self.assertEqual(row["prompt"], record["messages"][:1])
            given = row["data_source"], record["messages"][1]["content"], row["reward_model"]["ground_truth"]
            self.assertEqual(module.compute_score(*given, row["extra_info"]), 1.0)
            self.assertEqual(module.compute_score(*given[:1], "x =", given[2], extra_info=None), 0.0)
        self.assertEqual(module.compute_score(*given, row["extra_info"], options=["--max-seconds", "5"]), 1.0)


if __name__ == "__main__":
    unittest.main()
