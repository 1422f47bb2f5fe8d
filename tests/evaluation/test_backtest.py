"""Backtest: no look ahead, what is fitted when, and tables that equal plain loops."""

import jax
import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.data import Frequency, Panel, ar_error, ar_process
from stepahead.evaluation import (
    LAST_SEASON,
    LAST_VALUE,
    OriginDone,
    Prediction,
    backtest,
    coverage,
    mae,
    mase,
    mse,
    rmse,
    smape,
)

HORIZON, WINDOWS, STEP = 3, 4, 2


@pytest.fixture
def panel():
    rng = np.random.default_rng(0)
    arrays = [10 + rng.normal(size=(n, 2)).cumsum(axis=0) for n in (30, 25)]
    arrays[1][22, 0] = np.nan
    month = Frequency.parse("MS")
    return Panel.from_arrays(
        arrays, ids=["a", "b"], start=np.datetime64("2020-01-01"), frequency=month, names=["p", "q"]
    )


def mean_of_history(history):
    """Forecast each channel's mean at fit, with an interval of ±1 around the last value at
    predict."""
    at_fit = np.stack([np.nanmean(history.series(i), axis=0) for i in range(len(history))])

    def predict(history):
        mean = np.broadcast_to(at_fit[:, None], (len(history), HORIZON, history.channels))
        last = np.stack([history.series(i)[-1] for i in range(len(history))])
        quantiles = (last[:, None, :, None] + np.array([-1.0, 0.0, 1.0])).repeat(HORIZON, axis=1)
        return Prediction(mean, quantiles, (0.1, 0.5, 0.9))

    return predict


def test_against_a_plain_loop(panel):
    """Actual values, stamps, forecasts and the naive guesses of every origin, worked from the
    arrays."""
    report = backtest({"mean": mean_of_history}, panel, HORIZON, WINDOWS, STEP)
    assert report.models == ("mean",)
    assert report.season == 12
    for w in range(WINDOWS):
        for i, x in enumerate(panel.series(i) for i in range(2)):
            stop = len(x) - (WINDOWS - 1 - w) * STEP - HORIZON
            stamps = panel.times[panel.offsets[i] : panel.offsets[i + 1]]
            np.testing.assert_array_equal(report.actual[w, i], x[stop : stop + HORIZON])
            np.testing.assert_array_equal(report.stamps[w, i], stamps[stop : stop + HORIZON])
            assert report.origins[w, i] == stamps[stop - 1]
            np.testing.assert_allclose(
                report.mean["mean"][w, i],
                np.broadcast_to(np.nanmean(x[:stop], axis=0), (HORIZON, 2)),
            )
            np.testing.assert_array_equal(report.mean[LAST_VALUE][w, i, 2, 1], x[stop - 1, 1])
            season = 12 if stop >= 24 else 1
            expected = [
                x[stop + k - season, 1] if season > 1 else x[stop - 1, 1] for k in range(HORIZON)
            ]
            np.testing.assert_array_equal(report.mean[LAST_SEASON][w, i, :, 1], expected)
            np.testing.assert_allclose(
                report.scale[w, i, 1], np.abs(x[season:stop, 1] - x[: stop - season, 1]).mean()
            )


def test_values_after_an_origin_change_nothing_before_it(panel):
    """Garbage in the last steps leaves every forecast from an earlier origin equal to the bit."""
    garbage = panel.values.copy()
    ends = panel.offsets[1:]
    for end in ends:
        garbage[end - STEP : end] = 1e6
    before = backtest({"mean": mean_of_history}, panel, HORIZON, WINDOWS, STEP)
    after = backtest({"mean": mean_of_history}, panel.with_values(garbage), HORIZON, WINDOWS, STEP)
    for name in before.mean:
        np.testing.assert_array_equal(before.mean[name], after.mean[name])
    np.testing.assert_array_equal(before.quantiles["mean"], after.quantiles["mean"])
    np.testing.assert_array_equal(before.scale, after.scale)
    assert (before.actual[-1] != after.actual[-1]).any()


@pytest.mark.parametrize(
    ("refit", "fitted"), [(1, [0, 1, 2, 3]), (2, [0, 2]), (3, [0, 3]), (0, [0])]
)
def test_refit_policy_and_events(panel, refit, fitted):
    """Fitted at the origins that the policy names, told by events, predicted from the present
    history always."""
    lengths, seen = [], []

    def fit(history):
        lengths.append(len(history.values))

        def predict(history):
            seen.append(len(history.values))
            return mean_of_history(history)(history)

        return predict

    events = []
    backtest(
        {"one": fit, "two": mean_of_history},
        panel,
        HORIZON,
        WINDOWS,
        STEP,
        refit=refit,
        on_event=events.append,
    )
    assert [e.number for e in events if e.model == "one" and e.refitted] == fitted
    assert len(lengths) == len(fitted)
    assert seen == sorted(set(seen))
    assert len(events) == 2 * WINDOWS
    assert events[-1]._replace(prediction=None) == OriginDone(
        "two", WINDOWS - 1, WINDOWS, WINDOWS - 1 in fitted, None
    )


