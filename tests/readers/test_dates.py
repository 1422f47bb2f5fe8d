"""Every way to write dates reads back to the same stamps."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.readers import read

GERMAN = (
    "Jan.",
    "Feb.",
    "März",
    "Apr",
    "Mai",
    "Juni",
    "Juli",
    "Aug.",
    "Sept.",
    "Oktober",
    "Nov",
    "Dez",
)
FRENCH = (
    "janv.",
    "févr.",
    "mars",
    "avril",
    "mai",
    "juin",
    "juil.",
    "août",
    "sept.",
    "oct.",
    "nov.",
    "déc.",
)
SPANISH = ("ene", "feb", "mar", "abr", "mayo", "jun", "jul", "ago", "sept", "oct", "nov", "dic")
DUTCH = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)

Write = Callable[[pd.Timestamp], str]


def as_written(form: str) -> Write:
    return lambda stamp: stamp.strftime(form)


def named(names: tuple[str, ...], form: str) -> Write:
    return lambda stamp: stamp.strftime(form.replace("%b", names[stamp.month - 1]))


def since_1970(unit: int) -> Write:
    return lambda stamp: str(int(stamp.timestamp()) * unit)


def of_sheet(stamp: pd.Timestamp) -> str:
    return str((stamp - pd.Timestamp("1899-12-30")).days)


DAYS: dict[str, tuple[Write, dict[str, object]]] = {
    "iso": (as_written("%Y-%m-%d"), {}),
    "slashes": (as_written("%Y/%m/%d"), {}),
    "german": (as_written("%d.%m.%Y"), {"day_first": True}),
    "german short": (as_written("%d.%m.%y"), {"day_first": True}),
    "american": (as_written("%m/%d/%Y"), {"day_first": False}),
    "american short": (as_written("%m/%d/%y"), {"day_first": False}),
    "spelled": (as_written("%d %b %Y"), {}),
    "excel": (as_written("%d-%b-%y"), {}),
    "letter": (as_written("%B %d, %Y"), {}),
    "month, day, year without a comma": (as_written("%b %d %Y"), {}),
    "french": (named(FRENCH, "%d %b %Y"), {}),
    "spanish": (named(SPANISH, "%d/%b/%Y"), {}),
    "number": (as_written("%Y%m%d"), {}),
    "sheet": (of_sheet, {"frequency": "D"}),
    "seconds": (since_1970(1), {}),
    "milliseconds": (since_1970(1000), {}),
    "week and day": (as_written("%G-W%V-%u"), {}),
}
MONTHS: dict[str, Write] = {
    **{
        form: as_written(form)
        for form in (
            "%Y-%m",
            "%Y/%m",
            "%m/%Y",
            "%b %Y",
            "%B %Y",
            "%b-%Y",
            "%b-%y",
            "%b %y",
            "%b'%y",
        )
    },
    **{form: as_written(form) for form in ("%Y %b", "%Y%m", "%YM%m")},
    "german": named(GERMAN, "%b %Y"),
    "german short": named(GERMAN, "%b %y"),
    "french": named(FRENCH, "%b %Y"),
    "spanish": named(SPANISH, "%b-%y"),
    "dutch": named(DUTCH, "%b %Y"),
}
WEEKS = {
    form: as_written(form)
    for form in (
        "%G-W%V",
        "%GW%V",
        "W%V %G",
        "KW %V/%G",
        "KW%V-%G",
        "%V. KW %G",
        "Week %V, %G",
        "%G%V",
    )
}
QUARTERS: dict[str, Write] = {
    form: lambda stamp, form=form: form.format(y=stamp.year, q=stamp.quarter)  # type: ignore[misc]
    for form in ("{y}Q{q}", "{y}-Q{q}", "Q{q} {y}", "Q{q}/{y}", "{q}Q{y}", "{y} {q}Q")
}
FIRST, LAST = pd.Timestamp("1990-02-01"), pd.Timestamp("2040-01-01")


def check(stamps: pd.DatetimeIndex, write: Write, name: str, wishes: dict[str, object]) -> None:
    frame = pd.DataFrame({name: [write(stamp) for stamp in stamps], "y": range(len(stamps))})
    panel = read(frame, time=name, **wishes)  # type: ignore[arg-type]
    np.testing.assert_array_equal(panel.times, stamps.to_numpy().astype("M8[us]"))
    np.testing.assert_array_equal(panel.values[:, 0], range(len(stamps)))


def written(
    alias: str, forms: st.SearchStrategy[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test over ranges of this frequency, and the forms in which they are written."""

    def around(test: Callable[..., None]) -> Callable[..., None]:
        ranges = st.builds(
            lambda start, count: pd.date_range(start, periods=count, freq=alias),
            st.datetimes(FIRST, LAST).map(lambda day: pd.Timestamp(day).normalize()),
            st.integers(6, 30),
        )
        return settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))(
            given(ranges, forms)(test)
        )

    return around


@written("D", st.sampled_from(sorted(DAYS)))
def test_days_read_back(stamps: pd.DatetimeIndex, form: str) -> None:
    write, wishes = DAYS[form]
    check(stamps, write, "when", wishes)


@written("MS", st.sampled_from(sorted(MONTHS)))
def test_months_read_back(stamps: pd.DatetimeIndex, form: str) -> None:
    check(stamps, MONTHS[form], "when", {})


@written("W-MON", st.sampled_from(sorted(WEEKS)))
def test_weeks_read_back(stamps: pd.DatetimeIndex, form: str) -> None:
    check(stamps, WEEKS[form], "week", {})


@written("QS-JAN", st.sampled_from(sorted(QUARTERS)))
def test_quarters_read_back(stamps: pd.DatetimeIndex, form: str) -> None:
    check(stamps, QUARTERS[form], "when", {})


@written(
    "30min",
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%d.%m.%Y %H:%M",
            "%d %b %Y %H:%M",
            "%d-%b-%y %I:%M %p",
        ]
    ),
)
def test_half_hours_read_back(stamps: pd.DatetimeIndex, form: str) -> None:
    check(stamps, as_written(form), "when", {"day_first": True})


@pytest.mark.parametrize("alias", ["BME", "BMS", "BQE-DEC"])
def test_the_edges_of_months_in_business_days_read_back(alias: str) -> None:
    stamps = pd.date_range("2019-01-15", periods=20, freq=alias)
    check(stamps, as_written("%Y-%m-%d"), "when", {})
    assert read(pd.DataFrame({"ds": stamps, "y": range(20)})).frequency.name == alias


@pytest.mark.parametrize(
    "cells",
    [
        ["2021-W53", "2022-W01"],
        ["2021-13", "2020-11", "2020-12"],
        ["30 Feb 2021", "31 Mar 2021"],
        ["Foo 19", "Bar 19"],
    ],
)
def test_what_is_on_no_calendar_is_refused_by_example(cells: list[str]) -> None:
    with pytest.raises(
        Refusal, match=f"holds '{cells[0]}' in the time column 'when', which is not a date"
    ):
        read(pd.DataFrame({"when": cells, "y": range(len(cells))}), time="when", frequency="D")
