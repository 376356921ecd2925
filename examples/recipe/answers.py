"""Makes rows for luadec-tok score: the terse stream of each held-out function, with the answer of a model.

    python3 answers.py FUNCTIONS.jsonl PREDICTIONS.jsonl KEY > ROWS.jsonl
    python3 answers.py FUNCTIONS.jsonl > ROWS.jsonl

So all answers are scored against the same streams, whatever the prompt was. KEY names the answer in PREDICTIONS. A
function without an answer counts as one that fails. Without PREDICTIONS, the answers are empty functions of 0 to 7
parameters, with and without `...`: what needs no model.
"""

import json
import sys

EMPTY = [
    f"function({', '.join([*'abcdefg'[:count], *vararg])}) end" for count in range(8) for vararg in ([], ["..."])
]


def main():
    answers = {}
    if len(sys.argv) > 2:
        answers = {place(row): row[sys.argv[3]] for row in rows(sys.argv[2])}
    for row in rows(sys.argv[1]):
        prediction = answers.get(place(row)) if len(sys.argv) > 2 else EMPTY
        print(json.dumps({"id": row["id"], "prompt": row["prompt"], "prediction": prediction}, ensure_ascii=False))


def place(row):
    return row["path"], row["function"]


def rows(path):
    with open(path, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
