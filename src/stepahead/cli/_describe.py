"""One row a series: what `stepahead inspect` shows."""

from typing import Any

import numpy as np
import pandas as pd

from ..data import Panel


def description(panel: Panel) -> Any:
    """A frame with, for every series and channel: steps, first and last stamp, missing values, longest gap, and what the values are.

    >>> panel = Panel.from_arrays([[1.0, np.nan, np.nan, 4.0], [7.0, 7.0]], ids=["a", "b"])
    >>> description(panel)[["unique_id", "steps", "missing", "longest_gap", "mean", "note"]].values.tolist()
    [['a', 4, 2, 2, 2.5, ''], ['b', 2, 0, 0, 7.0, 'constant']]
    """
    rows = []
    for number, name in enumerate(panel.ids):
        block = panel.series(number)
        times = panel.times[panel.offsets[number] : panel.offsets[number + 1]]
        for channel, label in enumerate(panel.names):
            values = block[:, channel]
            seen = values[~np.isnan(values)]
            rows.append(
                {
                    "unique_id": str(name),
                    **({"channel": label} if len(panel.names) > 1 else {}),
                    "steps": len(values),
                    "first": times[0],
                    "last": times[-1],
                    "missing": len(values) - len(seen),
                    "longest_gap": longest_run(np.isnan(values)),
                    **dict(zip(("mean", "sd", "min", "max"), _moments(seen), strict=True)),
                    "note": "all missing" if not len(seen) else "constant" if seen.min() == seen.max() else "",
                }
            )
    return pd.DataFrame(rows)


def longest_run(flags: np.ndarray) -> int:
    """How many True stand in a row at most.

    >>> longest_run(np.array([True, False, True, True, False]))
    2
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _moments(seen: np.ndarray) -> tuple[float, float, float, float]:
    if not len(seen):
        return (float("nan"),) * 4
    return float(seen.mean()), float(seen.std(ddof=1)) if len(seen) > 1 else 0.0, float(seen.min()), float(seen.max())