def test_a_sliding_window_ends_at_the_origin_and_begins_so_many_steps_before(panel):
    """Each history holds the newest `length` steps, all of a series that has no more; what is
    judged stays the same."""
    seen = []

    def fit(history):
        seen.append((history.lengths.tolist(), history.times[history.offsets[1:] - 1].tolist()))
        return mean_of_history(history)

    sliding = backtest({"m": fit}, panel, HORIZON, WINDOWS, STEP, length=19)
    expanding = backtest({"m": mean_of_history}, panel, HORIZON, WINDOWS, STEP)
    assert [lengths for lengths, _ in seen] == [[19, 16], [19, 18], [19, 19], [19, 19]]
    assert [ends for _, ends in seen] == expanding.origins.tolist()
    np.testing.assert_array_equal(sliding.actual, expanding.actual)


@pytest.mark.parametrize("refit", [1, 3, 0])
def test_a_run_that_was_cut_off_goes_on_to_the_same_result(panel, refit):
    """Predictions that are there are not made again, and missing ones are made by a model fitted at
    the origin at which it would have been."""
    made, fitted = {}, []

    def fit(history):
        fitted.append(len(history.values))
        forecast = mean_of_history(history)
        return lambda seen: Prediction(*forecast(seen))

    def keep(event):
        made[event.model, event.number] = event.prediction

    whole = backtest(
        {"a": fit, "b": fit}, panel, HORIZON, WINDOWS, STEP, refit=refit, on_event=keep
    )
    kept = {place: prediction for place, prediction in made.items() if place < ("b", 2)}
    fitted.clear()
    events = []
    again = backtest(
        {"a": fit, "b": fit},
        panel,
        HORIZON,
        WINDOWS,
        STEP,
        refit=refit,
        kept=kept,
        on_event=events.append,
    )
    assert len(fitted) == {1: 2, 3: 2, 0: 1}[refit]
    assert [event.kept for event in events if event.model == "b"] == [True, True, False, False]
    assert again.columns().keys() == whole.columns().keys()
    np.testing.assert_array_equal(again.mean["b"], whole.mean["b"])
    np.testing.assert_array_equal(again.quantiles["a"], whole.quantiles["a"])


def test_naive_forecasts_are_taken_from_a_reference(panel, monkeypatch):
    """Naive forecasts, scales and actual values come from a backtest of other models, none of them
    is computed again, and one of other series or at other origins is refused."""
    both = backtest(
        {"a": mean_of_history, "b": mean_of_history}, panel, HORIZON, WINDOWS, STEP, season=3
    )
    first = backtest({"a": mean_of_history}, panel, HORIZON, WINDOWS, STEP, season=3)
    for name in ("last_season", "seasonal_naive_mae"):
        monkeypatch.delattr(f"stepahead.evaluation._backtest.{name}")
    second = backtest(
        {"b": mean_of_history}, panel, HORIZON, WINDOWS, STEP, season=3, reference=first
    )
    assert second.reference is first.reference
    assert set(second.mean) == {"b", "last value", "last season"}
    assert set(second.quantiles) == set(second.probabilities) == {"b"}
    for name in second.mean:
        np.testing.assert_array_equal(second.mean[name], both.mean[name])
    for name in ("actual", "scale", "square_scale", "naive2", "origins", "stamps"):
        np.testing.assert_array_equal(getattr(second, name), getattr(both, name))
    for other in ({"season": 1}, {"season": 3, "step": STEP + 1}):
        sizes = {"step": STEP} | other
        with pytest.raises(Refusal, match="`reference` must be a backtest of the same series"):
            backtest({"b": mean_of_history}, panel, HORIZON, WINDOWS, reference=first, **sizes)


def test_leaderboard(panel):
    """Every column equals its metric over the points that count, the best MASE first."""
    report = backtest({"mean": mean_of_history}, panel, HORIZON, WINDOWS, STEP)
    board = report.leaderboard()
    assert (np.diff(board["mase"]) >= 0).all()
    assert set(board["model"]) == {"mean", LAST_VALUE, LAST_SEASON}
    row = list(board["model"]).index("mean")
    actual, mean = report.actual, report.mean["mean"]
    assert board["mae"][row] == pytest.approx(mae(actual, mean))
    assert board["rmse"][row] == pytest.approx(rmse(actual, mean))
    assert board["smape"][row] == pytest.approx(smape(actual, mean))
    assert board["mase"][row] == pytest.approx(
        mase(actual, mean, report.scale[:, :, None, :].repeat(HORIZON, axis=2))
    )
    low, high = report.quantiles["mean"][..., 0], report.quantiles["mean"][..., 2]
    assert board["coverage-80"][row] == pytest.approx(coverage(actual, low, high))
    assert np.isnan(np.delete(board["coverage-80"], row)).all()
    assert board["pinball"][row] > 0


