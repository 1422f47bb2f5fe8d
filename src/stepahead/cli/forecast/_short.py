"""Series that are too short for a model: an error that names them, or left out."""

from typing import TYPE_CHECKING

from ..._check import Refusal, counted
from ..shared import AUTO, LOCAL

if TYPE_CHECKING:
    from ...data import Panel

NAMED = 5
"""Number of ids that a message names; the others are counted."""


def long_enough(panel: "Panel", model: str, season: int, *, skip: bool) -> "tuple[Panel, str]":
    """The series that are long enough for a model, and a sentence on those left out; unless `skip`,
    short ones are an error.

    Every model needs two observed values, and one that repeats seasons needs a whole season. A
    single value is enough for models of separate series if at least two other series show how much
    values change.
    """
    import numpy as np

    seasonal = model in (AUTO, "seasonal-naive")
    minimum = max(2, season) if seasonal else 2
    seen = np.add.reduceat(panel.observed.any(axis=1), panel.offsets[:-1])
    told_by_others = model in LOCAL and not seasonal and np.sum(seen > 1) > 1
    short = (panel.lengths < minimum) | (seen < 2)
    short = seen < 1 if told_by_others else short
    if not short.any():
        return panel, ""
    ids = [f"'{name}'" for name in panel.ids[short].tolist()]
    named = ", ".join(ids[:NAMED]) + (f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else "")
    need = f"{counted(minimum, 'step')} (a season)" if minimum > 2 else "2 values"
    problem = f"Series too short for {model}, which needs {need}: {named}"
    if not skip:
        other = ", name another model," if minimum > 2 else ""
        raise Refusal(
            f"{problem}. Add --skip-short to leave {'it' if len(ids) == 1 else 'them'} out{other}"
            " or give a longer history."
        )
    if short.all():
        raise Refusal(
            f"{problem}. That is all of them, so nothing is left to forecast. Give longer series."
        )
    return panel.take(np.flatnonzero(~short)), f"{problem}; left out."
