"""Results as data frames, of the same kind as the input."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..._check import Refusal

_KINDS = ("pandas", "polars", "pyarrow")


def to_frame(
    columns: Mapping[str, np.ndarray], like: Any = "pandas", zone: str | None = None
) -> Any:
    """Return a data frame of these columns, of the kind `like`: 'pandas', 'polars', 'pyarrow', or a
    `Panel` or data frame of that kind.

    Dates are converted from UTC to `zone`, if it is given.

    >>> to_frame(
    ...     {"unique_id": np.array(["a", "a"], dtype=object), "forecast": np.array([1.0, 2.0])}
    ... )
      unique_id  forecast
    0         a       1.0
    1         a       2.0
    """
    kind = (
        like
        if isinstance(like, str)
        else getattr(like, "kind", None) or type(like).__module__.split(".")[0]
    )
    if kind not in _KINDS:
        raise Refusal(
            f"`like` must be {', '.join(_KINDS)} or a frame of one of them, but it is {kind!r}."
        )
    if kind == "pandas":
        import pandas as pd

        return pd.DataFrame(
            {name: _pandas_column(pd, np.asarray(column), zone) for name, column in columns.items()}
        )
    import narwhals.stable.v2 as nw

    plain = {
        name: column.tolist() if np.asarray(column).dtype.kind in "OU" else np.asarray(column)
        for name, column in columns.items()
    }
    frame: Any = nw.from_dict(plain, backend="polars" if kind == "polars" else "pyarrow")
    if zone:
        dated = [name for name, column in plain.items() if np.asarray(column).dtype.kind == "M"]
        frame = (
            frame.with_columns(
                nw.col(*dated).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
            )
            if dated
            else frame
        )
    return frame.to_native()


def _pandas_column(pd: Any, column: np.ndarray, zone: str | None) -> Any:
    if zone and column.dtype.kind == "M":
        return pd.DatetimeIndex(column).tz_localize("UTC").tz_convert(zone)
    return column
