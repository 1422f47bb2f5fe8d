"""Reading what is no single text file: frames, queries, globs, Parquet, arrays, samples, whole
competitions."""

from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.data import Panel
from stepahead.readers import read, read_sql, to_frame, understand

FRAME = pd.DataFrame(
    {
        "unique_id": ["a"] * 3 + ["b"] * 2,
        "ds": pd.date_range("2024-01-01", periods=5).take([0, 1, 3, 2, 3]),
        "y": np.arange(5.0),
    }
)


def check(panel: Panel) -> None:
    assert panel.ids.tolist() == ["a", "b"]
    np.testing.assert_array_equal(panel.values[:, 0], [0, 1, np.nan, 2, 3, 4])
    assert (panel.frequency.name, str(panel.times[0])[:10]) == ("D", "2024-01-01")


@pytest.mark.parametrize(
    "make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "pyarrow"]
)
def test_frames_of_every_kind_come_in_and_go_out_as_they_came(make: Any) -> None:
    frame = make(FRAME)
    panel = read(frame)
    check(panel)
    back = to_frame(
        {"unique_id": panel.ids[panel.series_of_step], "ds": panel.times, "y": panel.values[:, 0]},
        like=panel,
    )
    assert type(back) is type(frame)
    again = read(back)
    np.testing.assert_array_equal(again.values, panel.values)
    np.testing.assert_array_equal(again.times, panel.times)


@pytest.mark.parametrize("like", ["pandas", "polars", "pyarrow"])
def test_a_zone_is_kept_on_the_way_in_and_out(like: str) -> None:
    stamps = pd.date_range("2024-03-29", periods=5, freq="D", tz="Europe/Berlin")
    panel = read(pd.DataFrame({"ds": stamps, "y": range(5)}))
    assert (panel.frequency.name, panel.frequency.zone, panel.missing) == ("D", "Europe/Berlin", 0)
    out = to_frame({"ds": panel.times}, like=like, zone=panel.frequency.zone)
    assert (
        read(
            pd.DataFrame(
                {
                    "ds": pd.Series(out["ds"].to_pandas() if like != "pandas" else out["ds"]),
                    "y": range(5),
                }
            )
        ).times.tolist()
        == panel.times.tolist()
    )
    np.testing.assert_array_equal(
        pd.DatetimeIndex(panel.future(1)[0]).tz_localize("UTC"),
        pd.DatetimeIndex(["2024-04-02 22:00"], tz="UTC"),
    )


def test_frames_with_dates_as_text_with_an_index_and_with_mixed_ids() -> None:
    check(read(FRAME.assign(ds=FRAME["ds"].astype(str))))
    check(read(FRAME.assign(ds=FRAME["ds"].dt.date)))
    series = pd.Series(np.arange(4.0), index=pd.period_range("2024-01", periods=4, freq="M"))
    assert read(series).frequency.name == "MS"
    mixed = pd.DataFrame({"unique_id": [1, 1, "1 ", "1 "], "ds": [1, 2, 1, 2], "y": [1.0, 2, 3, 4]})
    with pytest.raises(Refusal, match="differ only by spaces"):
        read(mixed)


def test_a_wide_frame_and_an_array() -> None:
    wide = read(
        pd.DataFrame(
            {
                "ds": pd.date_range("2024-01-01", periods=4, freq="h"),
                "p": [np.nan, 1, 2, 3],
                "q": [4.0, 5, np.nan, 7],
            }
        )
    )
    assert (wide.ids.tolist(), wide.lengths.tolist()) == (["p", "q"], [3, 4])
    assert read(np.arange(5.0)).lengths.tolist() == [5]
    assert read(np.zeros((3, 4))).lengths.tolist() == [4, 4, 4]
    with pytest.raises(Refusal, match="must hold numbers"):
        read(np.array(["a", "b"]))
    with pytest.raises(Refusal, match="A source must be a path"):
        read(3)


