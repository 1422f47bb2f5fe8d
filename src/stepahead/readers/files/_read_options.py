"""What the user said about time and covariates, and what it means for stamps."""

from typing import NamedTuple

import numpy as np

from ..._check import Refusal
from ...data import Frequency, infer_frequency
from ._covariate_columns import Beside


class ReadOptions(NamedTuple):
    """What the user said.

    About time: the frequency, the zone, how dates such as 01/02/2024 are meant. About numbers: the
    decimal mark, the mark between thousands, what a step without a row holds. And which columns are
    covariates.
    """

    frequency: str | Frequency | None = None
    zone: str | None = None
    day_first: bool | None = None
    beside: Beside = Beside()
    decimal: str | None = None
    thousands: str | None = None
    fill: float | None = None


def filling(fill: float) -> float:
    """What a step without a row holds; refuse what is no finite number."""
    if (
        isinstance(fill, bool)
        or not isinstance(fill, (int, float, np.number))
        or not np.isfinite(fill)
    ):
        raise Refusal(
            "`fill` is the number that a step without a row stands for, such as 0, but it is "
            f"{fill!r}. Give a finite number."
        )
    return float(fill)


def wished_frequency(
    wishes: ReadOptions, series: np.ndarray, times: np.ndarray, zone: str | None
) -> Frequency | None:
    """The frequency that the user gave; a calendar one for stamps without dates lends its season
    only."""
    if wishes.frequency is None:
        return None
    wished = Frequency.parse(wishes.frequency, zone)
    if times.dtype.kind == "M" or not wished.dated:
        return wished
    codes = np.concatenate([[0], np.flatnonzero(np.diff(series)) + 1, [len(times)]])
    step = int(infer_frequency(times, codes).name) if (np.diff(codes) > 1).any() else 1
    return Frequency.integer(step, wished.season)
