"""`python -m luadec_tok` is the command."""

import os
import subprocess
import sys

from luadec_tok import find_luadec_tok


def main():
    command = [find_luadec_tok(), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(command).returncode)
    # The command takes this process's place, so signals and pipes are its own.
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
