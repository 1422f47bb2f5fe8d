"""Numbers, stamps and steps as a reader expects them in a sentence."""

import math

import numpy as np
from jaxtyping import Float

from ..data import Frequency
from ..data._frequency import say

_UNITS = {
    "M": "month", "MS": "month", "ME": "month", "Q": "quarter", "QS": "quarter", "QE": "quarter", "Y": "year", "YS": "year", "YE": "year",
    "A": "year", "W": "week", "D": "day", "B": "business day", "h": "hour", "min": "minute", "s": "second",
}  # fmt: skip


def unit(frequency: Frequency) -> str:
    """What one step is called.

    >>> [unit(Frequency.parse(name)) for name in ("ME", "QE-DEC", "W-SUN", "15min", "1")]
    ['month', 'quarter', 'week', 'step', 'step']
    """
    return _UNITS.get(frequency.name.split("-")[0], "step")


def steps(count: int, frequency: Frequency) -> str:
    """So many steps, in words.

    >>> steps(12, Frequency.parse("ME")), steps(1, Frequency.parse("D")), steps(20_000, Frequency.parse("15min"))
    ('12 months', '1 day', '20,000 steps of 15min')
    """
    name = unit(frequency)
    of = f" of {frequency.name}" if name == "step" and frequency.dated else ""
    return f"{count:,} {name}{'' if count == 1 else 's'}{of}"


def when(stamp: np.datetime64 | np.int64, frequency: Frequency) -> str:
    """A stamp with no more than its frequency tells apart.

    >>> when(np.datetime64("1960-12-31", "us"), Frequency.parse("ME")), when(np.int64(7), Frequency.parse("1"))
    ('1960-12', '7')
    """
    return say(stamp)[: {"month": 7, "quarter": 7, "year": 4}.get(unit(frequency)) if frequency.dated else None]


def number(value: float) -> str:
    """A number for a table: four digits that count, thousands apart, a power of ten only where it must be.

    >>> [number(v) for v in (1234567.8, 432.123, 0.012345, 0.0, 1.5e12, -2e-9, float("nan"))]
    ['1,234,568', '432.1', '0.01235', '0', '1.5e+12', '-2e-09', '–']
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if value == 0 or 1000 <= size < 1e9:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def column_of(values: Float[np.ndarray, " row"]) -> list[str]:
    """Numbers that stand under each other: all with the same digits after the point, four that count in the largest.

    >>> column_of(np.array([417.0, 382.51, np.nan])), column_of(np.array([1e12, 2.0])), column_of(np.array([7.0, 12.0]))
    (['417.0', '382.5', '–'], ['1e+12', '2'], ['7', '12'])
    """
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0))
    if not 1e-4 <= largest < 1e9:
        return [number(value) for value in values.tolist()]
    digits = 0 if (finite == np.round(finite)).all() else max(0, 3 - math.floor(math.log10(largest)))
    return [f"{value:,.{digits}f}" if math.isfinite(value) else "–" for value in values.tolist()]


def share(ratio: float) -> str:
    """How much below or above 1 a ratio is, in percent.

    >>> share(0.62), share(1.05), share(1.0)
    ('38% below', '5% above', 'the same')
    """
    percent = round(100 * (ratio - 1))
    return "the same" if percent == 0 else f"{abs(percent):,}% {'below' if percent < 0 else 'above'}"
