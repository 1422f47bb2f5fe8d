"""Parquet read in chunks is the panel that `read` makes of it, and refused in the same cases."""

import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.readers.large import (
    Neighbours,
    frequency_of,
    ids_of_series,
    neighbours_of,
    read_rows,
    sort_series,
    spans_of_series,
)

STAMPS = {
    "dates": pd.date_range("2024-01-01", periods=9),
    "hours of a zone": pd.date_range("2024-03-30 20:00", periods=9, freq="h", tz="UTC"),
    "text": pd.date_range("2024-01-31", periods=9, freq="ME").strftime("%Y-%m-%d"),
    "years": np.arange(1990, 1999),
    "days as numbers": np.array([20240101 + n for n in range(9)]),
}


def in_chunks(source: Path, folder: Path, **roles: Any) -> sa.Panel:
    """The panel of two chunks, joined."""
    folder.mkdir()
    found = sort_series(source, folder, **roles)
    count = len(spans_of_series(folder).steps)
    parts = [
        (first, read_rows(folder, first, last, dated=found.dated))
        for first, last in ((0, 2), (2, count))
    ]
    frequency = frequency_of(
        Neighbours.joined([neighbours_of(rows, first) for first, rows in parts]),
        dated=found.dated,
        zone=found.zone,
        names=lambda numbers: ids_of_series(folder, numbers),
    )
    panels = [rows.panel(found.names, frequency, inferred=True) for _, rows in parts]
    return sa.Panel(
        np.concatenate([each.values for each in panels]),
        np.append(0, np.cumsum(np.concatenate([each.lengths for each in panels]))),
        np.concatenate([each.ids for each in panels]),
        np.concatenate([each.times for each in panels]),
        frequency,
        found.names,
    )


def table(stamps: Any) -> pd.DataFrame:
    """Three series of two channels, with a missing row and a missing value, in no order."""
    frame = pd.DataFrame(
        {
            "shop": np.repeat(["b", "c", "a"], len(stamps)),
            "when": np.tile(np.asarray(stamps, dtype=object), 3),
            "sales": np.arange(27.0) ** 2 % 11,
            "visits": np.arange(27) % 5,
        }
    )
    frame["when"] = frame["when"].infer_objects()
    frame.loc[4, "sales"] = np.nan
    return frame.drop(index=[12]).sample(frac=1, random_state=0)


@pytest.mark.parametrize("kind", STAMPS)
def test_the_panel_is_that_of_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    sa.readers.write_parquet(table(STAMPS[kind]), path)
    roles: dict[str, Any] = {"id": "shop", "time": "when", "target": ["sales", "visits"]}
    wanted = sa.read(path, **roles)
    wanted = wanted.take(np.argsort(wanted.ids))
    found = in_chunks(path, tmp_path / "sorted", **roles)
    assert found.frequency.name == wanted.frequency.name
    assert found.frequency.zone == wanted.frequency.zone
    assert found.names == wanted.names
    assert found.ids.tolist() == wanted.ids.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(found.times, wanted.times)
    np.testing.assert_array_equal(found.values, wanted.values)
    np.testing.assert_array_equal(found.offsets, wanted.offsets)


def test_folders_may_be_columns(tmp_path: Path) -> None:
    for shop, rows in table(STAMPS["dates"]).groupby("shop"):
        folder = tmp_path / "data" / f"shop={shop}"
        folder.mkdir(parents=True)
        sa.readers.write_parquet(rows.drop(columns=["shop", "visits"]), folder / "x.parquet")
    found = in_chunks(tmp_path / "data", tmp_path / "sorted")
    assert found.ids.tolist() == ["a", "b", "c"] and len(found.values) == 27


