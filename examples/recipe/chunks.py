"""Compiles the sources below a directory, without debug information.

    python3 chunks.py SOURCES OUT

Sources that are not Lua 5.3 are left out, as luadec-tok dataset does. Needs luac5.3, from the package lua5.3.
"""

import pathlib
import subprocess
import sys


def main():
    sources, output = map(pathlib.Path, sys.argv[1:])
    count = 0
    for source in sorted(sources.rglob("*.lua")):
        chunk = (output / source.relative_to(sources)).with_suffix(".luac")
        chunk.parent.mkdir(parents=True, exist_ok=True)
        compiled = subprocess.run(["luac5.3", "-s", "-o", chunk, source], stderr=subprocess.DEVNULL)
        count += compiled.returncode == 0
    if not count:
        sys.exit(f"{sources}: nothing compiles")
    print(f"{count} chunks", file=sys.stderr)


if __name__ == "__main__":
    main()
