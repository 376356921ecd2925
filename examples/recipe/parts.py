"""Copies the sources of each part of a split, and lists the functions that all models are asked about.

    python3 parts.py SOURCES SPLIT OUT --held-out N

SPLIT is what luadec-tok dataset --unit function --dedup near --split train=…,test=… wrote, so no function in it is nearly
like an earlier one. OUT gets `train/` and `held/`, directories of sources, and `functions.jsonl`, the records of the
functions in `held/`.
"""

import argparse
import json
import pathlib
import shutil
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", type=pathlib.Path)
    parser.add_argument("split", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--held-out", type=int, required=True, help="the most files to hold out")
    args = parser.parse_args()

    train = sorted({record["path"] for record in records(args.split / "train.jsonl")})
    test = list(records(args.split / "test.jsonl"))
    held = sorted({record["path"] for record in test})
    if not train or not held:
        sys.exit("a part of the split is empty; try more files or another --split-seed")
    count = min(args.held_out, len(held))
    held = {held[index * len(held) // count] for index in range(count)}
    for name, paths in ("train", train), ("held", held):
        for path in paths:
            target = args.output / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(args.sources / path, target)
    asked = [record for record in test if record["path"] in held]
    with open(args.output / "functions.jsonl", "w", encoding="utf-8") as output:
        for record in asked:
            print(json.dumps(record, ensure_ascii=False), file=output)
    print(f"{len(train)} files to train on; held out: {len(held)} files with {len(asked)} functions", file=sys.stderr)


def records(path):
    with open(path, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
