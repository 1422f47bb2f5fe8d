"""A check for arguments that must be a `Panel`."""

from typing import Any

import numpy as np

from ..._check import Refusal
from ._panel import Panel


def require_panel(name: str, value: Any) -> Panel:
    """Return `value`; refuse anything but a `Panel`, and say how to make one.

    >>> require_panel("panel", [1.0, 2.0])
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `panel` must be a Panel, but it is a list. Make it one:
    `stepahead.Panel.from_arrays([values])`.
    """
    if isinstance(value, Panel):
        return value
    kind = type(value).__name__
    if hasattr(value, "columns") or hasattr(value, "column_names"):
        how = "Read it first: `stepahead.read(frame)`."
    elif isinstance(value, list | tuple | np.ndarray):
        how = "Make it one: `stepahead.Panel.from_arrays([values])`."
    elif isinstance(value, str) or hasattr(value, "__fspath__"):
        how = f"Read it first: `stepahead.read({str(value)!r})`."
    else:
        how = (
            "`stepahead.read` makes one of a file or a frame, `stepahead.Panel.from_arrays` one of"
            " arrays."
        )
    raise Refusal(
        f"`{name}` must be a Panel, but it is {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}. "
        f"{how}"
    )
