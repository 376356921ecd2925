"""Finds the command luadec-tok that this package carries."""

import importlib.metadata
import os
import sys
import sysconfig

__all__ = ["__version__", "find_luadec_tok"]

__version__: str = importlib.metadata.version("luadec-tok")


def find_luadec_tok() -> str:
    """Returns the path of the command, for `subprocess`.

    Raises FileNotFoundError if it is in none of the directories where pip puts commands.
    """
    name = "luadec-tok" + (sysconfig.get_config_var("EXE") or "")
    for directory in _directories():
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError("no %s in %s" % (name, ", ".join(_directories())))


def _directories():
    here = os.path.dirname(os.path.abspath(__file__))
    return [
        # A virtual environment, or the system.
        sysconfig.get_path("scripts"),
        # pip install --user
        sysconfig.get_path("scripts", _user_scheme()),
        # pip install --target: bin is beside the package.
        os.path.join(os.path.dirname(here), "bin"),
    ]


def _user_scheme():
    if sys.version_info >= (3, 10):
        return sysconfig.get_preferred_scheme("user")
    return "nt_user" if os.name == "nt" else "posix_user"
