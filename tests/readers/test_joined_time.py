"""Time in several columns is joined to one, as long as it can only be that."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead._check import Refusal
from stepahead.readers import understand

DAYS = pd.date_range("2024-01-29", periods=70, freq="D")
HOURS = pd.date_range("2024-02-27 00:00", periods=72, freq="h")
MONTHS = pd.date_range("2018-01-01", periods=30, freq="MS")
QUARTERS = pd.date_range("2018-01-01", periods=20, freq="QS")
WEEKS = pd.date_range("2019-12-02", periods=70, freq="W-MON")
PARTS = {
    "year, month": (MONTHS, {"year": MONTHS.year, "month": MONTHS.month}),
    "Year, month of name": (MONTHS, {"Year": MONTHS.year, "m": MONTHS.strftime("%b")}),
    "Jahr, Monat": (MONTHS, {"Jahr": MONTHS.year, "Monat": MONTHS.month}),
    "year, quarter": (QUARTERS, {"year": QUARTERS.year, "quarter": QUARTERS.quarter}),
    "year, week": (WEEKS, {"y": WEEKS.isocalendar().year, "week": WEEKS.isocalendar().week}),
    "year, month, day": (DAYS, {"year": DAYS.year, "month": DAYS.month, "day": DAYS.day}),
    "day, name, year": (DAYS, {"day": DAYS.day, "month": DAYS.strftime("%B"), "year": DAYS.year}),
    "date, hour": (HOURS, {"date": HOURS.strftime("%d.%m.%Y"), "hour": HOURS.hour}),
    "date, hour that ends": (HOURS, {"date": HOURS.strftime("%Y-%m-%d"), "hour": HOURS.hour + 1}),
    "date, time": (HOURS, {"date": HOURS.strftime("%m/%d/%Y"), "time": HOURS.strftime("%H:%M")}),
    "date, 12 hours": (HOURS, {"d": HOURS.strftime("%d %b %Y"), "t": HOURS.strftime("%I:%M %p")}),
    "year, month, day, hour": (
        HOURS,
        {"year": HOURS.year, "month": HOURS.month, "day": HOURS.day, "hour": HOURS.hour},
    ),
    "day, name, year, hour that ends": (
        HOURS,
        {
            "day": HOURS.day,
            "month": HOURS.strftime("%B"),
            "year": HOURS.year,
            "hour": HOURS.hour + 1,
        },
    ),
    "day of its type, hour": (HOURS, {"day": HOURS.normalize(), "hour": HOURS.hour}),
}


@pytest.mark.parametrize("as_file", [True, False])
@pytest.mark.parametrize("name", PARTS)
def test_time_in_several_columns_is_joined(name: str, as_file: bool, tmp_path: Path) -> None:
    stamps, columns = PARTS[name]
    frame = pd.DataFrame({k: np.asarray(v) for k, v in columns.items()})
    frame = frame.assign(sales=np.arange(len(stamps)) * 1.5)
    if as_file:
        frame.to_csv(tmp_path / "table.csv", index=False)
    reading = understand(tmp_path / "table.csv" if as_file else frame)
    np.testing.assert_array_equal(reading.panel.times, stamps.to_numpy().astype("M8[us]"))
    np.testing.assert_array_equal(reading.panel.values[:, 0], frame["sales"])
    assert "time joined of '" in reading.summary
    assert len(reading.panel) == 1


def test_a_part_that_has_another_role_is_not_joined() -> None:
    """The month is a covariate here, and the year alone the time."""
    frame = pd.DataFrame({"year": range(2000, 2030), "month": [5, 6] * 15, "y": range(30)})
    panel = understand(frame, target="y", known="month").panel
    assert panel.times.tolist() == list(range(2000, 2030))


def test_hours_worked_are_no_hours_of_the_day() -> None:
    days = np.tile(DAYS[:30], 2)
    frame = pd.DataFrame({"who": np.repeat(["a", "b"], 30), "date": days, "hour": [7, 8, 9] * 20})
    reading = understand(frame)
    assert (len(reading.panel), reading.panel.frequency.name) == (2, "D")


def test_future_rows_are_joined_as_the_past_was() -> None:
    past = pd.DataFrame({"year": MONTHS.year, "month": MONTHS.month, "y": 1.0, "x": 2.0})
    later = pd.DataFrame({"year": 2020, "month": [7, 8], "x": [5.0, 6.0]})
    panel = understand(past, target="y", known="x", future=later).panel
    assert panel.covariates is not None
    assert panel.covariates.known[-1].tolist() == [6.0]


def test_a_refusal_of_the_future_rows_says_that_it_is_theirs() -> None:
    past = pd.DataFrame({"ds": MONTHS, "y": 1.0, "x": 2.0})
    later = pd.DataFrame({"date": MONTHS[-2:], "x": [5.0, 6.0]})
    with pytest.raises(Refusal, match="given as `future`: There is no column 'ds'"):
        understand(past, target="y", known="x", future=later)
