"""The season length of a command: given by `--season`, else of the frequency."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import counted, whole
from ._console import Console

if TYPE_CHECKING:
    from ...data import Panel

Season = Annotated[
    int | None, typer.Option(help="Season length in steps; by default that of the frequency.")
]


def season_of(panel: "Panel", given: int | None, console: Console) -> int:
    """The season length: as given, else of the frequency; 1, with a message, where the median
    series is shorter than two seasons."""
    if given is not None:
        return whole("--season", given)
    from ...data import season_of as usual

    season, used = panel.frequency.season, usual(panel)
    if used < season:
        console.say(
            f"The series are shorter than two seasons of {counted(season, 'step')}, so no season "
            "is used. --season overrules this."
        )
    return used
