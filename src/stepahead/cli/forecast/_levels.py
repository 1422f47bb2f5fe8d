"""Levels of prediction intervals, as `--levels` takes them."""

from typing import Annotated

import typer

from ..._check import Refusal

Levels = Annotated[str, typer.Option(help="Levels of the prediction intervals, in percent.")]


def interval_levels(text: str) -> tuple[float, ...]:
    """The levels of `--levels`, in percent; empty text means no intervals.

    >>> interval_levels("80, 95"), interval_levels("")
    ((80, 95), ())
    >>> interval_levels("0.95")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--levels` are percents from 1 to below 100, separated by commas, but
    '0.95' is not. Give 80,95.
    """
    levels: list[float] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            level = float(part)
        except ValueError:
            level = 0.0
        if not 1 <= level < 100:
            raise Refusal(
                f"`--levels` are percents from 1 to below 100, separated by commas, but '{part}' "
                "is not. Give 80,95."
            )
        levels.append(int(level) if level == int(level) else level)
    return tuple(dict.fromkeys(levels))
