"""Counts the tokens of streams, a line each:

    luadec-tok -f terse --strip chunks/ | python3 docs/tokens.py

or of the records of a data set:

    luadec-tok dataset --unit function --strip always --stream terse --dedup none -o - src/ | python3 docs/tokens.py

A token `<|...|>` or `\\xNN` is one, a digit is one, and 3.5 bytes of other text are one, which is about what tokenizers
make of code. Prints the tokens per instruction, and the share of the streams that fit into a context; of records also
the tokens of streams and answers, and the share of the files whose records all fit.
"""
import json
import re
import sys

SPECIAL = re.compile(rb"<\|[^|]*\|>|\\x[0-9A-F]{2}")
CONTEXTS = (1024, 2048, 4096, 8192)


def tokens(text):
    """Returns how many tokens a text is."""
    text, special = SPECIAL.subn(b"", text)
    digits = sum(map(text.count, b"0123456789"))
    return special + digits + (len(text) - digits) / 3.5


def within(lengths):
    """Returns the shares of lengths that fit."""
    share = lambda context: 100 * sum(length <= context for length in lengths) / len(lengths)
    return "within " + ", ".join(f"{context} {share(context):.1f} %" for context in CONTEXTS)


streams, answers, instructions = [], [], 0
longest = {}  # of the records of each file
for line in sys.stdin.buffer:
    line = line.rstrip(b"\n")
    answer = None
    if line.startswith(b"{"):
        record = json.loads(line)
        line, answer = (message["content"].encode() for message in record["messages"])
    instructions += line.count(b"<|OP_")
    streams.append(tokens(line))
    if answer is not None:
        answers.append(tokens(answer))
        path = record["path"]
        longest[path] = max(longest.get(path, 0), streams[-1] + answers[-1])

if not instructions:
    sys.exit("no stream in standard input")
print(f"{len(streams)} streams, {sum(streams) / instructions:.1f} tokens per instruction; {within(streams)}")
if answers:
    print(f"{sum(streams):.0f} tokens of streams and {sum(answers):.0f} of answers in {len(longest)} files; "
          f"files whose records all fit: {within(list(longest.values()))}")
