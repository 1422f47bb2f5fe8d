"""Files as people have them: each is read rightly and said, or refused in a sentence with a
remedy."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.readers import read, understand

FILES = Path(__file__).parent / "files"
TEN = list(range(10))
DAYS = ("D", "2024-01-01")
LATER = ("D", "2024-01-08")
NAN = float("nan")

READ: dict[str, tuple[tuple[str, object], list[float], str, dict[str, Any]]] = {
    "plain-long.csv": (DAYS, [*TEN, *range(10, 20)], "2 series", {}),
    "bars.txt": (DAYS, TEN, "", {}),
    "tabs.tsv": (DAYS, TEN, "", {}),
    "packed.csv.gz": (DAYS, TEN, "", {}),
    "json-lines.jsonl": (DAYS, TEN, "series 'unique_id', time 'ds', value 'y'", {}),
    "byte-order-mark.csv": (DAYS, TEN, "time 'ds'", {}),
    "utf-16-from-excel.txt": (DAYS, TEN, "read as utf-16", {}),
    "latin-1-umlauts.csv": (DAYS, TEN, "read as latin-1", {}),
    "windows-1252-euro-signs.csv": (DAYS, [i + 0.5 for i in TEN], "read as latin-1", {}),
    "quoted-headers.csv": (DAYS, TEN, "series 'unique_id'", {}),
    "excel-sep-line.csv": (DAYS, TEN, "semicolons", {}),
    "excel-title-above-and-empty-rows-below.csv": (
        DAYS,
        TEN,
        "1 line above the table left out",
        {},
    ),
    "no-header.csv": (DAYS, TEN, "no header line", {}),
    "semicolons-and-decimal-commas.csv": (
        DAYS,
        [i + 0.5 for i in TEN],
        "decimal commas; dates read day first",
        {},
    ),
    "thousands-dots-and-decimal-commas.csv": (
        DAYS,
        [1000 * i + 1234.5 for i in TEN],
        "decimal commas",
        {},
    ),
    "thousands-commas-in-quotes.csv": (
        DAYS,
        [1000 * i + 1234 for i in TEN],
        "commas read as thousands marks",
        {"thousands": ","},
    ),
    "thousands-spaces-and-euro-signs.csv": (
        DAYS,
        [1000 * i + 1234.5 for i in TEN],
        "decimal commas",
        {},
    ),
    "thousands-dots-without-decimals.csv": (
        DAYS,
        [i + 1.25 for i in TEN],
        "semicolons; dates read day first",
        {"decimal": "."},
    ),
    "day-first-dates.csv": (LATER, TEN, "day first", {}),
    "month-first-dates.csv": (LATER, TEN, "month first", {}),
    "two-digit-years.csv": (LATER, TEN, "day first", {}),
    "day-first-months-all-below-thirteen.csv": (
        ("MS", "2022-01-01"),
        [*range(1, 13), *range(1, 13)],
        "day first",
        {},
    ),
    "day-or-month-first.csv": (
        ("MS", "2024-01-01"),
        list(range(1, 8)),
        "day first",
        {"day_first": True},
    ),
    "wide-one-column-a-series.csv": (DAYS, [*TEN, *range(103, 110)], "2 series, 17 steps", {}),
    "wide-one-row-a-series.csv": (("1", 1), [1, 2, 3, 5, NAN, 7, 8], "one row a series", {}),
    "wide-dates-in-the-header.csv": (
        ("MS", "2024-01-01"),
        [1, 2, 3, 4, 5, 6, NAN, 8],
        "one row a series",
        {},
    ),
    "wide-years-in-the-header.csv": (("1", 1990), [1, 2, 3, 4, 5, 6, 7, 8], "one row a series", {}),
    "missing-stamps-and-words-for-missing.csv": (
        DAYS,
        [1, NAN, NAN, NAN, NAN, 6, NAN, 8],
        "5 values missing",
        {},
    ),
    "unsorted.csv": (DAYS, TEN, "not in the order of time; sorted", {}),
    "month-ends.csv": (("ME", "2023-11-30"), [1, 2, 3, 4, 5], "", {}),
    "month-names.csv": (("MS", "2024-01-01"), [1, 2, 3, NAN, 5], "", {}),
    "german-month-names.csv": (("MS", "2024-01-01"), [1, 2, 3, 4, 5, *[NAN] * 6, 12], "", {}),
    "quarters.csv": (("QS-JAN", "2023-07-01"), [1, 2, 3, 4], "", {}),
    "iso-weeks.csv": (("W-MON", "2023-12-18"), [1, 2, 3, 4], "their Monday", {}),
    "days-as-numbers.csv": (("D", "2024-01-30"), [1, 2, 3, 4], "read as days", {}),
    "months-as-numbers.csv": (("MS", "2023-11-01"), [1, 2, 3, 4], "read as months", {}),
    "unix-seconds.csv": (("h", "2024-01-01"), list(range(6)), "seconds since 1970", {}),
    "years-only.csv": (("1", 1990), list(range(10, 20)), "", {}),
    "fractions-of-years.csv": (("MS", "1949-01-01"), list(range(24)), "fractions of years", {}),
    "business-days-without-holidays.csv": (
        ("B", "2024-03-18"),
        [*range(5), *range(7, 11), NAN, *range(14, 19), *range(21, 25)],
        "1 value missing",
        {},
    ),
    "clock-change-with-offsets.csv": (
        ("h", "2024-10-26T22:00"),
        list(range(8)),
        "nothing missing",
        {"zone": "Europe/Berlin"},
    ),
    "clock-change-repeated-hour.csv": (
        ("h", "2024-10-26T22:00"),
        list(range(8)),
        "nothing missing",
        {"zone": "Europe/Berlin"},
    ),
    "clock-change-missing-hour.csv": (
        ("h", "2024-03-30T22:00"),
        list(range(8)),
        "nothing missing",
        {"zone": "Europe/Berlin"},
    ),
    "days-at-local-midnight.csv": (("D", "2024-03-29"), list(range(6)), "as its clock shows", {}),
    "several-value-columns.csv": (DAYS, TEN, "value 'sales'", {"target": "sales"}),
    "extra-text-columns.csv": (DAYS, TEN, "", {}),
    "huge-and-tiny-values.csv": (DAYS, [1e30, -1e30, 1e-30, *range(7)], "", {}),
    "monash.tsf": (("MS", "1979-01-01"), [1, 2, NAN, 4, 5.5, 6, 7], "one series a line", {}),
    "irregular.csv": (
        DAYS,
        [i if i in (0, 3, 5, 9, 11, 14, 20, 22, 27, 29) else NAN for i in range(30)],
        "20 values",
        {"frequency": "D"},
    ),
}

REFUSED = {
    "empty.csv": "is empty. Give a table",
    "only-blank-lines.csv": "is empty. Give a table",
    "header-only.csv": "a header and no rows. Add the data",
    "one-column.csv": "one column only. A table needs",
    "picture-named.csv": "is a PNG picture, not a table",
    "excel-workbook-named.csv": "Save the sheet as CSV",
    "random-bytes.csv": "is not a text file",
    "damaged.csv.gz": "damaged gzip file",
    "text-among-numbers.csv": "Row 6 of .* holds 'broken' in column 'y'",
    "text-among-dates.csv": "Row 6 of .* holds 'soon' in the time column 'ds'",
    "duplicate-stamps.csv": "Series 'b' has more than one row at 2024-01-06: rows 17 and 18",
    "stamp-off-the-grid.csv": "a stamp off its grid: 2024-01-05 12:37",
    "two-frequencies.csv": "series 'a' has 'D' and series 'b' has 'MS'",
    "frequency-changes-half-way.csv": "spacing changes near 2024-01-1",
    "irregular.csv": "irregular: from 2024-01-01 to 2024-01-04",
    "all-missing-series.csv": "No value at all in series 'b'",
    "infinite-value.csv": "infinite value at 2024-01-05",
    "ids-that-differ-by-a-space.csv": "'a' and 'a ' differ only by spaces",
    "no-numbers.csv": "no column of numbers .* ds, mood",
    "too-many-cells-in-a-row.csv": "Line 6 has 3 cells where the header has 2",
    "unclosed-quote.csv": "quotation mark may be missing",
    "day-or-month-first.csv": "make sense day first and month first. Say which",
    "several-value-columns.csv": "hold numbers: sales, price. Say which",
    "several-text-columns.csv": "could name the series: a, b. Say which",
    "thousands-commas-in-quotes.csv": (
        "'1,234' in column 'sales', which can be 1234 as well as 1.234. Say which: `thousands=','`"
        " or `dec"
    ),
    "thousands-dots-without-decimals.csv": (
        r"which can be 1250 as well as 1.250. Say which: `thousands='\.'` or `decimal='\.'`"
    ),
    "row-without-a-date.csv": "Row 6 of .* has no stamp",
    "row-without-an-id.csv": "Row 6 of .* has no id",
    "single-row.csv": "no series has two stamps. Give `frequency`",
    "wrong-year-among-seconds.csv": "jumps from 2024-01-01 00:00:29 to 2204",
    "some-stamps-with-offset.csv": "Write all of them one way",
    "monash-without-data.tsf": "no line '@data'",
    "repeated-row-names.csv": "Series 'N1' stands in rows 2 and 3",
    "clock-change-repeated-hour.csv": "clock change repeats. Say the time zone",
}


@pytest.mark.parametrize("name", READ)
def test_it_is_read_and_said(name: str) -> None:
    (frequency, start), values, said, wishes = READ[name]
    reading = understand(FILES / name, **wishes)
    assert reading.panel.frequency.name == frequency
    assert reading.panel.times[0] == (np.datetime64(start) if isinstance(start, str) else start)
    np.testing.assert_array_equal(reading.panel.values[:, 0], values)
    assert said in reading.summary
    assert reading.panel.source == reading.summary


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(Refusal, match=REFUSED[name]):
        read(FILES / name)


def test_every_file_is_in_a_test() -> None:
    assert {path.name for path in FILES.iterdir()} == READ.keys() | REFUSED.keys() | {
        "series-column-not-named.csv"
    }


def test_umlauts_and_commas_survive_in_ids() -> None:
    assert read(FILES / "latin-1-umlauts.csv").ids.tolist() == ["Köln"]
    assert read(FILES / "quoted-headers.csv").ids.tolist() == ["a, b"]


def test_several_targets_are_channels() -> None:
    panel = read(FILES / "several-value-columns.csv", target=["sales", "price"])
    assert panel.names == ("sales", "price")
    np.testing.assert_array_equal(panel.values[3], [3, 1.5])


def test_several_columns_together_name_the_series() -> None:
    panel = read(FILES / "several-text-columns.csv", id=["a", "b"])
    assert panel.ids.tolist() == ["p/u", "p/v", "q/u", "q/v"]


def test_a_column_of_numbers_called_shop_names_the_series() -> None:
    assert read(FILES / "series-column-not-named.csv").ids.tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("column", "names"), [("unique_id", "fm"), ("sex", "fm"), ("unique_id", ("no", "yes"))]
)
def test_series_called_f_and_m_or_no_and_yes(
    tmp_path: Path, column: str, names: Sequence[str]
) -> None:
    months = np.arange("1901-01", "1999-01", dtype="M8[M]").astype(str)
    rows = [f"{name},{month}-01,{len(month)}" for name in names for month in months]
    (tmp_path / "births.csv").write_text("\n".join([f"{column},ds,y", *rows]))
    assert read(tmp_path / "births.csv").ids.tolist() == list(names)


@pytest.mark.parametrize(
    "ends", [["\r\n"] * 20 + ["\n"], ["\n"] + ["\r\n"] * 20, ["\r\n", "\n", "\n"] * 7, ["\r"] * 21]
)
@pytest.mark.parametrize("packed", [False, True])
def test_lines_that_two_programs_ended(tmp_path: Path, ends: list[str], packed: bool) -> None:
    lines = ["ds,y", *(f"2024-01-{day:02d},{day}" for day in range(1, 21))]
    whole = "".join(line + end for line, end in zip(lines, ends, strict=True)).encode()
    path = tmp_path / ("a.csv.gz" if packed else "a.csv")
    path.write_bytes(gzip.compress(whole) if packed else whole)
    assert read(path).values[:, 0].tolist() == list(range(1, 21))


def test_the_weather_of_each_day_names_no_series(tmp_path: Path) -> None:
    """Text that changes from day to day is no name, unless days repeat or it comes in blocks."""
    days = np.arange("2024-01-01", "2024-03-01", dtype="M8[D]").astype(str)
    path = tmp_path / "weather.csv"

    def names(rows: list[str]) -> list[str]:
        path.write_text("\n".join(["date,weather,rain", *rows]))
        return [str(name) for name in read(path, target="rain").ids]

    mixed = [f"{day},{('dry', 'wet', 'snow')[at % 7 % 3]},{at % 5}" for at, day in enumerate(days)]
    assert names(mixed) == ["rain"]
    assert "columns not used: weather" in understand(path, target="rain").summary
    blocks = [f"{day},{('north', 'south')[at // 30]},{at % 5}" for at, day in enumerate(days)]
    assert names(blocks) == ["north", "south"]
    assert names([f"{day},{place},1" for day in days for place in ("a", "b")]) == ["a", "b"]


def test_the_advice_on_the_target_is_no_part_of_the_date(tmp_path: Path) -> None:
    rows = [f"a,2024,1,{day},2024-01-{day:02d},{day % 3},{day % 5}" for day in range(1, 30)]
    path = tmp_path / "weather.csv"
    path.write_text("\n".join(["origin,year,month,day,stamp,wind,rain", *rows]))
    with pytest.raises(Refusal, match="target='wind'"):
        read(path)


def test_missing_values_in_other_columns_are_no_future(tmp_path: Path) -> None:
    """A last row with the time in a second notation and NA elsewhere knows nothing."""
    rows = [
        f"{2000 + at // 12},{at % 12 + 1},{at % 7},{at % 5},{2000 + at / 12}" for at in range(40)
    ]
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(["year,month,sales,listings,date", *rows, "2003,5,NA,NA,2003.33"]))
    assert "future" not in understand(path, target="sales").summary


def test_offsets_from_utc_without_a_place() -> None:
    panel = read(FILES / "clock-change-with-offsets.csv")
    assert (panel.frequency.zone, panel.missing, len(panel.values)) == ("UTC", 0, 8)


def test_the_hour_that_a_clock_change_skips_is_pointed_at() -> None:
    reading = understand(FILES / "clock-change-missing-hour.csv")
    assert reading.panel.missing == 1
    assert "2024-03-31 02:00 looks like the hour that a clock change skips" in reading.summary


def test_a_gap_in_one_series_is_no_clock_change(tmp_path: Path) -> None:
    """Of three sensors on UTC, one lacks an hour of a Sunday in March; of three on local time,
    all do."""
    hours = np.arange("2024-03-25", "2024-04-05", dtype="M8[h]").astype("M8[s]").astype(str)
    for without, noted in ((1, False), (3, True)):
        rows = [
            f"{name},{hour},{number % 24}"
            for place, name in enumerate("abc")
            for number, hour in enumerate(hours)
            if not (hour == "2024-03-31T02:00:00" and place < without)
        ]
        (tmp_path / "a.csv").write_text("\n".join(["unique_id,ds,y", *rows]))
        assert ("clock change" in understand(tmp_path / "a.csv").summary) is noted


def test_an_unknown_column_lists_the_others_and_suggests_the_nearest() -> None:
    with pytest.raises(Refusal, match=r"no column 'vlaue'\. There are: unique_id, ds, y"):
        read(FILES / "plain-long.csv", target="vlaue")
    with pytest.raises(Refusal, match="Did you mean 'unique_id'"):
        read(FILES / "plain-long.csv", id="uniqe_id")


def test_a_missing_file_suggests_its_neighbour() -> None:
    with pytest.raises(Refusal, match=r"Did you mean '.*plain-long\.csv'"):
        read(FILES / "plain-lang.csv")
    with pytest.raises(Refusal, match="is a folder"):
        read(FILES)


def test_a_frequency_without_dates_lends_its_season() -> None:
    panel = read(FILES / "wide-one-row-a-series.csv", frequency="MS")
    assert (panel.frequency.season, panel.frequency.dated) == (12, False)
    assert read(FILES / "years-only.csv", frequency="h").frequency.season == 24


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(Refusal, match="`zone` must be a time zone such as"):
        read(FILES / "plain-long.csv", zone="Middle/Earth")
