"""Years of two digits, and the share of a regular grid that dates cover."""

import numpy as np

_LAST = 2049
"""The latest year that two digits mean, unless the other years suggest otherwise: 49 is 2049, 50 is
1950 (as in RFC 5280)."""


def full_years(wall: np.ndarray, short: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Timestamps with years of four digits, where only the last two are known at the positions
    `short`; and notes.

    Years are 1950 to 2049. If there are years on both sides of 1950, and the gap there is smaller
    than the gaps within, the later ones are a century earlier.

    >>> years = lambda *two: np.array([f"20{y}-03-01" for y in two], "M8[us]")
    >>> full_years(years("19", "20"), np.ones(2, dtype=bool))[1]
    ('two-digit years read as 2019 to 2020',)
    >>> full_years(years("49", "50", "60"), np.ones(3, dtype=bool))[0].astype("M8[Y]").tolist()[0]
    datetime.date(1949, 1, 1)
    """
    if not short.any():
        return wall, ()
    held = wall[short]
    year = held.astype("M8[Y]").astype(np.int64) + 1970
    full = year % 100 + 2000
    full[full > _LAST] -= 100
    distinct = np.unique(full)
    if len(distinct) > 1:
        gaps = np.diff(distinct)
        if gaps.max() > 100 - (distinct[-1] - distinct[0]):
            full[full > distinct[gaps.argmax()]] -= 100
    months = held.astype("M8[M]")
    moved = (months + 12 * (full - year)).astype("M8[us]") + (held - months.astype("M8[us]"))
    completed = wall.copy()
    completed[short] = moved
    first, last = full.min(), full.max()
    return completed, (
        f"two-digit years read as {first}" + (f" to {last}" if last > first else ""),
    )


def share_covered(places: np.ndarray) -> float:
    """The share of a regular grid, from the first to the last of these whole numbers, that they
    cover.

    >>> share_covered(np.array([2, 4, 8])), share_covered(np.array([5]))
    (0.75, 1.0)
    """
    apart = np.diff(np.unique(places))
    return float((len(apart) + 1) / (apart.sum() / np.gcd.reduce(apart) + 1)) if len(apart) else 1.0
