"""Assembles the answers to the outlines of all chunks below a directory.

    python3 assemble.py CHUNKS ANSWERS.jsonl OUT

OUT gets `files/`, the Lua files, `proofs/`, the report of luadec-tok assemble for each, and `functions.jsonl`, the text
of each function in the files.
"""

import pathlib
import subprocess
import sys

# The exit status of luadec-tok assemble for a file that was written, but is not proven.
NOT_PROVEN = 3


def main():
    chunks, answers, output = map(pathlib.Path, sys.argv[1:])
    proven = count = 0
    for chunk in sorted(chunks.rglob("*.luac")):
        path = chunk.relative_to(chunks)
        file = output / "files" / path.with_suffix(".lua")
        proof = output / "proofs" / path.with_suffix(".json")
        file.parent.mkdir(parents=True, exist_ok=True)
        proof.parent.mkdir(parents=True, exist_ok=True)
        command = ["luadec-tok", "assemble", "-q", chunk, answers, "-o", file, "--report", proof]
        status = subprocess.run(command).returncode
        if status not in (0, NOT_PROVEN):
            sys.exit(status)
        proven += status == 0
        count += 1
    print(f"{proven} of {count} files proven", file=sys.stderr)
    # A file has a function wherever its chunk has one, so functions keep their paths.
    texts = ["--unit", "function", "--answers", "original", "--dedup", "none", "--format", "completion"]
    command = ["luadec-tok", "dataset", "-q", *texts, "--stream", "terse", "-o", output / "functions.jsonl"]
    sys.exit(subprocess.run([*command, output / "files"]).returncode)


if __name__ == "__main__":
    main()
