"""`preview`: the columns of a file and its first rows as text."""

from pathlib import Path
from typing import NamedTuple

from .files import engine, sniff
from .tables import table_of_paths

LONGEST_CELL = 80
"""Characters of a cell that are kept."""


class Preview(NamedTuple):
    """The first rows of a table in a file.

    `columns` are the names of the columns, `rows` the cells of the first rows as text (empty where
    missing), and `total` the number of all rows where the file contains it (Parquet), else None.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int | None = None


def preview(path: str | Path, rows: int = 6) -> Preview:
    """The columns and the first `rows` rows of a table in a file. A file that is not a table is an
    error.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "sales.csv")
    ...     _ = path.write_text("day,sales\\n2024-01-01,5\\n2024-01-02,\\n")
    ...     preview(path)
    Preview(columns=('day', 'sales'), rows=(('2024-01-01', '5'), ('2024-01-02', '')), total=None)
    """
    with engine() as connection:
        table = table_of_paths(connection, [Path(path)], Path(path).name)
        head = table.rows(f"SELECT * FROM raw LIMIT {int(rows)}")
        itself = sniff(Path(path)).parquet
        total = int(table.rows("SELECT count(*) FROM raw")[0][0]) if itself else None
    return Preview(
        tuple(column.name for column in table.columns),
        tuple(tuple("" if c is None else str(c)[:LONGEST_CELL] for c in row) for row in head),
        total,
    )
