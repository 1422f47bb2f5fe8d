"""Numbers as people write them: read back to the same number, or refused; never another one."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.readers import read, understand
from stepahead.readers.files._engine import Column, Table, engine
from stepahead.readers.files._read_options import ReadOptions
from stepahead.readers.tables._numbers import parse_numbers

ANY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def table(path: Path, cells: list[str], separator: str = ";", date: str = "2024-01-{:02d}") -> Path:
    """A table of days with these cells as its values."""
    quoted = [f'"{cell}"' if separator in cell else cell for cell in cells]
    path.write_text(
        f"ds{separator}y\n"
        + "".join(f"{date.format(i + 1)}{separator}{cell}\n" for i, cell in enumerate(quoted))
    )
    return path


def written(number: Decimal, decimal: str, group: str, places: int, around: str) -> str:
    """The number as this convention writes it."""
    digits = (
        f"{abs(number):,.{places}f}".replace(",", "\0").replace(".", decimal).replace("\0", group)
    )
    if "(" in around and number < 0:
        return around.format(f"({digits})").replace("()", "")
    return around.format(f"-{digits}" if number < 0 else digits).replace("()", "")


CONVENTIONS = [
    (decimal, group)
    for decimal in ".,"
    for group in ("", ",", ".", " ", "'", "\u202f")
    if group != decimal
]
AROUND = ["{}", "(){}", "{}%", "(){}%", "{} €", "${}", "£(){}", "{} kg", "{}°C", "CHF {}"]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine() as opened:
        yield opened


def understood(
    connection: duckdb.DuckDBPyConnection, cells: list[str], pointed: bool, wishes: ReadOptions
) -> list[float]:
    """These cells as numbers, by what a column of text goes through."""
    column = Column("c0", "y")
    connection.execute("CREATE OR REPLACE TEMP TABLE used (c0 VARCHAR)")
    connection.execute("INSERT INTO used SELECT unnest(?)", [cells])
    sql, _ = parse_numbers(
        Table(connection, (column,), "the table"), [column], wishes, pointed=pointed
    )
    return [
        number
        for (number,) in connection.execute(
            f"SELECT {sql['c0']} FROM used ORDER BY rowid"
        ).fetchall()
    ]


@given(
    st.sampled_from(CONVENTIONS),
    st.sampled_from([0, 0, 0, 1, 2, 3, 3, 3, 4]),
    st.sampled_from(AROUND),
    st.booleans(),
    st.lists(
        st.one_of(
            st.integers(-(10**7), 10**7), st.integers(1000, 99_999), st.integers(-2000, 2000)
        ),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=40, deadline=None, suppress_health_check=ANY)
def test_what_a_convention_writes_is_read_back_or_refused(
    connection: duckdb.DuckDBPyConnection,
    tally: Counter[str],
    marks: tuple[str, str],
    places: int,
    around: str,
    pointed: bool,
    whole: list[int],
) -> None:
    """A file says if points may stand between thousands (`pointed`): elsewhere a point is decimal,
    as programs write it."""
    decimal, group = marks
    numbers = [Decimal(n).scaleb(-places) for n in whole]
    cells = [written(n, decimal, group, places, around) for n in numbers]
    right = [float(n.scaleb(-2) if "%" in around else n) for n in numbers]
    try:
        got, became = understood(connection, cells, pointed or group == ".", ReadOptions()), "read"
    except Refusal as refusal:
        got, became = right if "as well as" in str(refusal) else [], "refused"
    assert got == right
    tally[became] += 1
    assert understood(connection, cells, pointed, ReadOptions(decimal=decimal)) == right
    if group in (",", ".", " ", "'"):
        assert (
            understood(connection, cells, pointed, ReadOptions(decimal=decimal, thousands=group))
            == right
        )


@pytest.mark.parametrize(
    ("cells", "separator", "right"),
    [
        (["950", "1,002", "990"], ";", [950, 1002, 990]),
        (["950", "1,002", "990"], ",", [950, 1002, 990]),
        (["-950", "1.002", "(990)"], ";", [-950, 1002, -990]),
        (
            ["1,002", "-1,998", "7"],
            ";",
            "1002 as well as 1.002. Say which: `thousands=','` or `decimal=','`",
        ),
        (["99.375", "100", "98.125"], ",", [99.375, 100, 98.125]),
        (["99.375", "100", "98.125"], ";", "99375 as well as 99.375"),
        (["950", "1.002", "990"], ",", "1002 as well as 1.002"),
        (["1250", "1,002", "990"], ";", "1002 as well as 1.002"),
        (["0,950", "1,002"], ";", [0.95, 1.002]),
        (["1,234,567", "1,002"], ";", [1234567, 1002]),
        (["1.234", "2.345"], "\t", [1.234, 2.345]),
        (
            ["1,5", "1.5", "2,5"],
            ";",
            "holds '1.5' .* not a number, because commas are decimal marks",
        ),
        (
            ["12%", "0.13", "14%"],
            ",",
            "'12%' in row 2 and '0.13' in row 3: percents beside other numbers",
        ),
        (["12%", "0", "12.3%"], ",", [0.12, 0, 0.123]),
        (["$5", "7", "€6"], ",", "'€6' .*two currencies|'\\$5' .*two currencies"),
        (
            ["1.2k", "900", "1.3k"],
            ",",
            r"Row 2 of .* holds '1.2k' .* shortened by a letter. Write it out \(1.2k is 1200\)",
        ),
        (["3 Mio", "900", "4"], ",", "holds '3 Mio' .* shortened by a letter"),
        (["1_000", "900", "4"], ",", "holds '1_000' .* not a number"),
        (["1,23,456", "900"], ";", "holds '1,23,456' .* not a number"),
        (["(5", "900"], ",", r"holds '\(5' .* not a number"),
        (["(-5)", "900"], ",", r"holds '\(-5\)' .* not a number"),
    ],
)
def test_marks_are_told_by_what_stands_beside_them(
    tmp_path: Path, cells: list[str], separator: str, right: list[float] | str
) -> None:
    path = table(tmp_path / "numbers.csv", cells, separator)
    if isinstance(right, str):
        with pytest.raises(Refusal, match=right):
            read(path, target="y")
    else:
        assert read(path, target="y").values[:, 0].tolist() == right


def test_the_writing_is_one_for_all_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("ds;a;b\n2024-01-01;1,459;950\n2024-01-02;1,529;1,002\n")
    assert read(tmp_path / "t.csv").values[:, 0].tolist() == [1459, 1529, 950, 1002]
    (tmp_path / "t.csv").write_text("ds;a;b\n2024-01-01;1,459;0,95\n2024-01-02;1,529;1,002\n")
    assert read(tmp_path / "t.csv").values[:, 0].tolist() == [1.459, 1.529, 0.95, 1.002]
    names = [f"{letter}x" for letter in "abcdefghijk"]
    broad = pd.DataFrame(
        {
            "ds": ["2024-01-01", "2024-01-02"],
            **{name: ["1,459", "1,529"] for name in names},
            "z": ["950", "1,002"],
        }
    )
    assert read(broad).values[-2:, 0].tolist() == [950, 1002] and read(broad).values[0, 0] == 1459
    broad["z"] = ["12%", "1,002"]
    with pytest.raises(
        Refusal, match="Column 'z' of the frame holds '12%' in row 1 and '1,002' in row 2: percents"
    ):
        read(broad)
    with pytest.raises(Refusal, match="'1,459' in column 'ax', which can be 1459"):
        read(broad[["ds", *names]])


def test_dates_with_points_make_points_doubtful(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["1.234", "2.345"], ",", "{:02d}.01.2024")
    with pytest.raises(
        Refusal, match=r"1234 as well as 1.234. Say which: `thousands='\.'` or `decimal='\.'`"
    ):
        read(path)
    assert read(path, decimal=".").values[:, 0].tolist() == [1.234, 2.345]


@pytest.mark.parametrize(
    "told",
    [
        {"decimal": ";"},
        {"thousands": "x"},
        {"decimal": ",", "thousands": ","},
        {"fill": float("nan")},
    ],
)
def test_marks_that_are_none_are_refused(tmp_path: Path, told: dict[str, str]) -> None:
    with pytest.raises(Refusal, match=f"`{next(iter(told))}`"):
        read(table(tmp_path / "t.csv", ["1", "2"]), **told)


def test_outliers_are_dropped_where_they_are_told_and_nowhere_else() -> None:
    days = pd.date_range("2024-01-01", periods=12, tz=None)
    usual = [5.0, 6.0, 5.0, 7.0, 6.0, 5.0, 6.0, 6.0, 5.0, 6.0, 7.0, 5.0]
    far = [*usual[:6], 900.0, *usual[7:]]
    frame = pd.DataFrame(
        {"unique_id": ["a"] * 12 + ["b"] * 12, "ds": [*days, *days], "y": usual + far}
    )
    assert read(frame).missing == 0
    reading = understand(frame, drop_outliers=True)
    assert np.flatnonzero(np.isnan(reading.panel.values[:, 0])).tolist() == [18]
    assert reading.notes[-1] == "1 outlier read as missing: 900 of 'b' at 2024-01-07"
    assert reading.panel.source.endswith(reading.notes[-1])
    assert understand(np.array(usual), drop_outliers=True).notes == ("no outliers to leave out",)


def test_shortened_numbers_are_pointed_at_wherever_the_column_stands(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "ds": pd.date_range("2024-01-01", periods=3),
            "y": ["1.2k", "1.3k", "1.4k"],
            "price": [1.0, 2.0, 3.0],
        }
    )
    with pytest.raises(Refusal, match=r"'1\.2k' in column 'y'"):
        read(frame)
    reading = understand(frame.rename(columns={"y": "tenor"}).assign(tenor=["3M", "3M", "3M"]))
    assert reading.panel.ids.tolist() == ["3M"]
    np.testing.assert_array_equal(reading.panel.values[:, 0], [1, 2, 3])


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["12 kg", "1.5 kg", "-3 kg"], [12, 1.5, -3], "kg"),
        (["12 kWh", "1.234,5 kWh", "n/a"], [12, 1234.5, np.nan], "kWh"),
        (["-USD 5", "USD 1,300.25", "0"], [-5, 1300.25, 0], "USD"),
        (["Rs. 300", "Rs. 5.50", "Rs. 7"], [300, 5.5, 7], "Rs"),
        (["3 Stück", "4 Stück", "5 Stück"], [3, 4, 5], "Stück"),
        (["5 m²/s", "6 m²/s", "7.5 m²/s"], [5, 6, 7.5], "m²/s"),
    ],
)
def test_one_unit_is_left_out_and_noted(
    cells: list[str], values: list[float], unit: str, tmp_path: Path
) -> None:
    reading = understand(table(tmp_path / "t.csv", cells))
    np.testing.assert_array_equal(reading.panel.values[:, 0], values)
    assert f"units left out: {unit}" in reading.notes


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1000 g", "1.2 kg", "3 kg"], "'1000 g' in row 2 and '1.2 kg' in row 3: two units"),
        (["5 mW", "6 MW", "7 mW"], "'5 mW' in row 2 and '6 MW' in row 3: two units"),
        (["12 kg", "3", "4 kg"], "'12 kg' in row 2 and '3' in row 3: a unit beside numbers"),
        (["12 m", "13 m", "14 m"], "'12 m' in column 'y', which is a number shortened"),
    ],
)
def test_units_that_may_change_the_number_are_refused(
    cells: list[str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match=words):
        read(table(tmp_path / "t.csv", cells))


def test_a_unit_makes_no_numbers_of_names(tmp_path: Path) -> None:
    """A dose is the series here, as another column holds numbers."""
    path = tmp_path / "t.csv"
    rows = [f"2024-01-{n:02},{dose} mg,{n}" for dose in (10, 20) for n in range(1, 15)]
    path.write_text("ds,dose,y\n" + "\n".join(rows))
    assert list(read(path).ids) == ["10 mg", "20 mg"]


def usual(*changed: float) -> pd.DataFrame:
    values = [*(10.0 + np.arange(30) % 7), *changed]
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=len(values)), "y": values})


def test_marks_of_missing_values_are_asked_about() -> None:
    asked = "; if it marks what is missing, say `missing=-9999`"
    assert (
        f"-9999 stands 2 times, far from all others{asked}"
        in understand(usual(-9999, 12, -9999)).notes
    )
    assert understand(usual(-9999, 11), missing=-9999).notes == (
        "1 value of -9999 taken as missing",
    )
    assert any("999 stands once" in note for note in understand(usual(999.0)).notes)
    # the same numbers among others like them are values
    for values in (np.arange(90.0, 110), np.arange(-99.0, 30), np.full(30, 99.0)):
        frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=len(values)), "y": values})
        assert understand(frame).notes == ()


def test_a_slip_of_the_pen_is_asked_about() -> None:
    said = "1000000000 of 'y' at 2024-01-31 is more than 1,000 times any other value"
    assert any(said in note for note in understand(usual(1e9)).notes)
    assert understand(usual(1e9, 1e9)).notes == understand(usual(900.0)).notes == ()
    again = understand(usual(1e9), drop_outliers=True)
    assert again.panel.missing == 1 and not any("times any" in note for note in again.notes)
    sparse = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=20), "y": [0.0] * 19 + [1e6]})
    assert understand(sparse).notes == ()


def test_a_header_in_the_middle_is_called_so(tmp_path: Path) -> None:
    rows = [f"2024-01-{day:02d},{day}" for day in range(1, 20)]
    path = tmp_path / "joined.csv"
    path.write_text("\n".join(["ds,y", *rows[:9], "ds,y", *rows[9:]]) + "\n")
    with pytest.raises(Refusal, match=r"Row 11 .* is the header again.* Remove this row"):
        understand(path)


def test_a_mark_of_what_is_missing_is_a_number() -> None:
    assert read(usual(-9999, 11), missing=-9999).missing == 1
    with pytest.raises(Refusal, match="`missing` is the number that marks a missing value"):
        read(usual(1.0), missing=float("nan"))


def test_a_second_column_that_names_series_is_found(tmp_path: Path) -> None:
    rows = [
        f"{place},{kind},2024-01-{day:02d},{day}"
        for place in ("north", "south")
        for kind in ("tea", "coffee")
        for day in range(1, 9)
    ]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["place,kind,day,sold", *rows]) + "\n")
    with pytest.raises(Refusal, match=r"differ in 'kind'\. If 'place' and 'kind' name a series"):
        understand(path, id="place")
    assert len(read(path, id=["place", "kind"])) == 4
    path.write_text("\n".join(["place,kind,day,sold", *rows, rows[-1]]) + "\n")
    with pytest.raises(Refusal, match="Keep one row a stamp"):  # a copy differs in nothing
        understand(path, id="place")
