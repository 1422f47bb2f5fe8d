"""Messages of the library for the command line: Python arguments become options."""

import ast
import re
import shlex
from collections.abc import Mapping
from typing import Any

_ARGUMENT = re.compile(r"`([a-z]\w*)(?:=([^`]*))?`")
_CLASS = re.compile(r"([A-Z]\w*)\(\)")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")

_CALLS = {"`forecast(panel=…)`": "`stepahead predict MODEL DATA`"}
"""Python calls, and the commands that do the same."""

Options = Mapping[str, tuple[str, str]]
"""For each argument the option that sets it, and the one that negates it (empty: none)."""


def options_of(command: Any) -> Options:
    """The options of a Typer command, by the argument that each sets."""
    return {
        each.name.rstrip("_"): (each.opts[0], each.secondary_opts[0] if each.secondary_opts else "")
        for each in command.params
        if each.param_type_name == "option" and each.name
    }


def at_the_shell(sentence: str, options: Options) -> str:
    """The sentence with every argument in backticks as an option, its value quoted for the shell; a
    class without arguments becomes the name that selects it.

    Names that are not arguments of this command are unchanged.

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
    >>> at_the_shell("`smoothing=WittenBell()` needs none.", {"smoothing": ("--smoothing", "")})
    '`--smoothing witten-bell` needs none.'
    """

    def option(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        if name not in options:
            return found[0]
        given, negation = options[name]
        if value is None:
            return f"`{given}`"
        if chosen := _CLASS.fullmatch(value):
            return f"`{given} {_CAPITAL.sub('-', chosen[1]).lower()}`"
        try:
            parsed = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            return found[0]
        if isinstance(parsed, bool):
            return f"`{given if parsed else negation}`"
        return f"`{given} {shlex.quote(str(parsed))}`"

    for call, command in _CALLS.items():
        sentence = sentence.replace(call, command)
    return _ARGUMENT.sub(option, sentence)
