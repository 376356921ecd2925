"""Replaces the stream of each record by a text listing of the same function and all functions inside it.

    python3 listing.py CHUNKS RECORDS.jsonl > LISTINGS.jsonl

RECORDS are those of luadec-tok dataset --unit function --format completion --strip always. The listing is what
luadec-tok -f listing --function prints for the function, and for each function inside it.
"""

import collections
import json
import pathlib
import subprocess
import sys


def main():
    chunks, records = pathlib.Path(sys.argv[1]), sys.argv[2]
    path, listings = None, {}
    with open(records, encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["path"] != path:
                path = record["path"]
                listings = listing((chunks / path).with_suffix(".luac"))
            function = record["function"]
            inside = [text for name, text in listings.items() if (name + " >").startswith(function + " >")]
            record["prompt"] = "".join(inside)
            # What the tokenizer is trained on.
            record["content"] = record["prompt"] + record["completion"]
            print(json.dumps(record, ensure_ascii=False))


def listing(chunk):
    """Returns the listing of each function of a chunk."""
    # All functions at once. Their order is that of the file, so those inside a function follow it.
    command = ["luadec-tok", "-f", "listing", "--with-filename", chunk]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode(errors="replace")
    functions = collections.defaultdict(str)
    for line in printed.removesuffix("\n").split("\n"):
        _, function, text = line.split("\t", 2)
        functions[function] += text + "\n"
    return functions


if __name__ == "__main__":
    main()
