"""Dates as people have them: each file is read rightly and said, or refused by column, row and
example."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead._check import Refusal
from stepahead.data import Frequency, Panel, concatenated, log, season_of, seasons, split_at
from stepahead.readers import Reading, read, read_sql, understand

READ = {
    "month-name-two-digit-year.csv": (
        "MS",
        "2019-01-01",
        "2019-06-01",
        "two-digit years read as 2019",
    ),
    "month-dash-two-digit-year.csv": (
        "MS",
        "2019-01-01",
        "2019-06-01",
        "two-digit years read as 2019",
    ),
    "calendar-week-german.csv": (
        "W-MON",
        "2020-01-06",
        "2022-06-27",
        "weeks stand for their Monday",
    ),
    "wide-month-names.csv": (
        "MS",
        "2019-01-01",
        "2021-12-01",
        "two-digit years read as 2019 to 2021",
    ),
    "iso-weeks-as-integers.csv": ("W-MON", "2020-01-06", "2022-06-27", "202002 read as ISO weeks"),
    "excel-serial-days.csv": (
        "D",
        "2021-01-01",
        "2022-02-04",
        "44197 in 'Date' read as days of a spreadsheet (2021-01-01)",
    ),
    "unix-seconds-decimal-values.csv": (
        "D",
        "2021-01-01",
        "2022-02-04",
        "1609459200 read as seconds since 1970",
    ),
    "a-year-a-row-a-month-a-column.csv": (
        "MS",
        "2019-01-01",
        "2022-12-01",
        "one row a year, time 'Year', Jan to Dec; 1 series, 48 steps",
    ),
    "last-business-day-of-month.csv": (
        "BME",
        "2019-01-31",
        "2022-12-30",
        "frequency BME (season 12)",
    ),
    "quarter-hours.csv.gz": (
        "15min",
        "2022-03-01",
        "2022-04-29T23:45",
        "frequency 15min (seasons 96 and 672)",
    ),
    "daily-week-and-year.csv.gz": (
        "D",
        "2020-01-01",
        "2022-12-30",
        "frequency D (seasons 7 and 365)",
    ),
}


@pytest.mark.parametrize("name", READ)
def test_the_file_is_read_and_said(cases: Path, name: str) -> None:
    frequency, first, last, said = READ[name]
    reading = understand(cases / name)
    panel = reading.panel
    assert (panel.frequency.name, panel.missing) == (frequency, 0)
    assert (panel.times[0], panel.times[-1]) == (np.datetime64(first), np.datetime64(last))
    assert said in reading.summary


def test_the_values_of_a_year_a_row_go_on_from_december_to_january(cases: Path) -> None:
    panel = read(cases / "a-year-a-row-a-month-a-column.csv")
    np.testing.assert_array_equal(panel.values[[0, 11, 12, 47], 0], [1007, 1046, 1105, 1385])


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def rows(cells: list[str], head: str = "when;y") -> str:
    return "\n".join([head, *(f"{cell};{n}" for n, cell in enumerate(cells))])


def of(tmp_path: Path, cells: list[str], head: str = "when;y", **wishes: object) -> Reading:
    return understand(table(tmp_path, rows(cells, head)), **wishes)  # type: ignore[arg-type]


DAYS = [f"Jan {d:02d}" for d in range(1, 32)] + [f"Feb {d:02d}" for d in range(1, 11)]


def test_a_month_and_two_digits_are_a_year_or_a_day_or_a_question(tmp_path: Path) -> None:
    with pytest.raises(
        Refusal,
        match=(
            r"'Jan 01' and 'Jan 02' .* are days without a year and cannot be placed. Write days"
            r" with their year"
        ),
    ):
        of(tmp_path, DAYS)
    januaries = ["Jan-19", "Jan-20", "Jan-21"]
    with pytest.raises(
        Refusal, match=r"could be months of a year or days without one, .* `frequency='YS'`"
    ):
        of(tmp_path, januaries)
    panel = of(tmp_path, januaries, frequency="YS").panel
    assert panel.times.astype("M8[M]").tolist() == [
        np.datetime64(f"20{y}-01").item() for y in (19, 20, 21)
    ]


def test_two_digit_years_on_both_sides_of_a_century(tmp_path: Path) -> None:
    months = pd.date_range("1949-01", "1960-12", freq="MS")  # 49 alone would be 2049
    for written in ("%b-%y", "%b %y", "1. %b %y", "01/%m/%y"):
        reading = of(tmp_path, [m.strftime(written) for m in months])
        np.testing.assert_array_equal(reading.panel.times, months.to_numpy().astype("M8[us]"))
        assert "two-digit years read as 1949 to 1960" in reading.summary


def test_a_year_before_1000_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        Refusal,
        match=r"0019-01-01 lies outside the years 1000 to 9998. Write years with four digits",
    ):
        of(tmp_path, ["0019-01-01", "0019-02-01", "0019-03-01"])
    frame = pd.DataFrame({"ds": np.array(["0019-01-01", "0019-01-02"], "M8[us]"), "y": [1.0, 2.0]})
    with pytest.raises(Refusal, match=r"0019-01-01 lies outside"):
        read(frame)


def test_a_time_that_cannot_be_read_is_refused_by_column_row_and_example(tmp_path: Path) -> None:
    with pytest.raises(
        Refusal,
        match=r"Row 2 of table.csv holds 'leden 2019' in column 'when', and every row another text",
    ):
        of(tmp_path, ["leden 2019", "feb 2019", "giu 2019"])
    with pytest.raises(
        Refusal,
        match=(
            r"Row 2 of table.csv holds 'erste' in the time column 'Woche', which is not a date that"
            r" can be read"
        ),
    ):
        of(tmp_path, ["erste", "zweite", "dritte"], "Woche;y")
    with pytest.raises(
        Refusal,
        match=(
            r"Row 4 of table.csv holds 'KW 53/2021' in the time column 'Woche', which is not a"
            r" date in the format of the others"
        ),
    ):
        of(tmp_path, ["KW 51/2021", "KW 52/2021", "KW 53/2021"], "Woche;y")  # 2021 has 52 weeks


def test_a_number_and_a_year_are_a_month_or_a_week(tmp_path: Path) -> None:
    weeks = [f"{w:02d}/2020" for w in range(1, 54)]
    assert of(tmp_path, weeks).panel.frequency.name == "W-MON"
    assert of(tmp_path, weeks[:12]).panel.frequency.name == "MS"
    assert of(tmp_path, weeks[:12], "week;y").panel.frequency.name == "W-MON"
    months = of(tmp_path, [f"{m:02d}.2020" for m in range(1, 13)], "month;y")
    assert (months.panel.frequency.name, "01.2020 in 'month' read as months" in months.summary) == (
        "MS",
        True,
    )


def test_numbers_are_dates_where_that_is_plausible_and_steps_where_it_is_not(
    tmp_path: Path,
) -> None:
    serial = [str(44197 + n) for n in range(9)]
    assert of(tmp_path, serial, "Order date;y", time="Order date").panel.times[0] == np.datetime64(
        "2021-01-01"
    )
    plain = of(tmp_path, serial, "step;y")
    assert (plain.panel.frequency.name, plain.panel.times[0]) == ("1", 44197)
    assert (
        "'step' read as whole numbers; as days of a spreadsheet they begin on 2021-01-01: "
        "`frequency='D'`" in plain.summary
    )
    assert of(tmp_path, serial, "step;y", frequency="D").panel.times[0] == np.datetime64(
        "2021-01-01"
    )
    assert of(tmp_path, serial, "Date;y", frequency="1").panel.times[0] == 44197
    hours = of(tmp_path, [f"{44197 + n / 24:.5f}" for n in range(30)], "Date;y").panel
    assert (hours.frequency.name, hours.times[-1]) == ("h", np.datetime64("2021-01-02T05:00"))
    assert of(tmp_path, [str(n) for n in range(300)], "Date;y").panel.frequency.name == "1"
    weeks = [str(n) for n in (*range(202050, 202054), *range(202101, 202110))]
    assert of(tmp_path, weeks, "t;y").panel.frequency.name == "W-MON"
    assert of(tmp_path, ["202101", "202102", "202103"], "week;y").panel.frequency.name == "W-MON"
    assert of(tmp_path, ["202101", "202102", "202103"], "month;y").panel.frequency.name == "MS"
    assert (
        of(tmp_path, ["202101", "202102", "202103"], "week;y", frequency="1").panel.times[0]
        == 202101
    )
    assert of(tmp_path, ["202301"], "t;y", frequency="W-MON").panel.times[0] == np.datetime64(
        "2023-01-02"
    )  # new data of a weekly model
    assert of(tmp_path, ["1609459200"], "t;y", frequency="h").panel.times[0] == np.datetime64(
        "2021-01-01"
    )
    quarters = of(
        tmp_path, [f"{y}{q}" for y in (2019, 2020) for q in range(1, 5)], "quarter;y"
    ).panel
    assert (quarters.frequency.name, quarters.times[-1]) == ("QS-JAN", np.datetime64("2020-10-01"))


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_instants_since_1970_in_a_column_of_any_name(tmp_path: Path, unit: int) -> None:
    cells = [str((1609459200 + 3600 * n) * unit) for n in range(20)]
    assert of(tmp_path, cells, "x;y").panel.times[-1] == np.datetime64("2021-01-01T19:00")
    seconds = [str((1609459200 + n) * unit) for n in range(20)]
    assert of(tmp_path, seconds, "ts;y").panel.frequency.name == "s"
    days = of(tmp_path, [f"202401{d:02d}" for d in range(1, 20)], "x;y").panel
    assert (days.frequency.name, days.ids.tolist()) == ("D", ["y"])


MONTHS = "Jan;Feb;Mar;Apr;May;Jun;Jul;Aug;Sep;Oct;Nov;Dec"


def test_a_year_a_row_with_shops_a_total_and_months_to_come(tmp_path: Path) -> None:
    text = f"shop;Jahr;{MONTHS};Total\n" + "".join(
        f"{shop};{year};"
        + ";".join(
            "" if (year, m) > (2021, 9) or (year, m) < (2020, 3) else str(m) for m in range(1, 13)
        )
        + ";78\n"
        for year in (2021, 2020)
        for shop in "ab"
    )
    reading = understand(table(tmp_path, text))
    panel = reading.panel
    assert (panel.ids.tolist(), panel.lengths.tolist(), panel.frequency.name) == (
        ["a", "b"],
        [19, 19],
        "MS",
    )
    assert panel.times[0] == np.datetime64("2020-03-01")
    np.testing.assert_array_equal(panel.series(1)[:, 0], [*range(3, 13), *range(1, 10)])
    assert "columns not used: Total" in reading.summary
    numbered = read(
        table(
            tmp_path,
            "year;"
            + ";".join(map(str, range(1, 13)))
            + "\n2019;"
            + ";".join("123456789012")
            + "\n",
        )
    )
    np.testing.assert_array_equal(numbered.values[:, 0], [int(c) for c in "123456789012"])
    quarters = read(table(tmp_path, "Year;Q1;Q2;Q3;Q4\n2019;1;2;3;4\n2020;5;6;7;8\n"))
    assert (quarters.frequency.name, quarters.values[:, 0].tolist()) == (
        "QS-JAN",
        list(range(1, 9)),
    )


def test_a_year_a_row_is_refused_where_the_year_is_not_plain(tmp_path: Path) -> None:
    turned = MONTHS.split(";")[3:] + MONTHS.split(";")[:3]
    with pytest.raises(
        Refusal,
        match=(
            r"go from Apr to Mar, so a row may be a year of the calendar or one that begins in Apr"
        ),
    ):
        read(
            table(
                tmp_path, "Year;" + ";".join(turned) + "\n2019" + ";1" * 12 + "\n2020" + ";1" * 12
            )
        )
    with pytest.raises(
        Refusal, match=r"more than one row at 2019-01-01: rows 2 and 3|Stamps repeat"
    ):
        read(table(tmp_path, f"Year;{MONTHS}\n2019" + ";1" * 12 + "\n2019" + ";2" * 12))


def test_days_that_differ_from_month_to_month_are_refused_with_a_remedy_that_works(
    tmp_path: Path,
) -> None:
    trading = [
        "2024-01-31",
        "2024-02-29",
        "2024-03-28",
        "2024-04-30",
        "2024-05-31",
        "2024-06-28",
    ]  # the 29th of March was Good Friday
    path = table(tmp_path, "day,y\n" + "".join(f"{day},{n}\n" for n, day in enumerate(trading)))
    with pytest.raises(
        Refusal,
        match=r"one stamp a month, but not on one day of it: 2024-01-31, 2024-02-29. .* date_trunc",
    ):
        read(path)
    assert (
        read_sql(f"select date_trunc('month', day) as ds, y from '{path}'").frequency.name == "MS"
    )


def test_dates_in_a_header_are_asked_about_where_two_readings_stay(tmp_path: Path) -> None:
    text = "shop;01/02/2024;01/03/2024;01/04/2024\na;1;2;3\nb;4;5;6\n"
    assert (
        read(table(tmp_path, text)).frequency.name == "MS"
    )  # a file with semicolons writes the day first
    with pytest.raises(
        Refusal, match=r"in the header of table.csv make sense day first and month first"
    ):
        read(table(tmp_path, text.replace(";", ",")))
    assert read(table(tmp_path, text.replace(";", ",")), day_first=False).frequency.name == "D"


def test_a_stamp_in_a_sentence_has_the_precision_of_the_data() -> None:
    day = Panel.from_arrays(
        [[1.0, -2.0, 3.0]], start=np.datetime64("2021-03-05"), frequency=Frequency.parse("D")
    )
    said = {
        "the new stamp 2021-03-06 is not after the end of its history (2021-03-07)": lambda: (
            concatenated(day, day.slice(np.array([1]), np.array([3])))
        ),
        "is -2 at 2021-03-06. Use": lambda: log().fit(day),
        "All steps lie before 2021-04-01. Give a stamp between 2021-03-05 and 2021-03-07": lambda: (
            split_at(day, "2021-04-01")
        ),
        "`start` is 2021-03-05, which no step of frequency 'W-SUN'": lambda: Panel.from_arrays(
            [[1.0]], start=np.datetime64("2021-03-05"), frequency=Frequency.parse("W-SUN")
        ),
    }
    for words, make in said.items():
        with pytest.raises(Refusal, match=re.escape(words)):
            make()


def test_the_seasons_that_the_line_names_are_known(cases: Path) -> None:
    for name, want in (
        ("quarter-hours.csv.gz", (96, 672)),
        ("daily-week-and-year.csv.gz", (7, 365)),
    ):
        panel: Panel = read(cases / name)
        assert (seasons(panel), season_of(panel)) == (want, want[0])
