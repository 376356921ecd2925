"""Scores from a process that stays open."""

import gc
import os
import pickle
import threading
import time
import unittest

import luadec_tok as L
from common import command, fixture, needs_full, no_process_left

CHUNK = fixture("fee.luac")
SOURCE = fixture("fee.lua").decode()

#: Answers rows as `score -` does; `die` says whether to die before the answer to a row.
ECHO = """
with open(os.path.join(os.path.dirname(__file__), "starts"), "a") as file:
    file.write("x")
start = os.path.getsize(file.name)
for number, line in enumerate(sys.stdin):
    row = json.loads(line)
    if %s:
        print('{"id": nu', end="", flush=True)
        os.kill(os.getpid(), 9)
    print(json.dumps({"id": row.get("id"), "line": number + 1, "start": start, "row": row["prompt"]}), flush=True)
"""


@needs_full
class Scores(unittest.TestCase):
    def setUp(self):
        self.stream = L.terse(CHUNK)

    def test_answers_are_scored(self):
        with no_process_left(self):
            with L.Scorer() as scorer:
                right = scorer.score(self.stream, SOURCE)
                self.assertEqual((right["same"], right["similarity"], right["error"]), (True, 1.0, None))
                self.assertNotIn("line", right)
                wrong = scorer.score("Decompile:\n" + self.stream, "return 1")
                self.assertEqual((wrong["compiles"], wrong["same"]), (True, False))
                samples = scorer.score(self.stream, ["x =", SOURCE, None])["samples"]
                self.assertEqual([one["same"] for one in samples], [False, True, False])
                self.assertFalse(scorer.score(self.stream, None)["compiles"])
            with self.assertRaisesRegex(ValueError, "the scorer is closed"):
                scorer.score(self.stream, SOURCE)

    def test_a_bad_row_is_not_the_end(self):
        with L.Scorer() as scorer:
            with self.assertRaises(L.BadRow) as caught:
                scorer.score("what?", SOURCE)
            self.assertEqual(str(caught.exception), "no stream: expected <|Proto|> in the prompt")
            rows = [{"id": 7, "prompt": "x", "prediction": ""}, {"id": "b", "prompt": self.stream, "completion": SOURCE}]
            bad, good = scorer.score_many(rows)
            self.assertEqual(bad, {"id": 7, "bad_row": "no stream: expected <|Proto|> in the prompt"})
            self.assertEqual((good["id"], good["same"]), ("b", True))
            self.assertEqual(scorer.score_many([]), [])

    def test_a_record_is_a_row(self):
        options = ["--unit", "outline", "--strip", "always"]
        records = list(L.dataset([{"content": SOURCE}, {"content": "return function() end"}], *options))
        with L.Scorer() as scorer:
            self.assertEqual([one["same"] for one in scorer.score_many(records)], [True] * 4)
            stream, answer = (turn["content"] for turn in records[3]["messages"])
            self.assertTrue(scorer.score(stream, answer, outline=True)["same"])

    def test_options_reach_the_command(self):
        with L.Scorer("--nonsense") as scorer, self.assertRaisesRegex(L.UsageError, "--nonsense"):
            scorer.score(self.stream, SOURCE)

    def test_threads_share_a_process(self):
        results = {}
        with L.Scorer() as scorer:

            def work(thread):
                for n in range(20):
                    answer = "return %d" % (thread * 100 + n)
                    figures = scorer.score_many([{"id": answer, "prompt": self.stream, "prediction": answer}] * 3)
                    results[answer] = {one["id"] for one in figures}

            threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(len(results), 160)
        self.assertTrue(all(ids == {answer} for answer, ids in results.items()))

    def test_a_batch_may_be_larger_than_a_pipe(self):
        answer = "return '%s'" % ("x" * 100000)
        with L.Scorer() as scorer:
            rows = [{"prompt": self.stream, "prediction": answer}] * 30
            self.assertEqual([one["same"] for one in scorer.score_many(rows)], [False] * 30)

    def test_a_killed_process_is_replaced(self):
        with L.Scorer() as scorer:
            for _ in range(3):
                self.assertTrue(scorer.score(self.stream, SOURCE)["same"])
                scorer._session.process.popen.kill()

    def test_a_dropped_scorer_ends_its_process(self):
        with no_process_left(self):
            scorer = L.Scorer()
            scorer.score(self.stream, SOURCE)
            del scorer
            gc.collect()

    def test_a_scorer_can_be_pickled(self):
        with L.Scorer("--max-seconds", "5") as scorer:
            scorer.score(self.stream, SOURCE)
            with pickle.loads(pickle.dumps(scorer)) as copy:
                self.assertEqual(copy._options, ("--max-seconds", "5"))
                self.assertTrue(copy.score(self.stream, SOURCE)["same"])

    @unittest.skipUnless(hasattr(os, "fork"), "there is no fork")
    def test_a_forked_process_has_a_process_of_its_own(self):
        with L.Scorer() as scorer:
            scorer.score(self.stream, SOURCE)
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    with scorer:
                        status = 0 if scorer.score(self.stream, SOURCE)["same"] else 2
                finally:
                    os._exit(status)
            for _ in range(5):
                self.assertTrue(scorer.score(self.stream, SOURCE)["same"])
            self.assertEqual(os.waitpid(pid, 0)[1], 0)
            self.assertTrue(scorer.score(self.stream, SOURCE)["same"])


@unittest.skipIf(os.name == "nt", "a script is not a command")
class Deaths(unittest.TestCase):
    def rows(self, count):
        return [{"id": n, "prompt": str(n)} for n in range(count)]

    def test_unanswered_rows_are_sent_again(self):
        with command(ECHO % "start == 1 and number == 3"), L.Scorer() as scorer:
            found = scorer.score_many(self.rows(6))
        self.assertEqual([one["id"] for one in found], [0, 1, 2, 3, 4, 5])
        self.assertEqual([one["start"] for one in found], [1, 1, 1, 2, 2, 2])

    def test_a_row_that_always_kills_is_given_up(self):
        with command(ECHO % "row['prompt'] == '3'") as directory, no_process_left(self), L.Scorer() as scorer:
            with self.assertRaisesRegex(L.CommandError, "^luadec-tok was ended by SIGKILL$"):
                scorer.score_many(self.rows(6))
            # It starts, dies at the fourth row, and dies once more.
            self.assertEqual(os.path.getsize(os.path.join(directory, "starts")), 2)
            self.assertEqual(scorer.score_many(self.rows(2))[1]["row"], "1")

    def test_threads_that_wait_all_get_their_answers(self):
        found = {}
        with command(ECHO % "start == 1 and number == 20"), L.Scorer() as scorer:

            def work(thread):
                for n in range(10):
                    row = {"id": thread * 10 + n, "prompt": ""}
                    found[row["id"]] = scorer.score_many([row])[0]["id"]

            threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        self.assertEqual(found, {n: n for n in range(50)})

    def test_closing_waits_for_answers(self):
        slow = "import time\nfor line in sys.stdin:\n time.sleep(0.3)\n print('{}', flush=True)"
        found = []
        with command(slow):
            scorer = L.Scorer()
            thread = threading.Thread(target=lambda: found.extend(scorer.score_many(self.rows(3))))
            thread.start()
            while not scorer._session:
                time.sleep(0.01)
            time.sleep(0.1)
            scorer.close()
            thread.join()
        self.assertEqual([one['id'] for one in found], [0, 1, 2])


if __name__ == "__main__":
    unittest.main()
