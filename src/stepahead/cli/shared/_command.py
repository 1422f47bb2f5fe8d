"""The command as the user gave it, for whoever has to write it down or to name its options."""

import shlex
from contextvars import ContextVar

from ._wording import Options, at_the_shell

WORDS: ContextVar[tuple[str, ...]] = ContextVar("WORDS", default=())
"""What follows the program's name; `main` sets it."""

OPTIONS: ContextVar[Options] = ContextVar("OPTIONS", default={})  # noqa: B039 - it is read only
"""The options of this command; `main` sets them."""


def as_typed() -> str:
    """The command as one line that a shell takes.

    >>> token = WORDS.set(("forecast", "my sales.csv"))
    >>> as_typed()
    "stepahead forecast 'my sales.csv'"
    >>> WORDS.reset(token)
    """
    return shlex.join(["stepahead", *WORDS.get()])


def in_options(sentence: str) -> str:
    """The sentence with the arguments that it names called by the options of this command."""
    return at_the_shell(sentence, OPTIONS.get())
