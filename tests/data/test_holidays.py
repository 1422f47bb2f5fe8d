"""Days that the user names, at every frequency, and the file of them."""

from pathlib import Path

import numpy as np
import pytest

from stepahead import data
from stepahead._check import Refusal
from stepahead.data import Frequency, Panel, with_calendar, with_holidays
from stepahead.readers import read_days

DAYS = ["2024-12-25", "2024-12-26", "2025-01-01", "2025-01-04"]


def panel(start: str, frequency: str, steps: int, zone: str | None = None) -> Panel:
    return Panel.from_arrays(
        [np.zeros(steps)], start=np.datetime64(start), frequency=Frequency.parse(frequency, zone)
    )


@pytest.mark.parametrize(
    ("start", "frequency", "steps", "wanted"),
    [
        ("2024-12-24", "D", 4, [0, 1, 1, 0, 0, 0]),
        ("2024-12-24T12", "12h", 3, [0, 1, 1, 1, 1]),
        ("2024-12-30", "B", 4, [0, 0, 1, 0, 0, 0]),  # a Saturday is no business day
        ("2024-12-22", "W-SUN", 1, [2, 2, 0]),  # the week from a Sunday on
        ("2024-11-01", "MS", 2, [0, 2, 2, 0]),
    ],
)
def test_a_step_holds_the_days_that_fall_into_it(start, frequency, steps, wanted) -> None:
    ahead = len(wanted) - steps
    covered = with_holidays(panel(start, frequency, steps), DAYS, ahead)
    assert covered.covariates.known[:, 0].tolist() == wanted
    assert covered.covariates.known_names == ("holiday",)


def test_the_clock_on_the_wall_counts() -> None:
    """Christmas begins in Berlin an hour before it does in UTC."""
    hours = panel("2024-12-24T21", "h", 3, zone="Europe/Berlin")
    assert with_holidays(hours, DAYS, 1).covariates.known[:, 0].tolist() == [0, 0, 1, 1]


def test_kinds_of_days_and_the_calendar_stand_side_by_side() -> None:
    days = panel("2024-12-24", "D", 3)
    covered = with_holidays(with_calendar(days, 2, harmonics=1), DAYS[:2], 2)
    covered = with_holidays(covered, DAYS[2:], 2, name="new year")
    assert covered.covariates.known_names[-2:] == ("holiday", "new year")
    assert covered.covariates.known[:, -2:].sum(axis=0).tolist() == [2.0, 0.0]
    assert "new year" not in data.CALENDAR


def test_what_is_no_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Whole numbers have no holidays"):
        with_holidays(Panel.from_arrays([[1.0]]), DAYS, 0)
    with pytest.raises(Refusal, match="`days` must be dates such as '2024-12-25'"):
        with_holidays(panel("2024-12-24", "D", 3), ["Christmas"], 0)
    file = tmp_path / "days.csv"
    file.write_text("day\n2024-12-25\n\n26.12.2024\n")
    with pytest.raises(
        Refusal, match=r"Line 4 of .* begins with '26.12.2024', which is not a date"
    ):
        read_days(file)
    file.write_text("day\n")
    with pytest.raises(Refusal, match="holds no date"):
        read_days(file)
    with pytest.raises(Refusal, match="cannot be read as a file of dates"):
        read_days(tmp_path / "none.csv")
