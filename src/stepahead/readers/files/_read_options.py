"""The user's options for reading, and the frequency that follows from them."""

from typing import NamedTuple

import numpy as np

from ..._check import Refusal
from ...data import Frequency, infer_frequency
from ._covariate_columns import CovariateColumns


class ReadOptions(NamedTuple):
    """The user's options for reading a table.

    For time: the frequency, the time zone, and whether the day comes first in dates such as
    01/02/2024. For numbers: the decimal mark, the thousands separator, the number that marks a
    missing value, the value of a step without a row, and whether outliers are read as missing. And
    the columns of covariates.
    """

    frequency: str | Frequency | None = None
    zone: str | None = None
    day_first: bool | None = None
    covariates: CovariateColumns = CovariateColumns()
    decimal: str | None = None
    thousands: str | None = None
    fill: float | None = None
    drop_outliers: bool = False
    missing: float | None = None


def checked_fill(fill: float) -> float:
    """The value of steps without a row, as a float; only a finite number is valid."""
    if not _finite(fill):
        raise Refusal(
            "`fill` is the number that a step without a row stands for, such as 0, but it is "
            f"{fill!r}. Give a finite number."
        )
    return float(fill)


def checked_missing(missing: float) -> float:
    """The number that marks a missing value, as a float; only a finite number is valid."""
    if not _finite(missing):
        raise Refusal(
            "`missing` is the number that marks a missing value, such as -9999, but it is "
            f"{missing!r}. Give a finite number; empty cells and NaN are missing anyway."
        )
    return float(missing)


def _finite(number: object) -> bool:
    return (
        isinstance(number, (int, float, np.number))
        and not isinstance(number, bool)
        and bool(np.isfinite(number))
    )


def requested_frequency(
    options: ReadOptions, series: np.ndarray, times: np.ndarray, zone: str | None
) -> Frequency | None:
    """The frequency that the user gave; if it is a calendar frequency and the times are not dates,
    only its season is used."""
    if options.frequency is None:
        return None
    requested = Frequency.parse(options.frequency, zone)
    if times.dtype.kind == "M" or not requested.dated:
        return requested
    codes = np.concatenate([[0], np.flatnonzero(np.diff(series)) + 1, [len(times)]])
    step = int(infer_frequency(times, codes).name) if (np.diff(codes) > 1).any() else 1
    return Frequency.integer(step, requested.season)
