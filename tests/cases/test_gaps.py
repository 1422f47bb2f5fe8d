"""Gaps at the edges, series that end early, levels and units: files as people have them, and rules
that every model keeps."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from registry import CASES, Case, made
from sklearn.linear_model import LinearRegression

import stepahead as sa
from stepahead import data, evaluation, forecasting, models
from stepahead._check import Refusal
from stepahead.cli.forecast._update import gap_note, new_steps
from stepahead.data import Panel
from stepahead.forecasting import ETS, AutoARIMA, Ensemble, Regressor, Theta
from stepahead.workflow import candidates

NAN = np.nan
BASELINES = [models.Naive(), models.SeasonalNaive(4), models.Drift(), models.Mean()]
SERIES = [np.random.default_rng(n).normal(size=n) for n in (40, 23, 9)]


def panel_of(*arrays: np.ndarray, **options) -> Panel:
    return Panel.from_arrays([np.asarray(one, float) for one in arrays], **options)


@pytest.fixture
def cases(data_folder: Path) -> Path:
    """The folder of small files beside the data."""
    folder = data_folder.parent / "cases"
    if not folder.is_dir():
        pytest.skip(
            f"needs the case files, which are not part of the project (looked for {folder})"
        )
    return folder


def mean(spec, panel: Panel, horizon: int = 2, **options) -> np.ndarray:
    return sa.fit(spec, panel, horizon, key=0, **options).predict().mean


# A gap at the edge of what a model looks at


def test_a_day_missing_in_the_last_week_is_the_one_of_the_week_before(cases: Path) -> None:
    panel = sa.read(cases / "shop-day-missing-last-week.csv")
    right = [
        238.6,
        277.6,
        322.1,
        370.2,
        390.9,
        444.7,
        204.3,
    ]  # Friday the 26th is missing: 370.2 is that of the 19th
    assert mean(models.SeasonalNaive(7), panel, 7).ravel().tolist() == right
    first = sa.auto(
        panel, 7, key=0, clock=lambda: 0.0, choose_from=lambda *told: candidates(*told)[:1]
    )
    np.testing.assert_allclose(first.forecaster.predict().mean.ravel(), right)


def test_the_last_value_is_the_last_that_was_seen() -> None:
    y = 10 + np.arange(28.0) % 7
    y[-1] = NAN
    assert mean(models.Naive(), panel_of(y)).ravel().tolist() == [15, 15]
    both = np.stack([y, np.arange(28.0)], axis=1)
    assert mean(models.Naive(), panel_of(both))[0].tolist() == [[15, 27], [15, 27]]
    assert mean(models.SeasonalNaive(7), panel_of(y), 7).ravel().tolist() == [
        10,
        11,
        12,
        13,
        14,
        15,
        16,
    ]


def test_a_place_of_the_season_that_was_never_seen_is_the_value_before_it() -> None:
    y = np.tile([100.0, 200.0, 300.0], 8)
    y[1::3] = NAN
    assert mean(models.SeasonalNaive(3), panel_of(y), 3).ravel().tolist() == [100, 100, 300]
    short = mean(models.SeasonalNaive(7), panel_of(np.arange(50.0) % 7 + 50, [205.0, 206.0]), 7)
    assert short[1].ravel().tolist() == [205] * 5 + [205, 206]


@pytest.mark.parametrize(
    ("spec", "scaler"),
    [
        *((spec, data.identity()) for spec in (*BASELINES, models.LinearAR(4))),
        (models.LinearAR(4), data.seasonal_additive(4)),
    ],
    ids=repr,
)
def test_no_forecast_comes_from_nothing_known_being_zero(spec, scaler) -> None:
    draw = np.random.default_rng(1)
    y = 1e6 + draw.normal(size=(40, 2))
    y[-1, 0] = y[-4, 0] = y[-5, 1] = y[:6, 1] = NAN
    short = 1e6 + draw.normal(size=(3, 2))
    ahead = mean(
        spec, panel_of(y, short, np.where(np.arange(40)[:, None] < 37, y, NAN)), 6, scaler=scaler
    )
    assert (np.abs(ahead - 1e6) < 50).all()


STANDS_IN = [
    case
    for case in CASES
    if not case.mask and not isinstance(case.spec, models.Mean | models.Drift)
]


@pytest.mark.parametrize("case", STANDS_IN[::6], ids=repr)
def test_a_value_missing_at_the_start_of_the_context_is_the_last_seen_before_it(case: Case) -> None:
    """Forecasts are those of the same series with that value put there, whatever the model."""
    values = np.random.default_rng(3).gamma(2.0, 0.7, (9, case.channels)) + 3
    values[5, -1] = NAN
    there = values.copy()
    there[5, -1] = values[2, -1] if getattr(made(case).body, "repeats", 1) == 3 else values[4, -1]
    told = [
        forecasting.predict(made(case), data.identity().fit(panel), panel, 2, context=4, key=0).mean
        for panel in (panel_of(values), panel_of(there))
    ]
    np.testing.assert_allclose(told[0], told[1], rtol=1e-6)


def test_conformal_intervals_stand_around_a_forecast_across_a_gap() -> None:
    y = (
        300
        + 100 * np.sin(np.arange(120) * 2 * np.pi / 7)
        + np.random.default_rng(0).normal(size=120)
    )
    y[[-7, -30]] = NAN
    low, high = (
        sa.fit(sa.conformal(models.SeasonalNaive(7)), panel_of(y), 7, key=0, season=7)
        .predict(levels=[80])
        .interval(80)
    )
    truth = 300 + 100 * np.sin(np.arange(120, 127) * 2 * np.pi / 7)
    assert (low.ravel() - 3 < truth).all() and (truth < high.ravel() + 3).all()


def test_the_yardstick_is_as_good_as_the_honest_one_where_a_tenth_is_missing() -> None:
    draw = np.random.default_rng(2)
    y = 50 + 20 * np.sin(np.arange(24 * 21) * 2 * np.pi / 24) + draw.normal(size=24 * 21)
    y[draw.random(len(y)) < 0.1] = NAN
    report = sa.backtest(
        [models.SeasonalNaive(24)], panel_of(y), 24, 3, key=0, step=24, season=24, levels=()
    )
    names = [name for name in report.mean if name.startswith("Seasonal")]
    np.testing.assert_allclose(report.mean[names[0]], report.mean["last season"], rtol=1e-12)
    assert evaluation.mae(report.actual, report.mean[names[0]]) < 2


# A gap at the end


def test_changes_go_on_from_the_last_value_over_the_gap() -> None:
    y = 100 + np.arange(60.0)
    y[-3:] = NAN
    for spec in (models.Naive(), models.LinearAR(2), models.Drift()):
        np.testing.assert_allclose(
            mean(spec, panel_of(y), 3, scaler=data.difference()).ravel(), [160, 161, 162]
        )
    both = np.stack([y, np.arange(60.0)], axis=1)  # a channel that ends before the other
    ahead = mean(models.LinearAR(2, ridge=1e-9), panel_of(both), 3, scaler=data.difference())
    np.testing.assert_allclose(ahead[0], [[160, 60], [161, 61], [162, 62]], rtol=1e-6)
    seasonal = np.arange(48.0) + 10 * (np.arange(48) % 4)
    seasonal[-3] = NAN
    right = np.arange(48, 52) + 10 * (np.arange(48, 52) % 4)
    np.testing.assert_allclose(
        mean(models.Naive(), panel_of(seasonal), 4, scaler=data.difference(4)).ravel(), right
    )


def test_intervals_widen_over_the_gap_as_a_random_walk_does() -> None:
    walk = np.random.default_rng(0).normal(size=600).cumsum()
    walk[-20:] = NAN
    step = np.sqrt(np.mean(np.square(np.diff(walk[:-20]))))
    for spec, paths in ((models.Naive(), 2000), (sa.conformal(models.Naive()), 1)):
        low, high = (
            sa.fit(spec, panel_of(walk), 2, key=0).predict(levels=[80], paths=paths).interval(80)
        )
        np.testing.assert_allclose(
            (high - low).ravel(), 2 * 1.2816 * step * np.sqrt([21, 22]), rtol=0.15
        )


STRUCTURAL = models.StateSpace(models.LocalLevel())
GRU = models.GRU(3)
FEW = sa.training.Gradient(span=4, epochs=1, batch=8, steps=2)


def as_many_further(
    forecaster, late: np.ndarray, cut: Panel, ended: Panel, horizon: int = 2, **options
) -> bool:
    """True where a panel of which the series end `late` steps before is forecast as the one without
    these steps, so much further."""
    got = forecaster.predict(horizon, panel=ended, **options)
    further = forecaster.predict(horizon + int(late.max()), panel=cut, **options)
    return all(
        np.allclose(
            getattr(got, part)[series],
            getattr(further, part)[series, behind : behind + horizon],
            rtol=1e-5,
            atol=1e-6,
        )
        for series, behind in enumerate(late)
        for part in ("mean", "quantiles")
    )


@pytest.mark.parametrize(
    "spec",
    [
        *(models.Naive(), models.LinearAR(3), GRU, STRUCTURAL),
        *(ETS(), Theta(), Regressor(LinearRegression(), 3)),
    ],
    ids=repr,
)
def test_a_series_that_ends_g_steps_before_is_forecast_g_steps_further(spec) -> None:
    late = np.array([0, 3, 2] if spec == Theta() else [0, 3, 3])
    cut = panel_of(*SERIES)
    ended = panel_of(
        *(np.append(one, np.full(g, NAN)) for one, g in zip(SERIES, late, strict=True))
    )
    options = {"training": FEW} if spec is GRU else {}
    forecaster = sa.fit(spec, cut, 2, key=0, **options)
    assert as_many_further(
        forecaster, late, cut, ended, **({} if spec is GRU else {"levels": [80]}), paths=20
    )
    if spec is GRU:
        assert as_many_further(
            Ensemble((forecaster, sa.fit(spec, cut, 2, key=1, **options))), late, cut, ended
        )


def test_channels_of_a_baseline_end_by_themselves() -> None:
    left, right = SERIES[0], SERIES[0][::-1].copy()
    right[-5:] = NAN
    both = sa.fit(models.Naive(), panel_of(np.stack([left, right], axis=1)), 2, key=0).predict(
        levels=[80], paths=2000
    )
    low, high = both.interval(80)
    assert both.mean[0, 0].tolist() == [left[-1], right[-6]]
    np.testing.assert_allclose((high - low)[0, 0, 1] / (high - low)[0, 0, 0], np.sqrt(6), rtol=0.35)


def test_what_is_known_of_the_gap_is_used() -> None:
    """Each step adds what was known of it: a forecast that passed over the gap's own would be off
    by their sum."""
    known = np.random.default_rng(0).integers(1, 9, 60).astype(float)
    y = known.cumsum()
    shown = y[:57].copy()
    shown[-4:] = NAN
    covered = data.with_covariates(panel_of(shown), known=panel_of(known, names=["x"]))
    np.testing.assert_allclose(mean(models.LinearAR(1), covered, 3).ravel(), y[57:], rtol=1e-8)
    past = data.with_covariates(panel_of(shown), past=panel_of(known[:57], names=["x"]))
    assert np.isfinite(mean(models.LinearAR(1), past, 3)).all()


def test_a_series_that_ended_early_is_named_and_a_gap_before_new_rows_counted(cases: Path) -> None:
    panel = sa.read(cases / "one-series-ended-early.csv")
    assert (
        "1 of 3 series ends before 2022-12-01: 'ended' at 2021-06-01 (18 steps before)"
        in panel.source
    )
    new = sa.read(cases / "one-series-ended-early-new-after-gap.csv", frequency="MS")
    later, _ = new_steps(panel, new)
    said = gap_note(panel, later)
    assert (
        said is not None
        and "4 steps of series 'old' are not there (from 2023-01-01 to 2023-04-01)" in said
    )
    after = sa.fit(models.Naive(), panel, 1, key=0).update(later)
    assert (
        after.history.lengths.max() == 48 + 5
        and after.predict().mean[list(panel.ids).index("old")].item() == 1500
    )
    assert "ends before" not in sa.read(cases / "shop-day-missing-last-week.csv").source


# Levels and units


def moved(series: list[np.ndarray], a: float, b: float) -> Panel:
    return panel_of(*(a * one + b for one in series))


@pytest.mark.parametrize("spec", [*BASELINES, models.LinearAR(3)], ids=repr)
@settings(max_examples=5, phases=[Phase.generate])
@given(power=st.floats(-30, 15), far=st.floats(-2, 10), sign=st.sampled_from([-1, 0, 1]))
def test_a_forecast_moves_with_the_level_and_the_unit(
    spec, power: float, far: float, sign: int
) -> None:
    a = 10.0**power
    b = sign * a * 10.0**far
    series = [*SERIES, np.zeros(12), np.full(12, 3.0)]
    plain, there = (
        sa.fit(spec, panel, 2, key=0).predict(levels=[80], paths=50)
        for panel in (moved(series, 1, 0), moved(series, a, b))
    )
    left = 1e-9 + 1e-14 * abs(b / a)  # what float64 leaves of a unit spread at that level
    np.testing.assert_allclose((there.mean - b) / a, plain.mean, atol=100 * left, rtol=1e-9)
    np.testing.assert_allclose(
        (there.quantiles - b) / a, plain.quantiles, atol=1000 * left, rtol=1e-9
    )


@pytest.mark.parametrize("spec", [ETS(), Theta(), AutoARIMA(constant=True), STRUCTURAL], ids=repr)
def test_exponential_smoothing_moves_with_the_level_and_the_unit_too(spec) -> None:
    """ARIMA with a mean: a form without one knows where 0 is."""
    y = [SERIES[0]]
    plain = sa.fit(spec, moved(y, 1, 0), 2, key=0).predict(levels=[80]).quantiles
    for power in (-100, 50):
        np.testing.assert_allclose(
            sa.fit(spec, moved(y, 2.0**power, 0), 2, key=0).predict(levels=[80]).quantiles
            / 2.0**power,
            plain,
        )
    for level in (1e6, 1e10):
        got = sa.fit(spec, moved(y, 1, level), 2, key=0).predict(levels=[80]).quantiles - level
        np.testing.assert_allclose(got, plain, atol=2e-3)


def test_a_network_that_was_fitted_forecasts_in_any_unit() -> None:
    forecaster = sa.fit(
        models.GRU(3), panel_of(*SERIES), 2, key=0, training=FEW, scaler=data.standard()
    )
    plain = forecaster.predict(levels=[80])
    for a, b in ((1e-30, 0.0), (1e15, 1e15), (1.0, 1e10), (1e-6, -1e3)):
        there = forecaster.predict(levels=[80], panel=moved(SERIES, a, b))
        left = 1e-5 + 1e-14 * abs(b / a)
        np.testing.assert_allclose((there.quantiles - b) / a, plain.quantiles, atol=left)
        np.testing.assert_allclose((there.mean - b) / a, plain.mean, atol=left)


@pytest.mark.parametrize("spec", [models.Naive(), models.SeasonalNaive(7)], ids=repr)
def test_what_is_repeated_is_repeated_to_the_last_bit(spec) -> None:
    y = np.random.default_rng(0).normal(1349.99, 300, size=50).round(2)
    season = getattr(spec, "season", 1)
    assert mean(spec, panel_of(y), 7).ravel().tolist() == (y[-season:].tolist() * 7)[:7]


@pytest.mark.parametrize(
    "spec",
    [
        *(*BASELINES, models.LinearAR(3), GRU, STRUCTURAL),
        *(ETS(), Theta(), Regressor(LinearRegression(), 3)),
    ],
    ids=repr,
)
def test_a_constant_is_forecast_as_it_is_whatever_its_unit(spec) -> None:
    options = {"training": FEW} if spec is GRU else {}
    panel = panel_of(np.full(30, 2e-4), SERIES[0], np.full(30, -7e9), np.zeros(20))
    done = sa.fit(spec, panel, 2, key=0, **options).predict(levels=[80], paths=20)
    for series, value in ((0, 2e-4), (2, -7e9), (3, 0.0)):
        np.testing.assert_allclose(done.mean[series], value, rtol=1e-12)
        np.testing.assert_allclose(done.quantiles[series], value, rtol=1e-12)


def test_a_constant_that_begins_to_change_is_followed() -> None:
    panel = panel_of(np.full(30, 2e-4), SERIES[0])
    forecaster = sa.fit(GRU, panel, 2, key=0, training=FEW)
    after = forecaster.update(panel_of([3e-4], ids=["0"], start=30))
    assert not np.allclose(after.predict().mean[0], 2e-4, rtol=1e-3)
    around = sa.fit(
        sa.conformal(models.Naive()),
        panel_of(np.full(60, 2e-4), *(np.tile(SERIES[0], 2) for _ in range(9))),
        2,
        key=0,
    )
    assert (around.predict(levels=[80]).quantiles[0] == 2e-4).all()
    assert (around.predict(levels=[80]).quantiles[1].std(axis=-1) > 0.1).all()


def test_what_single_precision_cannot_tell_apart_is_refused() -> None:
    panel = panel_of(1e9 + SERIES[0])
    with pytest.raises(
        Refusal, match=r"as large as 1e\+09 but differ by .* Use a scaler that subtracts the level"
    ):
        sa.fit(models.GRU(3), panel, 2, key=0, training=FEW, scaler=data.identity())
    near = sa.fit(
        models.GRU(3), panel_of(SERIES[0]), 2, key=0, training=FEW, scaler=data.identity()
    )
    with pytest.raises(Refusal, match="cannot tell apart"):
        near.predict(panel=panel)
    assert np.isfinite(mean(models.LinearAR(2), panel, scaler=data.mean_scale())).all()


def test_a_series_that_was_never_seen_is_refused() -> None:
    for scaler in (data.identity(), data.log(), data.difference(), data.standard()):
        with pytest.raises(Refusal, match="Series '1'"):
            mean(models.Naive(), panel_of([1.0, 2.0, 3.0], [NAN, NAN, NAN]), scaler=scaler)


def test_a_constant_is_filled_by_itself() -> None:
    y = np.full(30, 2e-4)
    y[[4, 11, 12]] = NAN
    filled = sa.impute(
        panel_of(y, *SERIES[:2]), models.Bidirectional(2), key=0, training=FEW
    ).filled.panel
    assert filled.values[[4, 11, 12], 0].tolist() == [2e-4] * 3
