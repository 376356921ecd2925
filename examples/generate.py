"""Decompiles the streams of records with a trained model and prints rows for `luadec-tok score`.

    python3 examples/generate.py trained set/test.jsonl > predictions.jsonl
    luadec-tok score predictions.jsonl > scores.jsonl
"""

import argparse
import json
import sys

import framing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", help="the directory that sft.py wrote")
    parser.add_argument("records", help="a file that luadec-tok dataset wrote")
    parser.add_argument("--max-new-tokens", type=int, default=1024, help="the limit of tokens per answer")
    args = parser.parse_args()

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model).to(device).eval()
    cut = 0
    with open(args.records, encoding="utf-8") as records:
        for record in map(json.loads, records):
            prompt = framing.turns(record)["prompt"]
            ids = torch.tensor([framing.encode(tokenizer, prompt, True)], device=device)
            with torch.no_grad():
                found = model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=args.max_new_tokens,
                    do_sample=False,
                )
            answer = found[0, ids.shape[1] :]
            cut += tokenizer.eos_token_id not in answer
            # The bytes \xNN are part of the answer; special tokens, such as the end token, are not.
            record["messages"] = prompt
            record["prediction"] = tokenizer.decode(answer, skip_special_tokens=True)
            print(json.dumps(record, ensure_ascii=False))
    if cut:
        print(f"{cut} answers did not end within --max-new-tokens {args.max_new_tokens}", file=sys.stderr)


if __name__ == "__main__":
    main()
