"""Series that are too short for a model: named and refused, or named and left out."""

from typing import TYPE_CHECKING

from ..._check import Refusal, counted

if TYPE_CHECKING:
    from ...data import Panel

NAMED = 5
"""Ids that are named before it is only said how many more there are."""


def long_enough(panel: "Panel", model: str, season: int, *, skip: bool) -> "tuple[Panel, str]":
    """The series that a model can forecast, and a sentence about those left out; unless `skip`,
    their ids are a refusal.

    Every model needs two observed values, one that repeats seasons a whole one: what it repeats
    must have been seen.
    """
    import numpy as np

    minimum = max(2, season) if model in ("auto", "seasonal-naive") else 2
    seen = np.add.reduceat(panel.observed.any(axis=1), panel.offsets[:-1])
    short = (panel.lengths < minimum) | (seen < 2)
    if not short.any():
        return panel, ""
    ids = [f"'{name}'" for name in panel.ids[short].tolist()]
    named = ", ".join(ids[:NAMED]) + (f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else "")
    need = f"{counted(minimum, 'step')} (a season)" if minimum > 2 else "2 values"
    told = f"Series too short for {model}, which needs {need}: {named}"
    if not skip:
        other = ", name another model," if minimum > 2 else ""
        raise Refusal(
            f"{told}. Add --skip-short to leave {'it' if len(ids) == 1 else 'them'} out{other} or "
            "give more of their past."
        )
    if short.all():
        raise Refusal(
            f"{told}. That is all of them, so nothing is left to forecast. Give longer series."
        )
    return panel.take(np.flatnonzero(~short)), f"{told}; left out."
