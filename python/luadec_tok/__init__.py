"""Lua bytecode as the token stream that language models read, and back.

A client of the command luadec-tok, which this package carries: docs/PYTHON.md.
"""

from importlib.metadata import PackageNotFoundError, version

from ._command import CommandError, Error, UsageError, find_luadec_tok
from ._convert import Assembled, ask, assemble, decode, terse, tokens
from ._rows import dataset
from ._scorer import BadRow, Scorer

__all__ = [
    "Assembled",
    "BadRow",
    "CommandError",
    "Error",
    "Scorer",
    "UsageError",
    "__version__",
    "ask",
    "assemble",
    "dataset",
    "decode",
    "find_luadec_tok",
    "terse",
    "tokens",
]

try:
    __version__: str = version("luadec-tok")
except PackageNotFoundError:
    # Imported from a checkout.
    __version__ = "unknown"
