"""Time and memory to read five million rows in ten thousand series, for each file format, in a
process of its own.

`python benchmarks/reading.py [ROWS] [SERIES]`: makes its own data (daily, seasonal, one value in a
thousand missing) in a temporary folder and prints one line a form: seconds by the clock, seconds of
the processor, and the most memory that the process held.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FORMS = ("csv", "csv.gz", "parquet", "shuffled.csv", "shuffled.parquet", "pandas", "polars")


def make(folder: Path, rows: int, series: int) -> None:
    """Write every file."""
    import duckdb

    length = rows // series
    rng = np.random.default_rng(0)
    values = 100 + 20 * np.sin(np.arange(length) / 365 * 6.28) + rng.normal(0, 5, (series, length))
    values[rng.random(values.shape) < 0.001] = np.nan
    frame = {
        "unique_id": np.repeat(
            np.array([f"item-{i:05d}" for i in range(series)], dtype=object), length
        ),
        "ds": np.tile(np.datetime64("2020-01-01") + np.arange(length), series).astype("M8[us]"),
        "y": values.ravel().round(3),
    }
    import pandas as pd

    with duckdb.connect() as engine:
        engine.register("frame", pd.DataFrame(frame))
        tidy = (
            "(SELECT unique_id, CAST(ds AS DATE) AS ds, CASE WHEN isnan(y) THEN NULL ELSE y END AS"
            " y FROM frame)"
        )
        for name, query in (
            ("", tidy),
            ("shuffled.", f"(SELECT * FROM {tidy} ORDER BY hash(unique_id, ds))"),
        ):
            engine.execute(f"COPY {query} TO '{folder}/data.{name}parquet' (FORMAT parquet)")
            engine.execute(f"COPY {query} TO '{folder}/data.{name}csv' (HEADER)")
        engine.execute(f"COPY {tidy} TO '{folder}/data.csv.gz' (HEADER, COMPRESSION gzip)")


def read(form: str, folder: Path) -> None:
    """Read one form in this process and print what it took; what makes a frame does not count."""
    import stepahead as sa

    source: object = folder / f"data.{form}"
    if form == "pandas":
        import pandas as pd

        source = pd.read_parquet(folder / "data.parquet")
    if form == "polars":
        import polars as pl

        source = pl.read_parquet(folder / "data.parquet")
    sa.read("sample:nile")  # imports do not count
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    panel = sa.read(source)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{form:17} {seconds:5.1f} s, {busy:5.1f} s of the processor, "
        f"{after.ru_maxrss / 2**20:4.1f} GB "
        f"(before: {before.ru_maxrss / 2**20:.1f}); {len(panel):,} series, {len(panel.values):,} "
        f"steps, {panel.missing:,} missing",
        flush=True,
    )


def main(rows: int, series: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), rows, series)
        for form in FORMS:
            subprocess.run(
                [sys.executable, __file__, "--form", form, name], check=True, env=dict(os.environ)
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--form"]:
        read(sys.argv[2], Path(sys.argv[3]))
    else:
        main(*(int(word) for word in [*sys.argv[1:], *("5000000", "10000")[len(sys.argv) - 1 :]]))
