"""`--season`, by default that of the frequency, and `--budget`, a time limit."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted, whole
from ._console import Console

if TYPE_CHECKING:
    from ...data import Panel

Season = Annotated[
    int | None, typer.Option(help="Season length in steps; by default that of the frequency.")
]


def season_of(panel: "Panel", given: int | None, console: Console) -> int:
    """The season length: as given, else of the frequency; 1, with a message, if the median series
    is shorter than two seasons."""
    if given is not None:
        return whole("--season", given)
    from ...data import season_of as usual

    season, used = panel.frequency.season, usual(panel)
    if used < season:
        console.say(
            f"The series are shorter than two seasons of {counted(season, 'step')}: only the "
            "pretrained network uses that season. --season overrules this."
        )
    return used


_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """The seconds that `--budget` allows.

    >>> seconds("90s"), seconds("1.5m"), seconds("30")
    (90.0, 90.0, 30.0)
    >>> seconds("soon")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--budget` is a time such as 30s, 2m or 1h, but it is 'soon'.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) *([smh]?)", text.strip().lower())
    if match is None or float(match[1]) == 0:
        raise Refusal(f"`--budget` is a time such as 30s, 2m or 1h, but it is '{text}'.")
    return float(match[1]) * _SECONDS[match[2]]
