"""Covariates are columns by name, in long and wide tables, with their future in the same table or
another."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepahead._check import Refusal
from stepahead.readers import read, understand

DAYS = pd.date_range("2024-01-01", periods=4)
LONG = pd.DataFrame(
    {
        "store": ["a"] * 4 + ["b"] * 4,
        "day": [*DAYS, *DAYS],
        "sales": [1, 2, 3, None, 4, 5, 6, None],
        "price": [9, 8, 7, 6, 19, 18, None, 16],
        "visits": [10, 20, 30, None, 40, 50, 60, None],
        "open": ["yes", "no", "yes", "no"] * 2,
        "size": [100] * 4 + [200] * 4,
    }
)
TOLD: dict[str, Any] = {
    "target": "sales",
    "known": ["price", "open"],
    "past": "visits",
    "static": "size",
}


def test_columns_become_covariates_and_rows_without_a_target_their_future() -> None:
    reading = understand(LONG, **TOLD)
    panel, held = reading.panel, reading.panel.covariates
    assert (panel.names, panel.ids.tolist(), panel.values[:, 0].tolist()) == (
        ("sales",),
        ["a", "b"],
        [1, 2, 3, 4, 5, 6],
    )
    np.testing.assert_array_equal(held.known[:, 0], [9, 8, 7, 6, 19, 18, np.nan, 16])
    assert held.known[:, 1].tolist() == [1, 0, 1, 0] * 2
    assert held.past[:, 0].tolist() == [10, 20, 30, 40, 50, 60] and held.static[:, 0].tolist() == [
        100,
        200,
    ]
    assert (
        "covariates: known 'price', 'open'; past 'visits'; static 'size'; known up to 2024-01-04; "
        "1 of their values missing" in panel.source
    )


def test_the_future_may_be_a_table_of_its_own() -> None:
    later = LONG[LONG.sales.isna()][["store", "day", "price", "open"]]
    panel = read(LONG[LONG.sales.notna()], **TOLD, future=later)
    whole = read(LONG, **TOLD)
    np.testing.assert_array_equal(panel.covariates.known, whole.covariates.known)
    assert (
        panel.covariates.offsets.tolist() == [0, 4, 8] and "known up to 2024-01-04" in panel.source
    )


def test_in_a_wide_table_they_belong_to_every_series() -> None:
    wide = pd.DataFrame(
        {
            "day": DAYS,
            "north": [1, 2, 3, None],
            "south": [None, 5, 6, None],
            "holiday": [0, 0, 1, 1],
        }
    )
    panel = read(wide, known="holiday")
    assert panel.ids.tolist() == ["north", "south"] and panel.values[:, 0].tolist() == [
        1,
        2,
        3,
        5,
        6,
    ]
    assert panel.covariates.known[:, 0].tolist() == [0, 0, 1, 1, 0, 1, 1]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"known": "pric"}, "There is no column 'pric'.*Did you mean 'price'"),
        ({"known": "price", "past": "price"}, "'price' is named twice among the covariates"),
        ({"known": "sales"}, "'sales' is named as a covariate and as something else"),
        ({"future": LONG}, "no column is named for it"),
        (
            {"static": "price"},
            "'price' is not a static covariate: in series 'a' it goes from 7 to 9",
        ),
        (
            {"known": "price", "future": LONG[["store", "day", "price"]].head(4)},
            "hold nothing for series 'b'",
        ),
    ],
)
def test_what_cannot_be_a_covariate_is_refused(told: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        read(LONG, target="sales", **told)
    with pytest.raises(Refusal, match="An array has no column 'price'"):
        read(np.zeros(3), known="price")
