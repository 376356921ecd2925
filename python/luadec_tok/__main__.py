"""Runs the command: `python -m luadec_tok`."""

import os
import subprocess
import sys

from luadec_tok import find_luadec_tok


def main() -> None:
    command = [find_luadec_tok(), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(command).returncode)
    # Replaces this process, so that signals and pipes reach the command.
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
