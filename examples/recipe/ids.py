"""Turns records with any prompt into token ids, as luadec-tok dataset --ids jsonl does for streams.

    python3 ids.py TOKENIZER RECORDS.jsonl --max-tokens N > IDS.jsonl
"""

import argparse
import json


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenizer")
    parser.add_argument("records")
    parser.add_argument("--max-tokens", type=int, required=True)
    args = parser.parse_args()

    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer)
    with open(args.records, encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            prompt, answer = (tokenizer(record[key])["input_ids"] for key in ("prompt", "completion"))
            answer.append(tokenizer.eos_token_id)
            if len(prompt) + len(answer) <= args.max_tokens:
                row = {key: record[key] for key in ("path", "function", "instructions")}
                row["input_ids"] = prompt + answer
                row["labels"] = [-100] * len(prompt) + answer
                print(json.dumps(row))


if __name__ == "__main__":
    main()
