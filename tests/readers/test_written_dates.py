"""Dates in the notations of many languages and offices: what is written is what is read."""

import datetime
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.readers import understand

NAMES = {
    "German": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre "
    "décembre",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro "
    "novembro dezembro",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre "
    "novembre dicembre",
    "Polish": "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik "
    "listopad grudzień",
    "Norwegian": "januar februar mars april mai juni juli august september oktober november "
    "desember",
}
Written = Callable[[datetime.date], str]


def _ordinal(day: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
    return f"{day}{ends.get(day, 'th')}"


def _name(language: str, day: datetime.date) -> str:
    return NAMES[language].split()[day.month - 1]


DAYS: dict[str, Written] = {
    "the year first, of two digits": lambda d: d.strftime("%y-%m-%d"),
    "the year first, with points": lambda d: d.strftime("%y.%m.%d"),
    "the year first, a number": lambda d: d.strftime("%y%m%d"),
    "the day first, a number": lambda d: d.strftime("%d%m%Y"),
    "the month first, a number": lambda d: d.strftime("%m%d%Y"),
    "the day first, of two digits": lambda d: d.strftime("%d.%m.%y"),
    "the month first, of two digits": lambda d: d.strftime("%m/%d/%y"),
    "with its weekday": lambda d: f'"{d.strftime("%A, %d %B %Y")}"',
    "an ordinal": lambda d: f"{_ordinal(d.day)} {d.strftime('%B %Y')}",
    "an ordinal after the month": lambda d: f'"{d.strftime("%B")} {_ordinal(d.day)}, {d.year}"',
    "Spanish": lambda d: f"{d.day} de {_name('Spanish', d)} de {d.year}",
    "French": lambda d: f"{d.day}{'er' * (d.day == 1)} {_name('French', d)} {d.year}",
}


def _spelled(language: str) -> Written:
    mark = " de " if language in ("Spanish", "Portuguese") else " "
    return lambda d: f"{_name(language, d)}{mark}{d.year}"


MONTHS: dict[str, Written] = {language: _spelled(language) for language in NAMES}
MONTHS["Italian, short"] = lambda d: f"{_name('Italian', d)[:3]}-{d:%y}"
PARTS: dict[str, tuple[int, Written]] = {
    "German quarters": (4, lambda d: f"{d.month // 3 + 1}. Quartal {d.year}"),
    "French quarters": (4, lambda d: f"T{d.month // 3 + 1} {d.year}"),
    "Spanish quarters": (4, lambda d: f"{d.month // 3 + 1}er trimestre {d.year}"),
    "half years": (2, lambda d: f"{d.year}H{d.month // 6 + 1}"),
    "German half years": (2, lambda d: f"{d.month // 6 + 1}. Halbjahr {d.year}"),
}


def _times(folder: Path, cells: list[str]) -> np.ndarray:
    path = folder / "table.csv"
    path.write_text("date,y\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    return understand(path).panel.times


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.parametrize("first", [datetime.date(2024, 1, 1), datetime.date(2019, 11, 20)])
def test_days_are_read_as_they_are_written(name: str, first: datetime.date, tmp_path: Path) -> None:
    days = [first + datetime.timedelta(n) for n in range(45)]
    read = _times(tmp_path, [DAYS[name](day) for day in days])
    assert read.astype("M8[D]").tolist() == days


@pytest.mark.parametrize("language", MONTHS)
def test_months_are_read_in_many_languages(language: str, tmp_path: Path) -> None:
    months = [datetime.date(2018 + n // 12, n % 12 + 1, 1) for n in range(25)]
    read = _times(tmp_path, [MONTHS[language](month) for month in months])
    assert read.astype("M8[D]").tolist() == months


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_a_year_are_read_as_their_first_day(name: str, tmp_path: Path) -> None:
    parts, written = PARTS[name]
    starts = [datetime.date(2018 + n // parts, n % parts * 12 // parts + 1, 1) for n in range(9)]
    read = _times(tmp_path, [written(start) for start in starts])
    assert read.astype("M8[D]").tolist() == starts


@pytest.mark.parametrize("written", ["{}/{:02}", "{}-{:02}", "{}–{:02}"])
@pytest.mark.parametrize("first", [1999, 2001, 2005])
def test_years_across_two_are_years_and_no_months(written: str, first: int, tmp_path: Path) -> None:
    """2005/06 to 2010/11 could all be months, 13 of them apart."""
    years = list(range(first, first + 6))
    cells = [written.format(year, (year + 1) % 100) for year in years]
    assert _times(tmp_path, cells).tolist() == years


def test_months_of_which_some_look_like_two_years_are_months(tmp_path: Path) -> None:
    read = _times(tmp_path, ["2005-06", "2005-07", "2005-08"])
    assert read.astype("M8[M]").astype(str).tolist() == ["2005-06", "2005-07", "2005-08"]


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        ([f"24-01-{day:02}" for day in range(1, 32)], "2024-01-01"),  # or the 24th of Januaries
        ([f"24-{month:02}-01" for month in range(1, 13)], "2024-01-01"),  # or 24ths of 2001
        ([f"31.12.{year:02}" for year in range(1, 24)], "2001-12-31"),  # or days of December 2031
        ([f"{day:02}.01.24" for day in range(8, 18)], "2024-01-08"),  # or the 24th of Januaries
    ],
)
def test_of_two_regular_readings_the_one_with_usual_days_is_taken(
    cells: list[str], first: str, tmp_path: Path
) -> None:
    assert str(_times(tmp_path, cells)[0])[:10] == first


def test_numbers_that_are_days_both_ways_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"2022024 make sense as days with the day first and with"):
        _times(tmp_path, ["01012024", "02022024"])


@pytest.mark.parametrize("written", ["%d.%m.%Y", "%Y-%m-%d", "%m/%d/%Y"])
def test_hours_that_end_at_24_and_hours_as_intervals(written: str, tmp_path: Path) -> None:
    hours = [datetime.datetime(2024, 2, 28, 1) + datetime.timedelta(hours=n) for n in range(72)]
    day = datetime.timedelta(days=1)
    ends = [
        f"{hour - day:{written}} 24:00" if hour.hour == 0 else f"{hour:{written} %H:%M}"
        for hour in hours
    ]
    assert _times(tmp_path, ends).tolist() == hours
    spans = [f"{a:{written} %H:%M} - {b:{written} %H:%M}" for a, b in itertools.pairwise(hours)]
    assert _times(tmp_path, spans).tolist() == hours[:-1]


@pytest.mark.parametrize("name", ["id", "series", "store"])
def test_names_of_series_that_look_like_months_are_names(name: str, tmp_path: Path) -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(n) for n in range(5)]
    rows = [f"Set {which:02},{day},{which}" for which in (1, 2) for day in days]
    path = tmp_path / "table.csv"
    path.write_text("\n".join([f"{name},when,y", *rows]))
    panel = understand(path).panel
    assert (panel.ids.tolist(), panel.lengths.tolist()) == (["Set 01", "Set 02"], [5, 5])
