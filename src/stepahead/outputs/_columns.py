"""Tables as columns by name: dictionaries of arrays, or pandas data frames, which are slow to
import and not needed for text."""

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Table = Any
"""Columns by name: a dictionary of arrays or a pandas data frame. Iterating over either gives the
names."""


def rows_in(table: Table) -> int:
    """The number of rows.

    >>> rows_in({"ds": [1, 2], "y": [0.5, 1.5]})
    2
    """
    return next((len(table[name]) for name in table), 0)


def write_csv(table: Table, file: Any) -> None:
    """Write columns as CSV, with the same text as pandas: missing cells are empty, numbers have all
    their digits, times have no clock time if none of their column needs it.

    >>> import sys
    >>> import numpy as np
    >>> write_csv({"ds": np.array(["2024-01-31"], "M8[ns]"), "y": np.array([np.nan])}, sys.stdout)
    ds,y
    2024-01-31,
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(list(table))
    writer.writerows(zip(*(_texts(table[name]) for name in table), strict=True))


def aligned(table: Table) -> str:
    """Return a small table as text: columns separated by spaces and right-aligned with their name,
    numbers of a column with as many decimals as the longest of them needs, at most six.

    >>> print(aligned({"model": ["ets", "drift"], "mase": [0.81, 1.0]}))
    model mase
      ets 0.81
    drift 1.00
    """
    columns = [[str(name), *_decimal(cells(table[name], rows_in(table)))] for name in table]
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(
        " ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in zip(*columns, strict=True)
    )


def _decimal(held: Sequence[Any]) -> list[str]:
    """Cells as text; numbers with fractions all have the same number of decimals."""
    numbers = [value for value in held if isinstance(value, float) and value == value]
    decimals = max(
        (len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in numbers), default=0
    )
    return [
        str(value) if not isinstance(value, float) else f"{value:.{decimals}f}" for value in held
    ]


def cells(column: Any, rows: int) -> list[Any]:
    """Return the first cells of a column: numbers as they are, times as text."""
    import numpy as np

    values = np.asarray(column)[:rows]
    return _stamps(values) if values.dtype.kind == "M" else values.tolist()


def _texts(column: Any) -> Sequence[Any]:
    """The cells as the `csv` module writes them."""
    import numpy as np

    values = np.asarray(column)
    if values.dtype.kind == "M":
        return _stamps(values)
    held = values.tolist()
    if values.dtype.kind in "fO":
        return ["" if value is None or value != value else value for value in held]
    return held


def _stamps(values: "np.ndarray") -> list[str]:
    """Times as text with as few parts as all of them need, empty for missing ones."""
    import numpy as np

    units = ("D", "s", "ms", "us", "ns")
    exact = (unit for unit in units if (_in(values, unit) == values)[~np.isnat(values)].all())
    texts = np.datetime_as_string(_in(values, next(exact))).tolist()
    return ["" if text == "NaT" else text.replace("T", " ") for text in texts]


def _in(values: "np.ndarray", unit: str) -> "np.ndarray":
    return values.astype(f"M8[{unit}]")
