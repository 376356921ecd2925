"""Counts the tokens of streams, a line each:

    luadec-tok -f terse --strip chunks/ | python3 docs/tokens.py

or of the records of a data set, by the stream in each:

    luadec-tok dataset --unit function --strip always --stream terse --dedup none -o - src/ | python3 docs/tokens.py

A token `<|...|>` or `\\xNN` is one, a digit is one, and 3.5 bytes of other text are one, which is about what tokenizers
make of code. Prints the tokens per instruction, and the share of the streams that fit into a context.
"""
import json
import re
import sys

SPECIAL = re.compile(rb"<\|[^|]*\|>|\\x[0-9A-F]{2}")
CONTEXTS = (2048, 4096, 8192)

streams = instructions = tokens = 0
fit = dict.fromkeys(CONTEXTS, 0)
for line in sys.stdin.buffer:
    line = line.rstrip(b"\n")
    if line.startswith(b"{"):
        line = json.loads(line)["messages"][0]["content"].encode()
    instructions += line.count(b"<|OP_")
    text, count = SPECIAL.subn(b"", line)
    digits = sum(map(text.count, b"0123456789"))
    count += digits + (len(text) - digits) / 3.5
    streams += 1
    tokens += count
    for context in CONTEXTS:
        fit[context] += count <= context

if not instructions:
    sys.exit("no stream in standard input")
shares = ", ".join(f"{context} {100 * fit[context] / streams:.1f} %" for context in CONTEXTS)
print(f"{streams} streams, {tokens / instructions:.1f} tokens per instruction; within {shares}")
