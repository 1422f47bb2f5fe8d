"""Tables from a backtest: each cell equals its metric, intervals stand beside their level, and what
is left out is said."""

import numpy as np
import pandas as pd
import pytest

from stepahead import Prediction
from stepahead.data import Panel
from stepahead.evaluation import (
    backtest,
    coverage,
    intervals,
    left_out,
    mape,
    msis,
    owa,
    rmsse,
    scores,
    winkler,
)
from stepahead.readers import write_parquet

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    arrays = [
        20 + 5 * np.sin(np.arange(n) * np.pi / 2)[:, None] + rng.normal(size=(n, 2))
        for n in (30, 25)
    ]
    arrays[0][-1, 0], arrays[1][-2, 1] = np.nan, 0.0

    def fit(history):
        middle = np.stack([np.nanmean(history.series(i), axis=0) for i in range(len(history))])
        mean = np.repeat(middle[:, None], 3, axis=1)
        return lambda seen: Prediction(mean, mean[..., None] + 9 * (np.array(LEVELS) - 0.5), LEVELS)

    return backtest(
        {"mean": fit},
        Panel.from_arrays(arrays, ids=["a", "b"], names=["p", "q"]),
        3,
        4,
        2,
        season=4,
    )


def test_scores_equal_their_metrics(report):
    """One row a model, Naive2 worked out at every origin; quantile scores only where there are
    quantiles."""
    table = scores(report)
    row = table["model"].tolist().index("mean")
    mean = report.mean["mean"]
    assert table["mape"][row] == pytest.approx(mape(report.actual, mean))
    assert table["rmsse"][row] == pytest.approx(
        rmsse(report.actual, mean, report.square_scale[:, :, None])
    )
    flat = [np.moveaxis(a, 3, 2).reshape(-1, 3) for a in (report.actual, mean, report.naive2)]
    assert table["owa"][row] == pytest.approx(owa(*flat, report.scale.reshape(-1)))
    assert np.isnan(np.delete(table["crps"], row)).all() and table["crps"][row] > 0
    assert table["crps"][row] == pytest.approx(2 * table["pinball"][row], rel=0.2)


def test_intervals_beside_their_level(report):
    """A row a pair of quantiles, by step a row a step, each equal to its metric."""
    table = intervals(report)
    assert table["level"].tolist() == [50, 80] and set(table["model"]) == {"mean"}
    quantiles, scale = report.quantiles["mean"], report.scale[:, :, None].repeat(3, axis=2)
    ends = quantiles[..., 0], quantiles[..., 4]
    assert table["coverage"][1] == pytest.approx(100 * coverage(report.actual, *ends))
    assert table["msis"][1] == pytest.approx(msis(report.actual, *ends, 80, scale))
    by_step = intervals(report, by_step=True)
    assert by_step["step"].tolist() == [1, 2, 3, 1, 2, 3]
    np.testing.assert_allclose(
        by_step["winkler"][3:], winkler(report.actual, *ends, 80, axis=(0, 1, 3))
    )


def test_what_is_left_out_is_said(report):
    """A value that never came, a zero under a percentage, a history that never changes; nothing to
    say where all counts."""
    said = left_out(report)
    assert said == (
        "1 of 48 values to be forecast never came (series 'a'): they are left out everywhere.",
        (
            "1 of 48 actual values are 0 (series 'b'), where a percentage is undefined: they are"
            " left out of mape."
        ),
    )
    flat = backtest(
        {"five": lambda seen: lambda seen: Prediction(np.full((1, 1, 1), 5.0))},
        Panel.from_arrays([[4.0, 4.0, 4.0, 6.0]]),
        1,
        1,
    )
    assert "1 of 1 histories never change (series '0')" in left_out(flat)[0]
    assert (
        np.isnan(scores(flat)["mase"]).all()
        and np.isnan(scores(flat)["owa"]).all()
        and scores(flat)["mae"][0] == 1
    )


def test_the_result_as_a_table_and_as_parquet(report, tmp_path):
    """Id, origin, step, actual, mean and quantiles, a row each, and the same again from the
    file."""
    table = report.table()
    assert {
        "model",
        "unique_id",
        "origin",
        "ds",
        "step",
        "channel",
        "actual",
        "forecast",
        "q-0.1",
        "q-0.9",
    } <= set(table.columns)
    write_parquet(table, tmp_path / "report.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "report.parquet"), table, check_dtype=False
    )
