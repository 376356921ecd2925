"""Trains a small Llama on rows of ids for a time.

    python3 train.py TOKENIZER IDS.jsonl OUT --minutes 5 --seed 0

On a CPU, the time is that of the processor, so that other programs on the machine change nothing; loading is not
counted. On a GPU it is elapsed time.
"""

import argparse
import json
import math
import pathlib
import random
import sys
import time

import model as shared


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenizer")
    parser.add_argument("ids")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=shared.SIZES, default="cpu")
    args = parser.parse_args()

    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = shared.SIZES[args.size]
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=size["hidden"], intermediate_size=3 * size["hidden"],
        num_hidden_layers=size["layers"], num_attention_heads=size["heads"], num_key_value_heads=size["heads"],
        max_position_embeddings=size["context"], tie_word_embeddings=True, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config).to(device)
    weights = list(model.parameters())
    optimizer = torch.optim.AdamW(weights, lr=size["rate"], betas=(0.9, 0.95), weight_decay=0.1)

    clock = time.perf_counter if device == "cuda" else time.process_time
    budget = 60 * args.minutes
    start, reported, steps, tokens, mean = clock(), 0, 0, 0, None
    for batch in endless(shared.rows(args.ids), size["batch"], random.Random(args.seed)):
        used = (clock() - start) / budget
        if used >= 1:
            break
        # Up during the first twentieth of the time, then down along a cosine.
        rate = min(used / 0.05, 0.5 + 0.5 * math.cos(math.pi * used))
        optimizer.param_groups[0]["lr"] = size["rate"] * max(rate, 0.01)
        with shared.precision(device):
            loss = shared.losses(model, batch, device)[0].mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss = loss.item()
        steps += 1
        tokens += sum(len(row["input_ids"]) for row in batch)
        mean = loss if mean is None else 0.95 * mean + 0.05 * loss
        if used - reported >= 0.1:
            reported = used
            print(f"{used:4.0%}  {steps} steps, {tokens} tokens, loss {mean:.3f}", file=sys.stderr)

    model.save_pretrained(args.output)
    tokenizer.save_pretrained(args.output)
    training = {
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu", "minutes": args.minutes, "steps": steps,
        "tokens": tokens, "loss": mean, "parameters": sum(weight.numel() for weight in weights),
    }
    (args.output / "training.json").write_text(json.dumps(training) + "\n")


def endless(rows, tokens, random):
    """Yields batches in random order for ever. Rows of similar length are together, but not always the same ones."""
    while rows:
        random.shuffle(rows)
        for start in range(0, len(rows), 1024):
            pool = list(shared.batches(rows[start : start + 1024], tokens))
            random.shuffle(pool)
            yield from pool
    sys.exit("there is nothing to train on; try more files or a longer context")


if __name__ == "__main__":
    main()