def without(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    return rows.assign(**{column: rows[column].mask(np.arange(len(rows)) == 3)})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: without(rows, "shop"), "1 rows of .* have no id: their cell in 'shop'"),
        (lambda rows: without(rows, "when"), "1 rows of .* have no stamp"),
        (lambda rows: rows.assign(shop=["a ", *rows["shop"][1:]]), "differ only by spaces"),
        (
            lambda rows: rows.assign(when=rows["when"] + pd.to_timedelta(np.arange(26) % 2, "h")),
            "The stamps of series '[abc]' are irregular",
        ),
        (lambda rows: rows.assign(sales=rows["sales"].astype(str)), "'sales' .* holds text"),
    ],
)
def test_what_is_wrong_with_all_is_refused(change: Any, told: str, tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    sa.readers.write_parquet(change(table(STAMPS["dates"])), path)
    with pytest.raises(sa.Refusal, match=told):
        in_chunks(path, tmp_path / "sorted", id="shop", time="when", target="sales")


def test_a_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = table(STAMPS["dates"])
    sa.readers.write_parquet(rows, tmp_path / "data" / "one.parquet")
    whole = (tmp_path / "data" / "one.parquet").read_bytes()
    (tmp_path / "data" / "two.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(sa.Refusal, match=r"two\.parquet"):
        in_chunks(tmp_path / "data", tmp_path / "sorted", id="shop", target="sales")


def test_a_series_of_another_frequency_is_named(tmp_path: Path) -> None:
    rows = table(STAMPS["dates"])
    rows = rows[(rows["shop"] != "c") | (rows["when"].dt.day % 2 == 1)]
    sa.readers.write_parquet(rows, tmp_path / "sales.parquet")
    with pytest.raises(sa.Refusal, match="series 'c' has '2D' and others have 'D'"):
        in_chunks(tmp_path / "sales.parquet", tmp_path / "sorted", id="shop", target="sales")


def most_memory(what: str) -> float:
    """Megabytes that this process holds now (VmRSS), or held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs /proc of Linux")
def test_memory_does_not_grow_with_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows in no order that take twice the bound are sorted within it, and by it no otherwise."""
    from stepahead.readers.large import _sorting

    count, steps = 24_000, 60
    source = tmp_path / "sales.parquet"
    duckdb.sql(
        f"COPY (SELECT 's' || lpad(CAST((n * 7919) % {count} AS VARCHAR), 5, '0') AS id, "
        f"n // {count} AS ds, CAST(n % 17 AS DOUBLE) AS y FROM range({count * steps}) t(n)) "
        f"TO '{source}' (FORMAT parquet)"
    )
    monkeypatch.setattr(_sorting, "MEMORY", 16)
    monkeypatch.setattr(_sorting, "THREADS", 2)
    Path("/proc/self/clear_refs").write_text("5")  # what was held at most is counted from now
    before = most_memory("VmRSS")
    sort_series(source, tmp_path)
    assert most_memory("VmHWM") - before < 32 + 14
    rows = read_rows(tmp_path, 7919, 7921, dated=False)
    assert rows.ids.tolist() == ["s07919", "s07920"]
    place = np.arange(steps) * count + 1  # the row of the first of these at every step
    np.testing.assert_array_equal(rows.times, np.tile(np.arange(steps), 2))
    np.testing.assert_array_equal(rows.values[:steps, 0], place % 17)


@pytest.mark.parametrize(
    ("part", "cells"),
    [
        ("Month", ["Jan", "Feb", "Mar"]),
        ("month", [1, 2, 3]),
        ("Quarter", ["Q1", "Q2", "Q3"]),
        ("quarter", [1, 2, 3]),
    ],
)
def test_a_time_in_two_columns_is_refused_with_a_query_that_works(
    tmp_path: Path, part: str, cells: list[object]
) -> None:
    path = tmp_path / "table.parquet"
    years = np.repeat([2019, 2020], 3)
    pd.DataFrame({"Year": years, part: cells * 2, "Sales": np.arange(6.0)}).to_parquet(path)
    (tmp_path / "sorted").mkdir()
    with pytest.raises(sa.Refusal, match=r"stands in two columns, 'Year' and") as refused:
        sort_series(path, tmp_path / "sorted")
    joined = re.search(r"select (.*) as ds", str(refused.value))
    assert joined is not None
    panel = sa.read_sql(f"select {joined[1]} as ds, Sales from '{path}'")
    apart = 1 if part.lower() == "month" else 3
    assert panel.times[:2].astype("M8[M]").tolist() == [
        np.datetime64("2019-01").item(),
        np.datetime64(f"2019-{1 + apart:02}").item(),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.drop(columns="shop"), "'2.parquet' has no column 'shop', which '1"),
        (lambda rows: rows.rename(columns={"sales": "y"}), "'2.parquet' has no column 'sales'"),
        (lambda rows: rows.assign(sales=rows["sales"].astype(str)), "numbers in '1.*text in '2"),
        (
            lambda rows: rows.assign(when=rows["when"].dt.tz_localize("Europe/Berlin")),
            "'when' holds stamps in '1.parquet', but stamps with a time zone in '2",
        ),
        (lambda rows: rows.assign(more=1.0), None),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_files_of_unlike_columns_are_refused(
    change: Any, told: str | None, first: bool, tmp_path: Path
) -> None:
    """Whichever comes first: the engine would cast them, or pass over a column in silence."""
    rows = table(STAMPS["dates"])
    (tmp_path / "data").mkdir()
    files = {"1": rows[:13], "2": change(rows[13:])}
    for name, part in files.items():
        place = name if first else {"1": "b", "2": "a"}[name]
        sa.readers.write_parquet(part, tmp_path / "data" / f"{place}.parquet")
    roles: dict[str, Any] = {"id": "shop", "time": "when", "target": "sales"}
    if told is None:
        assert len(in_chunks(tmp_path / "data", tmp_path / "sorted", **roles)) == 3
        return
    with pytest.raises(sa.Refusal, match=told if first else "'[ab].parquet'"):
        in_chunks(tmp_path / "data", tmp_path / "sorted", **roles)