def test_parquet_a_glob_and_a_query(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.register("frame", FRAME)
    for name in "ab":
        connection.execute(
            f"COPY (SELECT * FROM frame WHERE unique_id = '{name}') TO '{tmp_path / name}.parquet'"
        )
        connection.execute(
            f"COPY (SELECT * FROM frame WHERE unique_id = '{name}') TO '{tmp_path / name}.csv'"
        )
    check(read(tmp_path / "*.parquet"))
    check(read(str(tmp_path / "*.csv")))
    check(
        read_sql(
            f"select unique_id, ds, sum(y) as y from '{tmp_path}/*.parquet' group by all order by "
            "1, 2;"
        )
    )
    check(
        read_sql(
            f"select unique_id as shop, ds as day, y as sold, 1.0 as price from '{tmp_path}/*.csv'",
            id="shop",
            time="day",
            target="sold",
        )
    )
    (tmp_path / "c.csv").write_text("unique_id,day,y\nc,2024-01-01,1\n")
    with pytest.raises(Refusal, match=r"'c\.csv' has other columns than 'a\.csv'"):
        read(tmp_path / "*.csv")
    with pytest.raises(Refusal, match="no file that matches"):
        read(tmp_path / "*.tsv")


@pytest.mark.parametrize("query", ["", "select", "select * from 'nowhere.csv'", "drop table x"])
def test_a_bad_query_is_refused(query: str) -> None:
    with pytest.raises(Refusal):
        read_sql(query)


def test_rows_that_span_two_files_keep_their_order_and_numbers(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("ds,y\n2024-01-01,1\n2024-01-02,2\n")
    (tmp_path / "2.csv").write_text("ds,y\n2024-01-03,3\n2024-01-04,4\n")
    np.testing.assert_array_equal(read(tmp_path / "*.csv").values[:, 0], [1, 2, 3, 4])


def test_a_year_beyond_the_calendar_is_refused(tmp_path: Path) -> None:
    (tmp_path / "far.csv").write_text("ds,y\n2024-01-01,1\n23024-01-02,2\n")
    with pytest.raises(Refusal):
        read(tmp_path / "far.csv", zone="Europe/Berlin")
    frame = pd.DataFrame({"ds": np.array(["2024-01-01", "23024-01-02"], "M8[us]"), "y": [1.0, 2.0]})
    with pytest.raises(Refusal, match="lies outside the years 1000 to 9998"):
        read(frame, zone="Europe/Berlin")


def test_the_samples_are_there_offline() -> None:
    co2 = read("sample:co2")
    assert (co2.frequency.name, len(co2.values), co2.missing) == ("W-SAT", 2284, 59)
    assert read("sample:macrodata").frequency.season == 4
    with pytest.raises(
        Refusal, match=r"There are: co2, sunspots, nile, macrodata\. Did you mean 'nile'"
    ):
        read("sample:niel")
    for name in ("co2", "nile"):  # as statsmodels itself reads them
        theirs = import_module(f"statsmodels.datasets.{name}").load_pandas().data
        values = read(f"sample:{name}").values
        np.testing.assert_array_equal(values[:, 0], theirs[theirs.columns[-1]])


def test_the_m3_competition(data_folder: Path) -> None:
    panels = [
        read(data_folder / "m3" / f"M3-{kind}-train.csv.gz")
        for kind in ("Yearly", "Quarterly", "Monthly", "Other")
    ]
    assert [len(p) for p in panels] == [645, 756, 1428, 174]
    assert [p.frequency.season for p in panels] == [1, 4, 12, 1]
    assert panels[0].ids[0] == "N0001"
    np.testing.assert_array_equal(panels[0].series(0)[:, 0][[0, -1]], [940.66, 4936.99])


@pytest.mark.slow
def test_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"s{i}x" for i in range(10_000)]
    rows = [
        ["ds", *names],
        *([f"2024-01-{d:02d}", *(str(i + d) for i in range(10_000))] for d in range(1, 6)),
    ]
    (tmp_path / "broad.csv").write_text("\n".join(",".join(row) for row in rows))
    panel = read(tmp_path / "broad.csv")
    assert (len(panel), panel.lengths.min(), panel.ids[-1]) == (10_000, 5, "s9999x")
    np.testing.assert_array_equal(panel.series(9_999)[:, 0], np.arange(10_000, 10_005))


WORDS = [
    "",
    "NA",
    "1",
    "2.5",
    "1,5",
    "-3",
    "1e30",
    "inf",
    "a",
    "b ",
    '"',
    "a\nb",
    "ds",
    "y",
    "id",
    "é",
    "\x00",
]
DATES = [
    "2024-01-01",
    "2024-01-02",
    "2024-01-04",
    "01/02/2024",
    "13.01.2024",
    "2024Q1",
    "2024-W02",
    "Jan 2024",
    "202401",
    "1999.25",
]
CELLS = st.one_of(st.sampled_from(WORDS + DATES), st.text(max_size=4), st.integers(-5, 5).map(str))


def outcome(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    try:
        panel = understand(path).panel
    except Refusal as refusal:
        return str(refusal)
    assert len(panel) >= 1 and not np.isinf(panel.values).any()
    return "A panel."


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8), st.sampled_from(",;\t|"))
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_tables_give_a_panel_or_a_refusal(
    tmp_path: Path, tally: Counter[str], rows: list[list[str]], delimiter: str
) -> None:
    said = outcome(
        tmp_path / "table.csv",
        "\n".join(delimiter.join(row) for row in rows).encode("utf-8", errors="surrogatepass"),
    )
    assert said.endswith((".", "?", "'", "`"))
    tally["read" if said == "A panel." else "refused"] += 1


