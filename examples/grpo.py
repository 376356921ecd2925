"""Trains a decompiler by GRPO with `luadec-tok score` as its reward.

    luadec-tok dataset --unit function --format completion -o train.jsonl src/
    python3 examples/grpo.py MODEL train.jsonl

The command stays open behind a pipe and answers each line as it comes.
"""

import json
import subprocess
import sys
import threading


def text(turns):
    """A text, or what a conversation ends with."""
    return turns if isinstance(turns, str) else turns[-1]["content"]


class Reward:
    """1 for the same code; up to a half for what compiles and comes near; 0 for what does not compile."""

    __name__ = "same_code"

    def __init__(self, command="luadec-tok"):
        self.scorer = subprocess.Popen(
            [command, "score", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __call__(self, prompts, completions, **_):
        def ask():
            for prompt, completion in zip(prompts, completions):
                row = {"prompt": text(prompt), "prediction": text(completion)}
                self.scorer.stdin.write(json.dumps(row) + "\n")
            self.scorer.stdin.flush()

        # Questions and answers at the same time: neither pipe holds a whole batch.
        asking = threading.Thread(target=ask)
        asking.start()
        rewards = [self.reward(json.loads(self.scorer.stdout.readline())) for _ in prompts]
        asking.join()
        return rewards

    @staticmethod
    def reward(score):
        if score.get("same"):
            return 1.0
        return 0.5 * score["similarity"] if score.get("compiles") else 0.0


def main(model, rows):
    from datasets import load_dataset
    from trl import GRPOConfig, GRPOTrainer

    trainer = GRPOTrainer(
        model=model,
        reward_funcs=Reward(),
        args=GRPOConfig(output_dir="grpo", num_generations=8, max_completion_length=1024),
        train_dataset=load_dataset("json", data_files=rows, split="train"),
    )
    trainer.train()


if __name__ == "__main__":
    main(*sys.argv[1:])
