"""Tables to Parquet, written by the engine that also reads it (DuckDB)."""

from pathlib import Path
from typing import Any

import duckdb

from .._check import Refusal
from .._files import written_whole
from .files import engine, first_line, quoted


def write_parquet(frame: Any, path: str | Path, *, threads: int | None = None) -> None:
    """Write a pandas, polars or pyarrow frame as one Parquet file; timestamps keep their type. With
    `threads=1` the bytes are the same on every machine.

    >>> import tempfile, pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_parquet(
    ...         pd.DataFrame({"ds": [1, 2], "forecast": [0.5, 1.5]}),
    ...         Path(folder, "forecast.parquet"),
    ...     )
    ...     pd.read_parquet(Path(folder, "forecast.parquet"))["forecast"].tolist()
    [0.5, 1.5]
    """
    with engine(threads=threads) as connection, written_whole(Path(path)) as beside:
        connection.register("result", frame)
        try:
            connection.execute(
                f"COPY (SELECT * FROM result) TO {quoted(str(beside))} (FORMAT parquet)"
            )
        except duckdb.Error as error:
            raise Refusal(
                f"'{path}' could not be written: {first_line(error)} Name another place."
            ) from error
