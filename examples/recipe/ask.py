"""Asks for each function of all chunks below a directory, as token ids.

    python3 ask.py CHUNKS TOKENIZER --max-tokens N > ASKS.jsonl

Equal functions are asked about once, also those of two chunks.
"""

import argparse
import json
import pathlib
import subprocess


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("chunks", type=pathlib.Path)
    parser.add_argument("tokenizer")
    parser.add_argument("--max-tokens", required=True)
    args = parser.parse_args()

    seen = set()
    options = ["--format", "completion", "--tokenizer", args.tokenizer, "--max-tokens", args.max_tokens]
    for chunk in sorted(args.chunks.rglob("*.luac")):
        asked = subprocess.run(["luadec-tok", "ask", "-q", chunk, *options], check=True, stdout=subprocess.PIPE)
        for line in asked.stdout.splitlines():
            id = json.loads(line)["id"]
            if id not in seen:
                seen.add(id)
                print(line.decode())


if __name__ == "__main__":
    main()
