"""The table of `stepahead inspect`: one row for each series."""

from typing import Any

import pandas as pd

from ...data import Inspection


def description(found: Inspection) -> Any:
    """A frame with, for every series and channel: steps, first and last time, missing values,
    longest gap, mean, range, remarks.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, np.nan, np.nan, 4.0], [7.0, 7.0]], ids=["a", "b"])
    >>> description(sa.data.inspect(panel))[
    ...     ["unique_id", "steps", "missing", "longest_gap", "mean", "remarks"]
    ... ].values.tolist()
    [['a', 4, 2, 2, 2.5, ''], ['b', 2, 0, 0, 7.0, 'constant']]
    """
    several = len({row.channel for row in found.rows}) > 1
    return pd.DataFrame(
        [
            {
                "unique_id": row.id,
                **({"channel": row.channel} if several else {}),
                "steps": row.steps,
                "first": row.first,
                "last": row.last,
                "missing": row.missing,
                "longest_gap": row.longest_gap,
                "mean": row.mean,
                "low": row.low,
                "high": row.high,
                "outliers": len(row.outlier_times),
                "remarks": ", ".join(_remarks(row.id, row.constant, found)),
            }
            for row in found.rows
        ]
    )


def totals(found: Inspection) -> str:
    """One line of totals: series, lengths, missing values, outliers.

    >>> import numpy as np, stepahead as sa
    >>> totals(sa.data.inspect(sa.Panel.from_arrays([[1.0, np.nan, 4.0], [7.0, 7.0]])))
    '2 series of 2 to 3 steps; 1 value missing; 1 constant; 0 outliers'
    """
    values = "value" if found.missing == 1 else "values"
    steps = (
        f"{found.longest:,}"
        if found.shortest == found.longest
        else f"{found.shortest:,} to {found.longest:,}"
    )
    parts = [f"{found.series:,} series of {steps} steps", f"{found.missing:,} {values} missing"]
    parts += [f"{len(found.constant):,} constant"] if found.constant else []
    parts += [f"{len(found.all_missing):,} without any value"] if found.all_missing else []
    parts += [f"{len(found.short):,} shorter than two seasons"] if found.short else []
    return "; ".join([*parts, f"{found.outliers:,} outlier{'' if found.outliers == 1 else 's'}"])


def _remarks(name: str, constant: bool, found: Inspection) -> list[str]:
    known = (
        ("constant", constant),
        ("no value", name in found.all_missing),
        ("shorter than two seasons", name in found.short),
    )
    return [remark for remark, holds in known if holds]
