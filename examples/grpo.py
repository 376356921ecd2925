"""Trains a decompiler by GRPO, with `luadec-tok score` as the reward. Run sft.py first.

    luadec-tok dataset --unit function --stream terse --tokenizer tok --max-tokens 4096 -o train.jsonl src/
    python3 examples/grpo.py trained train.jsonl better

It needs the package luadec_tok (`pip install .`), whose rewards keep the command open.
"""

import argparse

import framing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", help="the directory that sft.py wrote")
    parser.add_argument("records", help="a file that luadec-tok dataset wrote")
    parser.add_argument("output", help="the directory for the trained model")
    parser.add_argument("--answers", type=int, default=8, help="the number of answers per prompt")
    parser.add_argument("--max-answer", type=int, help="the limit of tokens per answer [default: 1.5 times the longest]")
    parser.add_argument("--steps", type=int, default=-1, help="the number of steps")
    args = parser.parse_args()

    from transformers import AutoModelForCausalLM, AutoTokenizer
    from luadec_tok.rewards import same_code
    from trl import GRPOConfig, GRPOTrainer

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    records = framing.load(args.records)
    longest = framing.print_lengths(tokenizer, records)
    trainer = GRPOTrainer(
        model=framing.fit(AutoModelForCausalLM.from_pretrained(args.model), tokenizer),
        processing_class=tokenizer,
        reward_funcs=same_code,
        train_dataset=records.remove_columns("completion"),
        args=GRPOConfig(
            output_dir=args.output,
            num_generations=args.answers,
            per_device_train_batch_size=args.answers,
            # The default is 512; longer answers would be cut and never compile.
            max_completion_length=args.max_answer or longest + longest // 2,
            max_steps=args.steps,
            save_strategy="no",
            report_to=[],
            **framing.device(),
        ),
    )
    trainer.train()
    trainer.save_model(args.output)
    tokenizer.save_pretrained(args.output)


if __name__ == "__main__":
    main()
