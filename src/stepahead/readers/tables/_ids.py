"""The series of every row: distinct ids in the order of their first appearance."""

import re

import numpy as np

from ..._check import Refusal
from ..files import Layout, Table, run


def series_of(table: Table, layout: Layout) -> np.ndarray:
    """Create the engine's table `series(cell, code)` of the distinct ids in the order of their
    first appearance; return the ids."""
    if not layout.ids:
        return np.array(
            [layout.values[0].name if len(layout.values) == 1 else "series"], dtype=object
        )
    cell = id_cell(layout)
    run(
        table.connection,
        f"CREATE TEMP TABLE series AS SELECT cell, row_number() OVER (ORDER BY first) - 1 AS code "
        f"FROM (SELECT {cell} AS cell, min(rowid) AS first FROM used GROUP BY 1) WHERE trim(cell) "
        "<> ''",
    )
    ids = np.array(
        [c for (c,) in table.rows("SELECT cell FROM series ORDER BY code")], dtype=object
    )
    seen: dict[str, str] = {}
    for name in ids:
        bare = name.strip()
        other = seen.setdefault(
            bare.removesuffix(".0") if re.fullmatch(r"\d+\.0", bare) else bare, name
        )
        if other != name:
            raise Refusal(
                f"The ids {other!r} and {name!r} differ only by spaces or by how a number is "
                "written. "
                "Write them one way if they are one series."
            )
    return ids


def id_cell(layout: Layout) -> str:
    """SQL of the id of a row as text; NULL if a part of it is empty."""
    parts = [
        f"CASE WHEN {c.key} = floor({c.key}) THEN CAST(CAST({c.key} AS HUGEINT) AS VARCHAR) ELSE "
        f"CAST({c.key} AS VARCHAR) END"
        if c.type in ("DOUBLE", "FLOAT")
        else f"CAST({c.key} AS VARCHAR)"
        for c in layout.ids
    ]
    return " || '/' || ".join(f"({part})" for part in parts)
