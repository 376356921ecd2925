"""Lets a model answer, and measures how surprised it is by the right answers.

    python3 predict.py MODEL OUT --prompts IDS.jsonl --answers IDS.jsonl [--functions FUNCTIONS.jsonl] \
        --size cpu

Writes `predictions.jsonl`, the prompts with a `prediction` in place of their ids, and `bits.jsonl`, with the number of
bits of each right answer: its negative log2-likelihood, the end token included. FUNCTIONS are those to ask about.
"""

import argparse
import json
import math
import pathlib
import sys

import model as shared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--prompts", required=True, help="rows with input_ids, up to the answer if they have labels")
    parser.add_argument("--answers", required=True, help="rows with input_ids and labels")
    parser.add_argument("--functions", help="records of the functions to ask about")
    parser.add_argument("--size", choices=shared.SIZES, default="cpu")
    args = parser.parse_args()

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging

    logging.disable_progress_bar()
    torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model).to(device).eval()
    prompts = [prompt(row) for row in shared.rows(args.prompts)]
    if args.functions:
        wanted = {(row["path"], row["function"]) for row in shared.rows(args.functions)}
        prompts = [row for row in prompts if (row["path"], row["function"]) in wanted]
    size = shared.SIZES[args.size]
    with torch.no_grad(), shared.precision(device):
        write(args.output / "bits.jsonl", bits(model, shared.rows(args.answers), device))
        write(args.output / "predictions.jsonl", predictions(model, tokenizer, prompts, device, size))


def prompt(row):
    """Removes the answer of a row."""
    labels = row.pop("labels", [])
    answer = next((index for index, label in enumerate(labels) if label != shared.IGNORED), len(row["input_ids"]))
    return {**row, "input_ids": row["input_ids"][:answer]}


def bits(model, rows, device):
    for batch in shared.batches(rows, 8192):
        loss, row_of = shared.losses(model, batch, device)
        for number, row in enumerate(batch):
            nats = loss[row_of == number].sum().item()
            yield {"path": row["path"], "function": row["function"], "bits": nats / math.log(2)}


def predictions(model, tokenizer, rows, device, size):
    import torch

    context = model.config.max_position_embeddings
    rows = sorted((row for row in rows if len(row["input_ids"]) < context), key=lambda row: len(row["input_ids"]))
    for start in range(0, len(rows), size["prompts"]):
        batch = rows[start : start + size["prompts"]]
        longest = len(batch[-1]["input_ids"])
        pad = [longest - len(row["input_ids"]) for row in batch]
        ids = [[tokenizer.pad_token_id] * count + row["input_ids"] for count, row in zip(pad, batch)]
        mask = [[0] * count + [1] * (longest - count) for count in pad]
        # Each row has the rest of the context, whatever else is in the batch: padding has no positions.
        room = [min(size["answer"], context - len(row["input_ids"])) for row in batch]
        found = model.generate(
            input_ids=torch.tensor(ids, device=device), attention_mask=torch.tensor(mask, device=device),
            max_new_tokens=max(room), do_sample=False,
        )
        # The bytes \xNN and <|Hole|> are parts of an answer; special tokens are not.
        answers = [row[longest : longest + count] for row, count in zip(found, room)]
        texts = tokenizer.batch_decode(answers, skip_special_tokens=True)
        for row, text in zip(batch, texts):
            yield {**{key: value for key, value in row.items() if key != "input_ids"}, "prediction": text}
        print(f"{start + len(batch)} of {len(rows)} prompts answered", file=sys.stderr)


def write(path, rows):
    with open(path, "w", encoding="utf-8") as output:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=output)


if __name__ == "__main__":
    main()
