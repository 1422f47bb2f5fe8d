"""The command line as typed, and the options of the command, for messages and reports."""

import shlex
from contextvars import ContextVar

from ._wording import Options, at_the_shell

ARGUMENTS: ContextVar[tuple[str, ...]] = ContextVar("ARGUMENTS", default=())
"""The command line after the program's name; `main` sets it."""

OPTIONS: ContextVar[Options] = ContextVar("OPTIONS", default={})  # noqa: B039 - it is read only
"""The options of this command; `main` sets them."""

INTERRUPTED = 130
"""The exit code after Ctrl-C."""


def as_typed() -> str:
    """The command line, quoted for a shell.

    >>> token = ARGUMENTS.set(("forecast", "my sales.csv"))
    >>> as_typed()
    "stepahead forecast 'my sales.csv'"
    >>> ARGUMENTS.reset(token)
    """
    return shlex.join(["stepahead", *ARGUMENTS.get()])


def with_option_names(sentence: str) -> str:
    """The sentence with names of Python arguments replaced by the options of this command."""
    return at_the_shell(sentence, OPTIONS.get())
