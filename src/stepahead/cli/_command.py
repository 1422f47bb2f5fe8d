"""The command as the user gave it, for whoever has to write it down."""

import shlex
from contextvars import ContextVar

WORDS: ContextVar[tuple[str, ...]] = ContextVar("WORDS", default=())
"""What follows the program's name; `main` sets it."""


def as_typed() -> str:
    """The command as one line that a shell takes.

    >>> token = WORDS.set(("forecast", "my sales.csv"))
    >>> as_typed()
    "stepahead forecast 'my sales.csv'"
    >>> WORDS.reset(token)
    """
    return shlex.join(["stepahead", *WORDS.get()])
