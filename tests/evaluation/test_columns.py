"""Tables as they show themselves, and a backtest as its leaderboard."""

import numpy as np

from stepahead.data import Panel
from stepahead.evaluation import Columns, Prediction, backtest


def test_numbers_stand_right_and_words_left_and_long_tables_lose_their_middle() -> None:
    table = Columns(
        name=np.array(["a", "long"], object),
        when=np.array(["2024-01-01", "2024-02-01"], "M8[D]"),
        miss=np.array([np.nan, 1e6]),
    )
    assert str(table).splitlines() == [
        "name  when         miss",
        "a     2024-01-01    nan",
        "long  2024-02-01  1e+06",
    ]
    lines = repr(Columns(k=np.arange(100))).splitlines()
    assert [line.strip() for line in (*lines[:2], *lines[20:23], lines[-1])] == [
        "k",
        "0",
        "19",
        "…",
        "80",
        "99",
    ]


def test_a_notebook_shows_a_table_and_no_markup_of_the_user() -> None:
    shown = Columns(model=np.array(["<b>"], object), mase=np.array([0.123456]))._repr_html_()
    assert "<th>model</th><th>mase</th>" in shown and "<td>&lt;b&gt;</td><td>0.1235</td>" in shown


def test_a_backtest_shows_its_leaderboard() -> None:
    def five(history: Panel):
        return lambda seen: Prediction(np.full((len(seen), 2, 1), 5.0))

    report = backtest({"five": five}, Panel.from_arrays([np.arange(8.0)]), horizon=2, windows=3)
    assert repr(report) == "Backtest(five; origins=3, series=1, horizon=2)"
    assert report._repr_html_() == report.leaderboard()._repr_html_()
    assert "<td>five</td>" in report._repr_html_()
