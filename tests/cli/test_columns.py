"""Tables without pandas are the text that pandas makes of them."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead.outputs import rows_in, write_csv, write_table

DAY = np.datetime64("2024-02-28", "ns")
COLUMNS = {
    "days": DAY + np.arange(4) * np.timedelta64(1, "D"),
    "coarse days": np.array(["2024-02-28", "NaT", "1950-01-01", "2024-12-31"], "M8[D]"),
    "hours": DAY + np.arange(4) * np.timedelta64(7, "h"),
    "no stamp": np.array(["2024-02-28T06", "NaT", "NaT", "2024-02-28T00"], "M8[s]"),
    "milliseconds": DAY + np.arange(4) * np.timedelta64(250, "ms"),
    "microseconds": DAY + np.arange(4) * np.timedelta64(5, "us"),
    "nanoseconds": DAY + np.arange(4) * np.timedelta64(1, "ns"),
    "floats": np.array([1 / 3, 1e300, -0.0, 5.0]),
    "holes": np.array([np.nan, np.inf, 1e-9, 123456789.123]),
    "whole": np.array([1, -2, 3, 2**60]),
    "yes": np.array([True, False, True, False]),
    "text": np.array(['a "b"', "c,d", "é\nf", ""], object),
    "some": np.array(["a", None, np.nan, "b"], object),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_the_text_that_pandas_makes_of_it(name: str) -> None:
    columns = {name: COLUMNS[name], "beside": np.arange(4)}
    frame, told = pd.DataFrame(columns), io.StringIO()
    write_csv(columns, told)
    assert told.getvalue() == frame.to_csv(index=False, lineterminator="\n")
    of_frame = io.StringIO()
    write_csv(frame, of_frame)
    assert of_frame.getvalue() == told.getvalue() and rows_in(columns) == rows_in(frame) == 4


def test_stamps_of_a_zone_keep_their_distance_from_utc() -> None:
    stamps = pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin")
    frame, told = pd.DataFrame({"ds": stamps, "y": [1.0, 2.5, 3.0]}), io.StringIO()
    write_csv(frame, told)
    assert told.getvalue() == frame.to_csv(index=False, lineterminator="\n")


def test_every_kind_of_file_holds_the_columns(tmp_path: Path) -> None:
    columns = {"ds": COLUMNS["days"], "y": np.array([0.5, np.nan, 2.0, 1e9])}
    for ending in (".csv", ".parquet", ".json"):
        write_table(columns, tmp_path / f"t{ending}")
    wanted = pd.DataFrame(columns)
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "t.csv", parse_dates=["ds"]), wanted, check_dtype=False
    )
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "t.parquet"), wanted, check_dtype=False
    )
    assert [row["y"] for row in json.loads((tmp_path / "t.json").read_text())] == [
        0.5,
        None,
        2,
        1e9,
    ]
