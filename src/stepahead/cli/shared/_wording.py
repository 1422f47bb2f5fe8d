"""A sentence of the library in the words of the command: an argument of Python is an option of the
shell."""

import ast
import re
import shlex
from collections.abc import Mapping
from typing import Any

_ARGUMENT = re.compile(r"`([a-z]\w*)(?:=([^`]*))?`")

_CALLS = {"`forecast(panel=…)`": "`stepahead predict MODEL DATA`"}
"""What is a call in Python and another command at the shell."""

Options = Mapping[str, tuple[str, str]]
"""For each argument the option that gives it, and the one that denies it (empty: none)."""


def options_of(command: Any) -> Options:
    """The options of a command of Typer, by the argument that each becomes."""
    return {
        each.name.rstrip("_"): (each.opts[0], each.secondary_opts[0] if each.secondary_opts else "")
        for each in command.params
        if each.param_type_name == "option" and each.name
    }


def at_the_shell(sentence: str, options: Options) -> str:
    """The sentence with every argument that stands in backticks named as its option, its value as
    the shell takes it.

    What is no argument of this command stays as it is.

    >>> options = {
    ...     "day_first": ("--day-first", "--month-first"),
    ...     "target": ("--target", ""),
    ...     "time": ("--time", ""),
    ... }
    >>> at_the_shell("Say which: `day_first=True` or `day_first=False`.", options)
    'Say which: `--day-first` or `--month-first`.'
    >>> at_the_shell(
    ...     "Say `target='net sales'`, or choose another `time`; `key` is another matter.", options
    ... )
    "Say `--target 'net sales'`, or choose another `--time`; `key` is another matter."
    """

    def option(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        if name not in options:
            return found[0]
        given, denied = options[name]
        if value is None:
            return f"`{given}`"
        try:
            told = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            return found[0]
        if isinstance(told, bool):
            return f"`{given if told else denied}`"
        return f"`{given} {shlex.quote(str(told))}`"

    for call, command in _CALLS.items():
        sentence = sentence.replace(call, command)
    return _ARGUMENT.sub(option, sentence)
