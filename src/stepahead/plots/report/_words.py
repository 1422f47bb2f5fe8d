"""Numbers, times and steps as text for a sentence."""

import math
import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ...data import Frequency, format_stamp

_UNITS = {
    "M": "month",
    "MS": "month",
    "ME": "month",
    "Q": "quarter",
    "QS": "quarter",
    "QE": "quarter",
    "Y": "year",
    "YS": "year",
    "YE": "year",
    "A": "year",
    "W": "week",
    "D": "day",
    "B": "business day",
    "h": "hour",
    "min": "minute",
    "s": "second",
}


def unit(frequency: Frequency) -> str:
    """The name of one step.

    >>> [unit(Frequency.parse(name)) for name in ("BME", "QE-DEC", "W-SUN", "15min", "1")]
    ['month', 'quarter', 'week', 'step', 'step']
    """
    name = frequency.name.split("-")[0]
    of_business = name.removeprefix("B")  # BME is a month's last business day
    return _UNITS.get(name) or _UNITS.get(of_business, "step")


def steps(count: int, frequency: Frequency) -> str:
    """A number of steps, in words such as "12 months".

    >>> (
    ...     steps(12, Frequency.parse("ME")),
    ...     steps(1, Frequency.parse("D")),
    ...     steps(20_000, Frequency.parse("15min")),
    ... )
    ('12 months', '1 day', '20,000 steps of 15 minutes')
    """
    name = unit(frequency)
    size = re.fullmatch(r"(\d+)([A-Za-z]+)", frequency.name.split("-")[0])
    of = f" of {size[1]} {_UNITS.get(size[2], size[2])}s" if size and name == "step" else ""
    return f"{count:,} {name}{'' if count == 1 else 's'}{of}"


def when(stamp: np.datetime64 | np.int64, frequency: Frequency) -> str:
    """A time, as precise as the frequency needs.

    >>> (
    ...     when(np.datetime64("1960-12-31", "us"), Frequency.parse("ME")),
    ...     when(np.int64(7), Frequency.parse("1")),
    ... )
    ('1960-12', '7')
    """
    return format_stamp(stamp)[
        : {"month": 7, "quarter": 7, "year": 4}.get(unit(frequency)) if frequency.dated else None
    ]


def number(value: float) -> str:
    """A number for a table: four significant digits, thousands separators, scientific only where
    needed.

    >>> [number(v) for v in (1234567.8, 432.123, 0.012345, 0.0, 1.5e12, -2e-9, float("nan"))]
    ['1,234,568', '432.1', '0.01235', '0', '1.5e+12', '-2e-09', '–']
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if value == 0 or 1000 <= size < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def columns_of(columns: Sequence[Float[np.ndarray, " row"]]) -> list[list[str]]:
    """Columns of a table of one quantity: all with the same number of decimals, four significant
    digits in the largest value.

    >>> (
    ...     columns_of([np.array([417.0, np.nan]), np.array([382.51, 9.0])]),
    ...     columns_of([np.array([7.0]), np.array([12.0])]),
    ... )
    ([['417.0', '–'], ['382.5', '9.0']], [['7'], ['12']])
    """
    everything = np.concatenate(columns)
    finite = everything[np.isfinite(everything)]
    largest = float(np.abs(finite).max(initial=0))
    if not 1e-4 <= largest < 1e9:
        return [[number(value) for value in column.tolist()] for column in columns]
    digits = (
        0 if (finite == np.round(finite)).all() else max(0, 3 - math.floor(math.log10(largest)))
    )
    return [
        [f"{value:,.{digits}f}" if math.isfinite(value) else "–" for value in column.tolist()]
        for column in columns
    ]


def share(ratio: float) -> str:
    """The difference of a ratio from 1 in words, such as "38% below".

    >>> share(0.62), share(1.05), share(1.0)
    ('38% below', '5% above', 'the same as')
    """
    percent = round(100 * (ratio - 1))
    return (
        "the same as"
        if percent == 0
        else f"{abs(percent):,}% {'below' if percent < 0 else 'above'}"
    )
