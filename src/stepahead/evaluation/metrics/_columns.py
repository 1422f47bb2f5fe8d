"""`Columns`: a table as arrays by column name, which prints as a table."""

from html import escape

import numpy as np

SHOWN = 40
"""The most rows that are printed: the first and the last ones of a longer table."""


class Columns(dict[str, np.ndarray]):
    """A table: column name to one-dimensional array. `pandas.DataFrame(columns)` accepts it.

    Printed, and in a notebook, it shows as a table, with four digits for floating-point numbers.

    >>> Columns(
    ...     step=np.array([1, 2]), naive=np.array([0.5, 1.23456]), model=np.array(["GRU", "RNN"])
    ... )
    step  naive  model
       1    0.5  GRU
       2  1.235  RNN
    """

    def __repr__(self) -> str:
        columns = [_aligned(name, cells, number) for name, cells, number in self._cells()]
        return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self)
        rows = zip(*(cells for _, cells, _ in self._cells()), strict=True)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _cells(self) -> list[tuple[str, list[str], bool]]:
        """The name, the cells as text, and whether they are numbers, for every column."""
        found = []
        for name, column in self.items():
            values = column.tolist() if column.dtype.kind != "M" else column.astype(str).tolist()
            cells = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
            shown = (
                cells if len(cells) <= SHOWN else [*cells[: SHOWN // 2], "…", *cells[-SHOWN // 2 :]]
            )
            found.append((name, shown, column.dtype.kind in "iuf"))
        return found


def _aligned(name: str, cells: list[str], number: bool) -> list[str]:
    """The cells aligned: numbers right, text left."""
    width = max(map(len, [name, *cells]))
    return [text.rjust(width) if number else text.ljust(width) for text in [name, *cells]]