@given(
    st.binary(max_size=300),
    st.sampled_from(["x.csv", "x.tsf", "x.csv.gz", "x.parquet", "x.json"]),
    st.sampled_from([b"", b"PAR1", b"\x1f\x8b", b"@data\n", b"[{", b"{"]),
)
@example(b"a:1,2\nb:x\n", "x.tsf", b"@data\n")
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_bytes_give_a_panel_or_a_refusal(
    tmp_path: Path, tally: Counter[str], content: bytes, name: str, start: bytes
) -> None:
    said = outcome(tmp_path / name, start + content)
    assert said.endswith((".", "?", "'", "`"))
    tally["read" if said == "A panel." else "refused"] += 1


@given(
    st.integers(1, 3),
    st.integers(2, 12),
    st.integers(0, 5),
    st.sampled_from(["D", "h", "MS", "W-SUN", "B", "YE-DEC"]),
)
@settings(
    max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_written_panel_is_read_back(
    tmp_path: Path, series: int, steps: int, seed: int, alias: str
) -> None:
    rng = np.random.default_rng(seed)
    stamps = pd.date_range("2023-02-27", periods=steps, freq=alias)
    values = rng.normal(size=(series, steps)).round(6)
    path = tmp_path / "panel.csv"
    pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{i}" for i in range(series)], steps),
            "ds": np.tile(stamps, series),
            "y": values.ravel(),
        }
    ).to_csv(path, index=False)
    panel = read(path, frequency=alias)
    np.testing.assert_array_equal(panel.values[:, 0], values.ravel())
    np.testing.assert_array_equal(panel.times, np.tile(stamps.to_numpy().astype("M8[us]"), series))


def test_numbers_whose_squares_are_none_are_refused_by_series_and_stamp() -> None:
    frame = pd.DataFrame({"ds": range(3), "y": [1e150, -2e150, np.nan]})
    with pytest.raises(Refusal, match=r"Series 'y' holds 2e\+150 at 1. Errors are squared"):
        read(frame)
    assert read(frame.iloc[:1], frequency="1").values.item() == 1e150


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(Refusal, match="real numbers, but these are complex"):
        read(np.array([1 + 2j, 3]))


def test_columns_without_a_name_are_not_listed_as_unused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("ds,y,,\n2024-01-01,1,,\n2024-01-02,2,,\n,,,\n")
    assert "not used" not in understand(path).summary


def test_weeks_on_different_days_end_together() -> None:
    days = pd.date_range("2024-01-01", periods=20, freq="W-MON")
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "y": range(20)})
    later = frame.assign(unique_id="b", ds=days + pd.Timedelta(days=3))
    assert "ends before" not in understand(pd.concat([frame, later])).summary
    assert (
        "'a' at 2024-05-06 (1 step before)"
        in understand(pd.concat([frame.iloc[:-1], later])).summary
    )


def test_dates_without_a_value_at_the_end_are_noted_as_the_forecast_begins_after_them() -> None:
    days = pd.date_range("2024-01-01", periods=20)
    frame = pd.DataFrame({"ds": days, "y": [*range(17), None, None, None]})
    said = "the last 3 steps hold no value, and the forecast begins after them, at 2024-01-21"
    assert said in understand(frame).summary
    assert "hold no value" not in understand(frame.iloc[:17]).summary
    one = understand(frame.iloc[:18]).summary
    assert "the last step holds no value, and the forecast begins after it, at 2024-01-19" in one
    both = pd.concat([frame.assign(unique_id="a"), frame.iloc[:17].assign(unique_id="b")])
    assert "forecast begins" not in understand(both).summary


def test_an_index_of_dates_as_text_is_the_time() -> None:
    days = pd.date_range("2024-01-01", periods=5)
    frame = pd.DataFrame({"sales": range(5)}, index=days.strftime("%d.%m.%Y"))
    assert "time 'ds', value 'sales'" in understand(frame).summary
    np.testing.assert_array_equal(read(frame).times, days.to_numpy().astype("M8[us]"))
    named = pd.DataFrame({"ds": days, "sales": range(5)}, index=list("abcde"))
    assert "time 'ds', value 'sales'" in understand(named).summary


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (np.array(3.0), r"this one is of shape \(\)\. Reshape it"),
        (np.ones((2, 2, 2, 2)), r"of shape \(2, 2, 2, 2\)"),
        ([1.0, 2.0], r"is a list\. Convert it: `np\.array"),
        (pd.DataFrame([[1, 2.0, 3.0]], columns=["ds", "y", "y"]), "more than one column 'y'"),
    ],
)
def test_what_is_no_table_is_refused(source: Any, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        read(source)
