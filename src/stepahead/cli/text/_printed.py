"""Print results as tables or JSON, or write them to a file."""

import json
from math import isfinite
from pathlib import Path
from typing import Any

import typer

from ...outputs import write_table
from ..shared import show_table


def print_table(table: Any, title: str, out: Path | None, as_json: bool) -> None:
    """Write a table to a file, or print it as JSON or as a table."""
    if out is not None:
        write_table(table, out)
    elif as_json:
        import pandas as pd

        frame = pd.DataFrame(table)
        typer.echo(frame.to_json(orient="records", indent=1, force_ascii=False))
    else:
        show_table(table, title)


def print_judged(
    judged: dict[str, Any],
    detail: str,
    title: str,
    out: Path | None,
    as_json: bool,
    more: dict[str, str] | None = None,
) -> None:
    """Print the measures and, below an empty line, the table named `detail` (to `out` if that is
    given); or everything as JSON. The tables in `more`, given with their titles, follow below
    another empty line."""
    by_name = title.replace("Scores", f"Scores by {detail.removesuffix('s')}")
    if as_json:
        typer.echo(json.dumps(_plain(judged), ensure_ascii=False, indent=1))
    else:
        show_table(columns(judged["measures"]), title)
        if out is None and judged.get(detail):
            typer.echo("")
            show_table(columns(judged[detail]), by_name)
        for name, heading in (more or {}).items():
            typer.echo("")
            show_table(columns(judged[name]), heading)
    if out is not None:
        import pandas as pd

        print_table(pd.DataFrame(judged[detail]), by_name, out, False)


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as columns, numbers rounded to four decimals, without -0.0."""
    return {
        name: [
            round(row[name], 4) + 0.0 if isinstance(row[name], float) else row[name] for row in rows
        ]
        for name in rows[0]
    }


def _plain(value: Any) -> Any:
    """Values for JSON: lists for arrays, null for a number that is not finite."""
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    import numpy as np  # imported here, as help does not need it

    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not isfinite(value) else value
