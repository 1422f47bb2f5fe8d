"""Tables with numbers as people write them, rows that are no observations, and rows that are not
there; and kin of each."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.data import inspect
from stepahead.readers import read, understand

DAYS = pd.date_range("2024-01-01", periods=6)


@pytest.mark.parametrize(
    "name", ["thousands-comma-semicolon.csv", "thousands-dot-german-dates.csv"]
)
def test_a_mark_after_numbers_just_below_a_thousand_stands_between_thousands(
    cases: Path, name: str
) -> None:
    reading = understand(cases / name)
    assert reading.panel.values[:, 0].tolist() == [707, 801, 950, 1002, 1120, 990]
    assert "read as thousands marks" in reading.summary
    mark = "," if "comma" in name else "."
    assert read(cases / name, decimal=mark).values[:, 0].tolist() == [
        707,
        801,
        950,
        1.002,
        1.12,
        990,
    ]
    assert read(cases / name, thousands=mark).values[3, 0] == 1002


def test_percents_beside_fractions_are_refused_and_percents_alone_are_fractions(
    cases: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        Refusal, match=r"'12%' in row 2 and '0\.13' in row 3: percents beside other numbers"
    ):
        read(cases / "percent-and-fraction.csv")
    path = tmp_path / "percent.csv"
    path.write_text((cases / "percent-and-fraction.csv").read_text().replace("0.13", "12.3%"))
    reading = understand(path)
    assert reading.panel.values[:, 0].tolist() == [0.12, 0.123, 0.14, 0.15, 0.16, 0.17]
    assert "12% is 0.12" in reading.summary


def test_parentheses_are_a_minus(cases: Path) -> None:
    reading = understand(cases / "accounting-negatives.csv")
    cells = pd.read_csv(cases / "accounting-negatives.csv")["profit"]
    right = [-float(cell.strip("()")) if "(" in cell else float(cell) for cell in cells]
    assert reading.panel.values[:, 0].tolist() == right and min(right) == -254
    assert "numbers in parentheses read as negative" in reading.summary


def test_a_number_shortened_by_a_letter_is_named_with_its_row(cases: Path) -> None:
    with pytest.raises(
        Refusal,
        match=(
            r"Row 2 of thousand-suffix\.csv holds '1\.2k' in column 'y'.*Write it out \(1\.2k is"
            r" 1200\)"
        ),
    ):
        read(cases / "thousand-suffix.csv")


def test_rows_without_a_value_at_the_end_are_the_future(cases: Path) -> None:
    reading = understand(cases / "promo-future-rows.csv")
    assert reading.panel.times[-1] == np.datetime64("2022-07-19") and reading.panel.missing == 0
    assert "columns not used: promo; 14 rows at the end hold no value but promo" in reading.summary
    assert "the forecast begins at 2022-07-20; `known='promo'`" in reading.summary
    told = read(cases / "promo-future-rows.csv", known="promo")
    assert told.times[-1] == np.datetime64("2022-07-19") and told.covariates.reaches().tolist() == [
        214
    ]


def test_the_future_is_found_series_by_series_and_only_where_other_columns_are_filled() -> None:
    long = pd.DataFrame(
        {
            "shop": ["a"] * 6 + ["b"] * 6,
            "day": [*DAYS, *DAYS],
            "y": [1, 2, 3, 4, None, None, 5, None, 7, 8, 9, None],
        }
    )
    promo = ["no", "no", "yes", "no", "yes", "yes", "no", "no", "yes", "no", "yes", "yes"]
    panel = read(long.assign(promo=promo))
    np.testing.assert_array_equal(panel.values[:, 0], [1, 2, 3, 4, 5, np.nan, 7, 8, 9])
    assert (
        "3 rows at the end hold no value but promo" in panel.source
        and "after its last value" in panel.source
    )
    promo[4:6] = ["", ""]
    assert read(long.assign(promo=promo)).lengths.tolist() == [6, 5]
    assert read(long).lengths.tolist() == [6, 6]
    assert read(long.assign(rownames=range(1, 13))).lengths.tolist() == [6, 6]
    wide = pd.DataFrame(
        {
            "day": DAYS,
            "north": [1, 2, 3, 4, 5, None],
            "south": [1, 2, 3, None, None, None],
            "open": ["yes"] * 6,
        }
    )
    assert read(wide).lengths.tolist() == [5, 5]


def test_no_row_can_mean_zero(cases: Path) -> None:
    path = cases / "sales-only-days-with-a-sale.csv"
    reading = understand(path)
    assert (
        "781 of 1,081 steps have no row and count as missing; if no row means zero, say `fill=0`"
        in reading.summary
    )
    panel = read(path, fill=0)
    table = pd.read_csv(path, parse_dates=["date"])
    for number, name in enumerate(panel.ids):
        own = table[table["sku"] == name].set_index("date")["units"]
        days = pd.date_range(own.index[0], table["date"].max())
        np.testing.assert_array_equal(panel.series(number)[:, 0], own.reindex(days, fill_value=0))
    assert "steps without a row read as 0" in panel.source and "end before" not in panel.source


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 20), st.one_of(st.none(), st.integers(1, 9))),
        min_size=3,
        max_size=25,
    )
)
@settings(max_examples=15, deadline=None)
def test_a_filled_step_is_one_without_a_row(rows: list[tuple[int, int, int | None]]) -> None:
    """A cell that is empty in a row that is there stays missing; series go on to the last value of
    the table."""
    seen = {(series, day): value for series, day, value in rows}
    held = {series for (series, _), value in seen.items() if value is not None}
    seen = {(series, day): value for (series, day), value in seen.items() if series in held}
    if not seen:
        return
    frame = pd.DataFrame(
        [(f"s{series}", day, value) for (series, day), value in seen.items()],
        columns=["unique_id", "ds", "y"],
    )
    panel = read(frame, fill=0, frequency="1")
    last = max(day for (_, day), value in seen.items() if value is not None)
    for number, name in enumerate(panel.ids):
        own = {day: value for (series, day), value in seen.items() if f"s{series}" == name}
        right = [own.get(day, 0) for day in range(min(own), max(last, *own, min(own)) + 1)]
        np.testing.assert_array_equal(panel.series(number)[:, 0], np.array(right, dtype=float))


def test_a_total_in_the_last_row_is_named(cases: Path, tmp_path: Path) -> None:
    with pytest.raises(
        Refusal,
        match=(
            r"Row 50 .* holds 'Total' in column 'Month' and 59213 in column 'Sales', the sum of the"
            r" rows above"
        ),
    ):
        read(cases / "totals-row.csv")
    path = tmp_path / "sales.csv"
    text = (cases / "totals-row.csv").read_text()
    path.write_text(text.replace("Total,", ","))
    with pytest.raises(
        Refusal,
        match=r"Row 50 .* holds 59213 in column 'Sales', the sum of the rows above: it is a total",
    ):
        read(path)
    path.write_text(text.replace("Total,59213", "Total,58213"))
    with pytest.raises(
        Refusal, match="holds 'Total' in the time column 'Month', which is not a date"
    ):
        read(path)


def test_a_column_that_is_the_sum_of_the_others_is_said(cases: Path) -> None:
    assert (
        "'Total' is the sum of the others at every step"
        in understand(cases / "total-column.csv").summary
    )


@given(
    st.lists(st.lists(st.integers(-50, 50), min_size=4, max_size=4), min_size=2, max_size=4),
    st.integers(0, 3),
    st.sampled_from([0, 1, -7]),
    st.sampled_from(["wide", "long", "channels"]),
)
@settings(max_examples=15, deadline=None)
def test_it_is_the_sum_that_makes_a_total(
    parts: list[list[int]], at: int, off: int, shape: str
) -> None:
    names = [f"s{i}x" for i in range(len(parts))]
    total = np.sum(parts, axis=0)
    total[at] += off
    wide = pd.DataFrame({"ds": DAYS[:4], **dict(zip(names, parts, strict=True)), "whole": total})
    others = {name: wide.drop(columns=["ds", name]).sum(axis=1) for name in [*names, "whole"]}
    right = {
        name for name, beside in others.items() if (wide[name] == beside).all() and wide[name].any()
    }
    if shape == "channels":
        said = read(wide, target=[*names, "whole"]).source
    else:
        said = read(
            wide
            if shape == "wide"
            else wide.melt(id_vars="ds", var_name="unique_id", value_name="y")
        ).source
    assert {
        name for name in [*names, "whole"] if f"'{name}' is the sum of the others" in said
    } == right


def test_a_series_that_ends_before_the_others_is_said_by_name(cases: Path) -> None:
    summary = understand(cases / "one-series-ended-early.csv").summary
    assert (
        "1 of 3 series ends before 2022-12-01: 'ended' at 2021-06-01 (18 steps before)" in summary
    )
    wide = pd.DataFrame({"ds": DAYS, "p": [1.0, 2, 3, 4, 5, 6], "q": [1.0, 2, 3, 4, 5, None]})
    assert (
        "1 of 2 series ends before 2024-01-06: 'q' at 2024-01-05 (1 step before)"
        in read(wide).source
    )
    assert "before" not in read(wide.fillna(0.0)).source


def test_every_column_without_a_role_is_named() -> None:
    frame = pd.DataFrame(
        {
            "ds": DAYS,
            "y": range(6),
            "note": list("abcdef"),
            "flag": [True] * 6,
            "rownames": range(1, 7),
            "price": 1.5,
        }
    )
    assert "columns not used: note, flag, rownames, price" in read(frame).source
    assert "columns not used: note, rownames" in read(frame, known="price", past="flag").source
    many = pd.concat([frame, pd.DataFrame({f"n{i}x": range(6) for i in range(30)})], axis=1)
    assert "n15x and 14 more" in read(many).source


def test_a_future_that_contradicts_the_data_or_names_a_stranger_is_said() -> None:
    data = pd.DataFrame(
        {
            "shop": ["a"] * 4 + ["b"] * 4,
            "day": [*DAYS[:4]] * 2,
            "y": range(8),
            "price": [9, 8, 7, 6, 5, 4, 3, 2],
        }
    )
    future = pd.DataFrame(
        {
            "shop": ["a", "a", "b", "zoo"],
            "day": [*DAYS[3:5], DAYS[4], DAYS[4]],
            "price": [66, 5, 1, 1],
            "y": [None] * 4,
        }
    )
    panel = read(data, known="price", target="y", future=future)
    np.testing.assert_array_equal(panel.covariates.known[:, 0], [9, 8, 7, 6, 5, 5, 4, 3, 2, 1])
    assert "the future names 'zoo', which is no series here; left out" in panel.source
    assert (
        "gives 1 known values otherwise" in panel.source
        and "'price' of 'a' at 2024-01-04 is 6, and not 66" in panel.source
    )
    assert "of the future: columns not used: y" in panel.source
    said = read(data, known="price", target="y", future=future.iloc[1:3]).source
    assert "otherwise" not in said and "no series here" not in said
    assert (
        "'zoo', which is no series here serves all series"
        in read(data, known="price", target="y", future=future.iloc[3:]).source
    )


def test_a_daily_curve_has_no_outliers_and_planted_ones_are_found(cases: Path) -> None:
    panel = read(cases / "hourly-sine-no-outliers.csv.gz")
    assert inspect(panel).outliers == 0
    values = panel.values.copy()
    planted = [3, 100, 333, 716]
    values[planted, 0] += [60, -60, 45, -45]
    assert (
        inspect(panel.with_values(values)).rows[0].outlier_times.tolist()
        == panel.times[planted].tolist()
    )
    assert inspect(panel.with_values(values.round())).outliers == 4
