"""Engines by name, as the command line gives them."""

import re

from .._check import Refusal
from ._engine import Engine
from ._loop import Loop
from ._processes import Processes

NAMES = ("loop", "processes")
"""The engines that need nothing more."""


def engine_named(name: str) -> Engine:
    """The engine of that name: `loop`, `processes` (one a core) or `processes:8`.

    >>> engine_named("processes:3")
    Processes(3)
    >>> engine_named("threads")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: There is no engine 'threads'. There are: loop, processes or
    processes:8.
    """
    kind, _, rest = name.partition(":")
    if name == "loop":
        return Loop()
    if kind == "processes" and (name == kind or re.fullmatch(r"[1-9]\d{0,3}", rest)):
        return Processes(int(rest) if rest else None)
    raise Refusal(f"There is no engine '{name}'. There are: loop, processes or processes:8.")
