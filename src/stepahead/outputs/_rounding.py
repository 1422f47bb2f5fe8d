"""Rounding of results: as many digits as are useful, and none that are due to floating-point
arithmetic."""

from typing import TYPE_CHECKING, Any

from ._columns import Table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ..data import Panel

INTERVAL_DIGITS = 3
"""The number of digits of an interval's width: numbers are rounded to a thousandth of it or
finer."""

EXTRA_DECIMALS = 4
"""The most decimals in addition to those of the data."""

MOST_DECIMALS = 10
"""Data with this many decimals were computed: results may then have any number of them."""

COMPONENT_DIGITS = 7
"""The number of digits of a component, counted from the first one of the largest value of its
series."""

SCORE_DIGITS = 6
"""The number of significant digits of a score."""


def rounded(table: Table, panel: "Panel") -> dict[str, Any]:
    """Return the columns of a forecast of this panel, or of imputed values, rounded for output: by
    series and channel to a thousandth of the narrowest interval or finer.

    Without intervals, the mean change from step to step is used for their width, and if nothing
    changes a hundredth of the largest value. A number has at most `EXTRA_DECIMALS` more decimals
    than the data, and whole digits are never rounded. So 1349.999954353421 ± 20 is written as 1350,
    and 1e9 + 0.123 ± 0.01 keeps its digits.

    >>> import numpy as np, stepahead as sa
    >>> names, ends = (
    ...     np.array(["0"]),
    ...     {"lo-80": np.array([1330.123456]), "hi-80": np.array([1369.9])},
    ... )
    >>> table = {"unique_id": names, "forecast": np.array([1349.999954353421]), **ends}
    >>> done = rounded(table, sa.Panel.from_arrays([[1340.0, 1345.0]]))
    >>> {name: done[name].tolist() for name in ("forecast", "lo-80", "hi-80")}
    {'forecast': [1350.0], 'lo-80': [1330.12], 'hi-80': [1369.9]}
    """
    import numpy as np

    values = {
        name: np.asarray(table[name], float)
        for name in table
        if name in ("forecast", "fitted", "error") or name.startswith(("lo-", "hi-"))
    }
    gaps = [values[name] - values[f"lo-{name[3:]}"] for name in values if name.startswith("hi-")]
    place = _series_and_channel(table, panel)
    width = _mean_changes(panel).ravel()
    if gaps:
        narrowest = np.full(len(width), np.inf)
        for gap in gaps:
            np.minimum.at(narrowest, place, np.where(gap > 0, gap, np.inf))
        width = np.where(np.isfinite(narrowest), narrowest, width)
    digits = _digits(width, panel)[place]
    done = {name: to_digits(column, digits) for name, column in values.items()}
    return {name: done.get(name, table[name]) for name in table}


def imputed_rounded(table: "pd.DataFrame", panel: "Panel") -> "pd.DataFrame":
    """Return the table of `impute` rounded for output: observed values unchanged, imputed ones as
    by `rounded`."""
    import numpy as np

    digits = _digits(_mean_changes(panel).ravel(), panel)[_series_and_channel(table, panel)]
    values = table["y"].to_numpy(float)
    return table.assign(
        y=np.where(table["imputed"].to_numpy(bool), to_digits(values, digits), values)
    )


def components_rounded(
    table: "pd.DataFrame", panel: "Panel", factors: "np.ndarray"
) -> "pd.DataFrame":
    """Return the table of `decompose` rounded for output: components have `COMPONENT_DIGITS` digits
    from the first one of the series' largest value, observed values are unchanged. `factors` marks
    the channels `[series, channel]` whose components other than the first are factors near 1."""
    import numpy as np

    place = _series_and_channel(table, panel)
    largest = np.zeros(place.max() + 1)
    np.fmax.at(largest, place, np.abs(table["y"].to_numpy(float)))
    first = np.floor(np.log10(np.where(largest > 0, largest, 1.0)))
    digits = np.maximum(0, COMPONENT_DIGITS - 1 - first)[place].astype(int)
    near_one = np.where(factors.reshape(-1)[place], COMPONENT_DIGITS - 1, digits)
    numbers = [name for name in table.select_dtypes("float").columns if name != "y"]
    return table.assign(
        **{
            name: to_digits(
                table[name].to_numpy(float),
                digits if name.startswith(numbers[0]) else near_one,
            )
            for name in numbers
        }
    )


def significant(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table of scores with `SCORE_DIGITS` significant digits; columns without fractions
    are unchanged.

    >>> import pandas as pd
    >>> significant(
    ...     pd.DataFrame({"model": ["gru"], "mase": [0.81234567891], "mae": [123456789.123]})
    ... ).values.tolist()
    [['gru', 0.812346, 123457000.0]]
    """
    return table.assign(
        **{
            str(name): table[name].map(lambda x: float(f"{x:.{SCORE_DIGITS}g}"))
            for name in table.select_dtypes("float").columns
        }
    )


def to_digits(values: "np.ndarray", digits: "np.ndarray") -> "np.ndarray":
    """Return every value rounded to its own number of decimals."""
    import numpy as np

    found = values.copy()
    for count in np.unique(digits):
        found[digits == count] = np.round(values[digits == count], count)
    return found + 0.0  # −0 is 0


def _digits(width: "np.ndarray", panel: "Panel") -> "np.ndarray":
    """The decimals for numbers with intervals of these widths, at most those that the data of this
    panel justify."""
    import numpy as np

    values = panel.values[panel.observed]
    own = next(
        (
            count
            for count in range(MOST_DECIMALS)
            if np.array_equal(np.round(values, count), values)
        ),
        300,
    )
    return np.clip(
        INTERVAL_DIGITS - np.floor(np.log10(width)), 0, min(own + EXTRA_DECIMALS, 300)
    ).astype(int)


def _series_and_channel(table: Table, panel: "Panel") -> "np.ndarray":
    """The index of the series and channel of every row."""
    import numpy as np

    def index(name: str, names: Any) -> "np.ndarray":
        numbers = {each: number for number, each in enumerate(names)}
        return np.array([numbers[each] for each in np.asarray(table[name]).tolist()], int)

    series = index("unique_id", panel.ids.tolist())
    if panel.channels == 1:
        return series
    return series * panel.channels + index("channel", panel.names)


def _mean_changes(panel: "Panel") -> "np.ndarray":
    """By series and channel, the mean absolute change from step to step; a hundredth of the largest
    value if nothing changes."""
    import numpy as np

    steps = np.abs(np.diff(panel.values, axis=0, append=np.nan))
    steps[panel.offsets[1:] - 1] = np.nan
    seen = np.add.reduceat(~np.isnan(steps), panel.offsets[:-1], axis=0)
    mean = np.add.reduceat(np.nan_to_num(steps), panel.offsets[:-1], axis=0) / np.maximum(seen, 1)
    largest = (
        np.maximum.reduceat(np.abs(np.nan_to_num(panel.values)), panel.offsets[:-1], axis=0) / 100
    )
    return np.where(mean > 0, mean, np.where(largest > 0, largest, 1.0))