def test_by_step(panel):
    """A row a step, a column a model; MASE unless another metric is asked for."""
    report = backtest({"mean": mean_of_history}, panel, HORIZON, WINDOWS, STEP)
    table = report.by_step(mse)
    assert table["step"].tolist() == [1, 2, 3]
    for k in range(HORIZON):
        assert table[LAST_VALUE][k] == pytest.approx(
            np.nanmean((report.mean[LAST_VALUE] - report.actual)[:, :, k] ** 2)
        )
    scaled = np.abs(report.mean["mean"] - report.actual) / report.scale[:, :, None, :]
    np.testing.assert_allclose(report.by_step()["mean"], np.nanmean(scaled, axis=(0, 1, 3)))


def test_columns(panel):
    """One long table: every cell is found where its keys say."""
    report = backtest({"mean": mean_of_history}, panel, HORIZON, WINDOWS, STEP)
    table = report.columns()
    assert {len(column) for column in table.values()} == {3 * WINDOWS * 2 * HORIZON * 2}
    chosen = (
        (table["model"] == "mean")
        & (table["unique_id"] == "b")
        & (table["step"] == 2)
        & (table["channel"] == "q")
    )
    np.testing.assert_array_equal(table["ds"][chosen], report.stamps[:, 1, 1])
    np.testing.assert_array_equal(table["origin"][chosen], report.origins[:, 1])
    np.testing.assert_array_equal(table["actual"][chosen], report.actual[:, 1, 1, 1])
    np.testing.assert_array_equal(table["q-0.9"][chosen], report.quantiles["mean"][:, 1, 1, 1, 2])
    assert np.isnan(table["q-0.9"][table["model"] == LAST_VALUE]).all()


def test_error_of_the_right_model_is_the_theory_s():
    """AR(1) forecast with its own coefficient: the error by step is σ²(1−φ²ᵏ)/(1−φ²), below naive
    at every step."""
    phi, horizon = 0.6, 4
    panel = Panel.from_arrays(ar_process([phi], 40, key=jax.random.key(5), series=4000))

    def fit(history):
        def predict(history):
            last = history.values[history.offsets[1:] - 1]
            return Prediction(last[:, None, :] * phi ** np.arange(1, horizon + 1)[:, None])

        return predict

    table = backtest({"right": fit}, panel, horizon, windows=5).by_step(mse)
    np.testing.assert_allclose(table["right"], ar_error([phi], 1.0, horizon), rtol=0.04)
    assert (table["right"] < table[LAST_VALUE]).all()


def test_constant_history_has_no_mase():
    """An undefined MASE is NaN in the table, and by step the MAE takes its place."""

    def fit(history):
        return lambda history: Prediction(np.full((1, 1, 1), 5.0))

    report = backtest({"five": fit}, Panel.from_arrays([[4.0, 4.0, 4.0, 6.0]]), 1, 1)
    board = report.leaderboard()
    assert np.isnan(board["mase"]).all()
    assert board["model"][0] == "five"
    assert report.by_step()["five"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("fits", "given", "match"),
    [
        ({}, {}, "no model to backtest"),
        ({"last value": mean_of_history}, {}, "may not be named 'last value'"),
        ({"m": mean_of_history}, {"refit": -1}, "`refit` must be at least 0"),
        ({"m": mean_of_history}, {"windows": 30}, "'b' \\(25\\)"),
        (
            {"m": lambda history: lambda history: Prediction(np.zeros((2, 9, 2)))},
            {},
            "mean of model 'm' must be .* = \\(2, 3, 2\\)",
        ),
        (
            {"m": lambda history: lambda history: Prediction(np.full((2, 3, 2), np.nan))},
            {},
            "not finite for series 'a'",
        ),
        (
            {
                "m": lambda history: (
                    lambda history: Prediction(np.zeros((2, 3, 2)), np.zeros((2, 3, 2, 1)))
                )
            },
            {},
            "quantiles of model 'm'",
        ),
    ],
)
def test_refusals(panel, fits, given, match):
    """Arguments that cannot be judged are refused by name."""
    with pytest.raises(Refusal, match=match):
        backtest(fits, panel, HORIZON, **{"windows": WINDOWS, **given})
