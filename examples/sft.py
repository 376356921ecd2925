"""Trains a decompiler on records with TRL.

    luadec-tok vocab --stream terse --add-to BASE -o tok
    luadec-tok dataset --unit function --stream terse --tokenizer tok --max-tokens 4096 \\
        --split train=0.98,test=0.02 -o set src/
    python3 examples/sft.py tok set/train.jsonl trained --model BASE
    python3 examples/generate.py trained set/test.jsonl > predictions.jsonl
    luadec-tok score predictions.jsonl > scores.jsonl

BASE is the directory of a model. Without --model, a tiny model is created, to try this on a CPU.
"""

import argparse

import framing


def tiny(tokenizer):
    """Creates a tiny untrained model."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=32768,
    )
    return LlamaForCausalLM(config)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenizer", help="the directory that luadec-tok vocab --add-to wrote")
    parser.add_argument("records", help="a file that luadec-tok dataset wrote")
    parser.add_argument("output", help="the directory for the trained model")
    parser.add_argument("--model", help="the model to start from")
    parser.add_argument("--steps", type=int, default=-1, help="the number of steps")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    args = parser.parse_args()

    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
    from trl import SFTConfig, SFTTrainer

    set_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer)
    model = AutoModelForCausalLM.from_pretrained(args.model) if args.model else tiny(tokenizer)
    records = framing.load(args.records)
    framing.print_lengths(tokenizer, records)
    trainer = SFTTrainer(
        model=framing.fit(model, tokenizer),
        processing_class=tokenizer,
        train_dataset=records,
        args=SFTConfig(
            output_dir=args.output,
            # The default is 1,024; longer records would lose their answers.
            max_length=None,
            # Without {% generation %} in the template, everything after the prompt is learned.
            assistant_only_loss="generation" in tokenizer.chat_template,
            max_steps=args.steps,
            per_device_train_batch_size=args.batch,
            learning_rate=args.learning_rate,
            logging_steps=10,
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
