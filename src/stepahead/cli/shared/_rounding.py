"""How many digits are written: enough for whatever the numbers are used for, and none that only
arithmetic put there."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...data import Panel

FINEST = 3
"""Digits that are kept after the first one of an interval's width: the last is at most a thousandth
of it."""

BEYOND = 4
"""Digits behind the point that are written at most beyond those of the data."""

MOST_OWN = 10
"""Data with so many digits behind the point were computed: they bear any number of them."""

SCORED = 6
"""Significant digits of a score."""


def rounded(table: Any, panel: "Panel") -> Any:
    """A forecast of this panel, or of its gaps, as it is written: by series and channel to a
    thousandth of its narrowest interval or finer.

    Where there are no intervals the mean change from step to step stands for their width, and where
    nothing changes a hundredth of the largest value. No digit is written beyond `BEYOND` more than
    the data have, and whole numbers are never rounded. So 1349.999954353421 ± 20 is written as
    1350, and 1e9 + 0.123 ± 0.01 keeps its digits.

    >>> import pandas as pd, stepahead as sa
    >>> table = pd.DataFrame(
    ...     {
    ...         "unique_id": ["0"],
    ...         "ds": [2],
    ...         "forecast": [1349.999954353421],
    ...         "lo-80": [1330.123456],
    ...         "hi-80": [1369.9],
    ...     }
    ... )
    >>> rounded(table, sa.Panel.from_arrays([[1340.0, 1345.0]])).iloc[0, 2:].tolist()
    [1350.0, 1330.12, 1369.9]
    """
    import numpy as np

    names = [
        name
        for name in table.columns
        if name in ("forecast", "fitted", "error") or name.startswith(("lo-", "hi-"))
    ]
    ends = [(f"lo-{name[3:]}", name) for name in names if name.startswith("hi-")]
    place = _places(table, panel)
    width = _changes(panel).ravel()
    if ends:
        away = np.min(
            [
                np.where((gap := (table[high] - table[low]).to_numpy(float)) > 0, gap, np.inf)
                for low, high in ends
            ],
            axis=0,
        )
        narrowest = np.full(len(width), np.inf)
        np.minimum.at(narrowest, place, away)
        width = np.where(np.isfinite(narrowest), narrowest, width)
    digits = _digits(width, panel)[place]
    return table.assign(**{name: to_digits(table[name].to_numpy(float), digits) for name in names})


def filled_rounded(table: Any, panel: "Panel") -> Any:
    """The table of `impute` as it is written: what was seen as it was, what was filled as `rounded`
    does."""
    import numpy as np

    digits = _digits(_changes(panel).ravel(), panel)[_places(table, panel)]
    values = table["y"].to_numpy(float)
    return table.assign(
        y=np.where(table["imputed"].to_numpy(bool), to_digits(values, digits), values)
    )


def significant(table: Any) -> Any:
    """A table of scores with `SCORED` significant digits; columns that hold no fractions stay as
    they are.

    >>> import pandas as pd
    >>> significant(
    ...     pd.DataFrame({"model": ["gru"], "mase": [0.81234567891], "mae": [123456789.123]})
    ... ).values.tolist()
    [['gru', 0.812346, 123457000.0]]
    """
    return table.assign(
        **{
            str(name): table[name].map(lambda x: float(f"{x:.{SCORED}g}"))
            for name in table.select_dtypes("float").columns
        }
    )


def to_digits(values: Any, digits: Any) -> Any:
    """Every value rounded to its own number of digits behind the point."""
    import numpy as np

    found = values.copy()
    for count in np.unique(digits):
        found[digits == count] = np.round(values[digits == count], count)
    return found + 0.0  # −0 is 0


def _digits(width: Any, panel: "Panel") -> Any:
    """Digits behind the point for numbers of these widths, none beyond what the data of this panel
    bear."""
    import numpy as np

    values = panel.values[panel.observed]
    own = next(
        (count for count in range(MOST_OWN) if np.array_equal(np.round(values, count), values)), 300
    )
    return np.clip(FINEST - np.floor(np.log10(width)), 0, min(own + BEYOND, 300)).astype(int)


def _places(table: Any, panel: "Panel") -> Any:
    """For every row, the number of its series and channel."""
    import numpy as np

    numbers = {name: number for number, name in enumerate(panel.ids.tolist())}
    series = table["unique_id"].map(numbers).to_numpy(int)
    channels = {name: number for number, name in enumerate(panel.names)}
    channel = (
        table["channel"].map(channels).to_numpy(int)
        if panel.channels > 1
        else np.zeros(len(table), int)
    )
    return series * panel.channels + channel


def _changes(panel: "Panel") -> Any:
    """By series and channel, the mean size of what changes from step to step; a hundredth of the
    largest value where nothing does."""
    import numpy as np

    steps = np.abs(np.diff(panel.values, axis=0, append=np.nan))
    steps[panel.offsets[1:] - 1] = np.nan
    seen = np.add.reduceat(~np.isnan(steps), panel.offsets[:-1], axis=0)
    mean = np.add.reduceat(np.nan_to_num(steps), panel.offsets[:-1], axis=0) / np.maximum(seen, 1)
    largest = (
        np.maximum.reduceat(np.abs(np.nan_to_num(panel.values)), panel.offsets[:-1], axis=0) / 100
    )
    return np.where(mean > 0, mean, np.where(largest > 0, largest, 1.0))
