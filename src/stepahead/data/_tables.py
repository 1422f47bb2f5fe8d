"""Columns to a data frame of the kind that the user works with."""

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np


def frame_from(columns: Mapping[str, np.ndarray], kind: str) -> Any:
    """A data frame of library `kind` ("pandas", "polars" or "pyarrow") with these columns, in this order.

    >>> frame_from({"unique_id": np.array(["a"]), "mean": np.array([1.5])}, "pandas")
      unique_id  mean
    0         a   1.5
    """
    return nw.from_dict({name: _plain(column) for name, column in columns.items()}, backend=kind).to_native()


def _plain(column: np.ndarray) -> Any:
    return column.astype(str) if column.dtype == object else column
