"""The seasons of a method for several seasons: as given, or as detected in the series."""

from collections.abc import Sequence
from typing import Any

from ..._check import Refusal
from ...data import Panel, exact_seasons, season_and_longer


def check_seasons(seasons: Sequence[float] | None) -> None:
    """Refuse seasons of fewer than two steps, and seasons that are not in ascending order."""
    if seasons is None:
        return
    if not seasons or list(seasons) != sorted(set(seasons)) or seasons[0] < 2:
        raise Refusal(
            "`seasons` are the steps of each season, 2 or more, the shortest first, but they are "
            f"{seasons!r}. Give such as (24, 168)."
        )


def seasons_shown(spec: Any, season: int, panel: Panel | None = None) -> tuple[float, ...]:
    """Return the season of a fit and the longer ones detected in this panel, in their exact length
    (see `data.exact_seasons`); refused if there is none at all."""
    alone = (season,) if season > 1 else ()
    found = alone if panel is None else exact_seasons(panel, season_and_longer(panel, season))
    if not found:
        raise Refusal(
            f"`{spec!r}` is for data with seasons, but none is seen. Give a "
            "`season`, or take another model."
        )
    return found
