"""Scalers: one set of contracts over a registry of all of them and their pipelines, then each one's
own numbers."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.datasets import co2
from statsmodels.tsa.seasonal import seasonal_decompose

from stepahead._check import Refusal
from stepahead.data import (
    FittedScaler,
    Frequency,
    Panel,
    Scaler,
    asinh,
    difference,
    identity,
    log,
    mean_scale,
    pipeline,
    robust,
    seasonal_additive,
    seasonal_multiplicative,
    standard,
)

SCALERS = {
    "identity": identity(),
    "standard": standard(),
    "mean_scale": mean_scale(),
    "robust": robust(),
    "log": log(),
    "asinh": asinh(),
    "asinh, standard": pipeline(asinh(), standard()),
    "difference": difference(),
    "difference 4": difference(4),
    "seasonal_additive": seasonal_additive(),
    "seasonal_additive 3": seasonal_additive(3),
    "seasonal_multiplicative": seasonal_multiplicative(),
    "seasonal_additive where shown": seasonal_additive(confidence=0.9),
    "log, standard": pipeline(log(), standard()),
    "log, difference, robust": pipeline(log(), difference(), robust()),
    "difference 4, difference, standard": pipeline(difference(4), difference(), standard()),
    "mean_scale, seasonal_multiplicative, log": pipeline(
        mean_scale(), seasonal_multiplicative(), log()
    ),
    "pipeline of pipelines": pipeline(
        pipeline(seasonal_additive(), standard()), pipeline(identity(), difference(2))
    ),
}
every_scaler = pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
AHEAD = 6


def make_panel(rng, lengths, scale=1.0):
    """Positive quarterly series of two channels with a season, and gaps that leave the last steps
    alone."""
    arrays = []
    for n in lengths:
        t = np.arange(n)[:, None]
        x = scale * np.exp(
            0.02 * t + 0.3 * np.sin(np.pi / 2 * t + [[0.0, 1.0]]) + 0.2 * rng.normal(size=(n, 2))
        )
        x[: n - 2 * AHEAD][rng.random((n - 2 * AHEAD, 2)) < 0.2] = np.nan
        arrays.append(x)
    return Panel.from_arrays(
        arrays, start=np.datetime64("2001-04-01"), frequency=Frequency.parse("QS")
    )


def cut(panel, ahead):
    return panel.slice(np.zeros(len(panel), dtype=np.int64), panel.lengths - ahead)


@pytest.fixture
def panel():
    return make_panel(np.random.default_rng(1), (30, 23, 40))


@every_scaler
@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    lengths=st.lists(st.integers(20, 45), min_size=1, max_size=4),
    size=st.sampled_from([1e-4, 1.0, 1e6]),
)
def test_round_trip(scaler, seed, lengths, size):
    """Learned from the history, applied to history and future, inverted after the history: the
    future comes back."""
    panel = make_panel(np.random.default_rng(seed), lengths, size)
    history = cut(panel, AHEAD)
    fitted = scaler.fit(history)
    rows = panel.offsets[1:, None] + np.arange(-AHEAD, 0)
    scaled = fitted.apply(panel).values[rows]
    assert np.isfinite(scaled).all()
    np.testing.assert_allclose(fitted.invert(scaled, history), panel.values[rows], rtol=1e-7)
    paths = np.stack([scaled, scaled], axis=-1)[..., None] * np.ones(3)
    np.testing.assert_allclose(
        fitted.invert(paths, history)[..., 1, 2], panel.values[rows], rtol=1e-7
    )


@every_scaler
def test_protocols_and_what_is_kept(scaler, panel):
    """Missing stays missing, shape and stamps stay, the panel handed in is untouched, and only
    numbers were learned."""
    before = panel.values.copy()
    fitted = scaler.fit(panel)
    assert isinstance(scaler, Scaler)
    assert isinstance(fitted, FittedScaler)
    scaled = fitted.apply(panel)
    assert np.isnan(scaled.values[np.isnan(before)]).all()
    np.testing.assert_array_equal(panel.values, before)
    np.testing.assert_array_equal(scaled.times, panel.times)
    assert_plain(fitted)


def assert_plain(fitted):
    """Fields are numbers, arrays of numbers, or other scalers."""
    assert dataclasses.is_dataclass(fitted)
    for field in dataclasses.fields(fitted):
        value = getattr(fitted, field.name)
        if isinstance(value, tuple):
            for part in value:
                assert_plain(part)
        else:
            assert np.asarray(value).dtype.kind in "bfi"


@every_scaler
def test_nothing_after_the_cut_is_learned(scaler, panel):
    """Garbage after the cut changes neither what is learned nor how the past is scaled."""
    rows = (panel.offsets[1:, None] + np.arange(-AHEAD, 0)).ravel()
    garbage = panel.values.copy()
    garbage[rows] = 1e9
    one, two = (scaler.fit(cut(p, AHEAD)) for p in (panel, panel.with_values(garbage)))
    scaled = [
        fitted.apply(p).values for fitted, p in ((one, panel), (two, panel.with_values(garbage)))
    ]
    past = np.setdiff1d(np.arange(len(panel.values)), rows)
    np.testing.assert_array_equal(scaled[0][past], scaled[1][past])
    forecast = np.random.default_rng(0).normal(size=(3, 4, 2))
    np.testing.assert_array_equal(
        one.invert(forecast, cut(panel, AHEAD)), two.invert(forecast, cut(panel, AHEAD))
    )


@every_scaler
def test_series_do_not_mix(scaler, panel):
    """A series is scaled alone as it is among others, however large those are."""
    mixed = panel.with_values(
        panel.values * np.where(panel.series_of_step == 1, 1e12, 1.0)[:, None]
    )
    alone = panel.take(np.array([2]))
    np.testing.assert_allclose(
        scaler.fit(mixed).apply(mixed).values[mixed.offsets[2] :],
        scaler.fit(alone).apply(alone).values,
        rtol=1e-9,
        atol=1e-9,
    )


@every_scaler
def test_log_derivative_is_the_finite_difference(scaler, panel):
    """Log |d scaled / d value| at the same step, one step moved at a time; 0 where the scaled value
    is missing."""
    fitted = scaler.fit(panel)
    scaled = fitted.apply(panel).values
    measured = np.zeros_like(scaled)
    for row in range(len(scaled)):
        nudge = 1e-5 * panel.values[row]
        low, high = panel.values.copy(), panel.values.copy()
        low[row], high[row] = low[row] - nudge, high[row] + nudge
        slope = (
            fitted.apply(panel.with_values(high)).values[row]
            - fitted.apply(panel.with_values(low)).values[row]
        ) / (2 * nudge)
        measured[row] = np.where(np.isnan(scaled[row]), 0.0, np.log(np.abs(slope)))
    np.testing.assert_allclose(fitted.log_derivative(panel), measured, atol=1e-6)


@every_scaler
def test_flags_say_what_the_map_does(scaler, panel):
    """`stepwise` is True exactly when other steps do not matter, `affine` exactly when moreover the
    map is a straight line."""
    fitted = scaler.fit(panel)
    scaled = fitted.apply(panel).values
    other = panel.values.copy()
    changed = np.random.default_rng(2).random(len(other)) < 0.5
    other[changed] *= 1.3
    moved = fitted.apply(panel.with_values(other)).values
    alone = np.allclose(moved[~changed], scaled[~changed], equal_nan=True)
    middle = fitted.apply(panel.with_values((panel.values + other) / 2)).values
    straight = np.allclose(middle, (scaled + moved) / 2, equal_nan=True)
    assert fitted.stepwise == alone
    assert fitted.affine == (alone and straight)
    if alone:
        seen = changed[:, None] & ~np.isnan(scaled)
        assert (moved[seen] > scaled[seen]).all()


@every_scaler
def test_another_panel_is_refused(scaler, panel):
    """A scaler that learned by series refuses a panel of other series, going and coming back."""
    fitted = scaler.fit(panel)
    fewer = panel.take(np.array([0, 1]))
    learned = any(
        np.ndim(getattr(part, f.name)) > 0
        for part in parts(fitted)
        for f in dataclasses.fields(part)
    )
    if learned:
        with pytest.raises(Refusal, match="fitted on 3 series of 2 channels"):
            fitted.apply(fewer)
        with pytest.raises(Refusal, match="fitted on 3 series of 2 channels"):
            fitted.invert(np.zeros((2, 3, 2)), fewer)


def parts(fitted):
    inner = getattr(fitted, "scalers", None)
    return [fitted] if inner is None else [part for each in inner for part in parts(each)]


def test_statistics_against_a_loop(panel):
    """Mean and spread, mean size, median and IQR of every series and channel equal NumPy's own."""
    one, size, middle = (scaler.fit(panel) for scaler in (standard(), mean_scale(), robust()))
    for i in range(len(panel)):
        x = panel.series(i)
        np.testing.assert_allclose(one.shift[i], np.nanmean(x, axis=0), rtol=1e-12)
        np.testing.assert_allclose(one.scale[i], np.nanstd(x, axis=0), rtol=1e-12)
        np.testing.assert_allclose(size.scale[i], np.nanmean(np.abs(x), axis=0), rtol=1e-12)
        np.testing.assert_allclose(middle.shift[i], np.nanmedian(x, axis=0), rtol=1e-12)
        np.testing.assert_allclose(
            middle.scale[i],
            np.subtract(*np.nanquantile(x, [0.75, 0.25], axis=0)) / 1.349,
            rtol=1e-12,
        )


def test_constant_and_zero_series():
    """A constant is divided by its size, so that its unit does not matter; zeros by 1; an IQR of 0
    falls back on the deviation."""
    flat = Panel.from_arrays([np.full(7, 0.1), np.zeros(5)])
    assert standard().fit(flat).scale.ravel().tolist() == [0.1, 1.0]
    assert (
        standard().fit(flat).constant.all()
        and not standard().fit(Panel.from_arrays([[0.1, 0.2]])).constant.any()
    )
    assert (standard().fit(flat).apply(flat).values == 0).all()
    np.testing.assert_allclose(mean_scale().fit(flat).scale.ravel(), [0.1, 1.0])
    assert robust().fit(flat).scale.ravel().tolist() == [0.1, 1.0]
    rare = np.array([0.0] * 9 + [10.0])
    assert robust().fit(Panel.from_arrays([rare])).scale[0, 0] == pytest.approx(rare.std())


@pytest.mark.parametrize("season", [4, 5, 12])
@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_season_equals_statsmodels(season, kind):
    """The indices of series of several lengths equal seasonal_decompose's, one series at a time."""
    rng = np.random.default_rng(season)
    arrays = [
        np.exp(0.01 * np.arange(n) + 0.2 * rng.normal(size=n))
        for n in (2 * season, 3 * season + 1, 61)
    ]
    panel = Panel.from_arrays(arrays)
    maker = {"additive": seasonal_additive, "multiplicative": seasonal_multiplicative}[kind]
    fitted = maker(season).fit(panel)
    for i, x in enumerate(arrays):
        theirs = seasonal_decompose(x, model=kind, period=season).seasonal
        np.testing.assert_allclose(fitted.index[i, :, 0], theirs[:season], rtol=1e-10, atol=1e-12)
    assert fitted.season.tolist() == [[season]] * 3


def test_short_series_have_no_season_and_say_so():
    """Shorter than two seasons: left as it is, season 1 in the field; the frequency's season unless
    another is given."""
    rng = np.random.default_rng(0)
    panel = Panel.from_arrays(
        [rng.gamma(3.0, size=23), rng.gamma(3.0, size=24)],
        start=np.datetime64("2020-01-01"),
        frequency=Frequency.parse("MS"),
    )
    for maker, neutral in ((seasonal_additive, 0.0), (seasonal_multiplicative, 1.0)):
        fitted = maker().fit(panel)
        assert fitted.season.tolist() == [[1], [12]]
        assert (fitted.index[0] == neutral).all()
        assert (fitted.index[1] != neutral).any()
        np.testing.assert_array_equal(fitted.apply(panel).series(0), panel.series(0))


def test_season_only_where_it_shows():
    """By the printed formula, channel by channel: r_m against z·√((1 + 2Σr²)/n); a clear season
    shows, noise and constants rarely."""
    rng = np.random.default_rng(1)
    noise = rng.gamma(40.0, size=(200, 48, 1)) * np.ones(2)
    noise[:, :, 1] *= 1 + 0.5 * np.sin(2 * np.pi * np.arange(48) / 12)
    noise[0] = 3.0
    fitted = seasonal_multiplicative(12, confidence=0.9).fit(Panel.from_arrays(noise))
    for i in range(1, 200):
        for c in range(2):
            x = noise[i, :, c] - noise[i, :, c].mean()
            r = np.array([x[lag:] @ x[: 48 - lag] / (x @ x) for lag in range(13)])
            shows = abs(r[12]) > 1.6448536 * np.sqrt((1 + 2 * (r[1:12] ** 2).sum()) / 48)
            assert fitted.season[i, c] == (12 if shows else 1)
            assert (fitted.index[i, :, c] != 1).any() == shows
    assert (fitted.season[:, 1] == 12).mean() > 0.5
    assert (fitted.season[:, 0] == 12).mean() < 0.15
    assert fitted.season[0, 0] == 1


def test_naive2_of_the_m3(data_folder):
    """Deseasonalised where it shows, last value, season put back: the Naive2 of the M3, whose
    printed sMAPE over all points is 15.46."""
    horizons = {"Yearly": (1, 6), "Quarterly": (4, 8), "Monthly": (12, 18), "Other": (1, 8)}
    errors = []
    for name, (season, horizon) in horizons.items():
        train, test = (
            pd.read_csv(data_folder / "m3" / f"M3-{name}-{part}.csv.gz")
            .set_index("id")
            .to_numpy(np.float64)
            for part in ("train", "test")
        )
        panel = Panel.from_arrays([row[~np.isnan(row)] for row in train])
        fitted = seasonal_multiplicative(season, confidence=0.9).fit(panel)
        last = fitted.apply(panel).values[panel.offsets[1:] - 1]
        forecast = fitted.invert(last[:, None].repeat(horizon, axis=1), panel)[:, :, 0]
        errors.append((200 * np.abs(forecast - test) / (np.abs(forecast) + np.abs(test))).ravel())
    assert np.concatenate(errors).mean() == pytest.approx(15.46, abs=0.1)


def test_phase_goes_by_the_stamp(panel):
    """A stretch that begins elsewhere is scaled as it is within the whole; the forecast continues
    the stretch's own end."""
    fitted = seasonal_additive().fit(panel)
    later = panel.slice(np.array([5, 6, 7]), panel.lengths - 1)
    whole = fitted.apply(panel).slice(np.array([5, 6, 7]), panel.lengths - 1)
    np.testing.assert_array_equal(fitted.apply(later).values, whole.values)
    last = panel.offsets[1:] - 1
    scaled = fitted.apply(panel).values[last][:, None]
    np.testing.assert_allclose(fitted.invert(scaled, later)[:, 0], panel.values[last])


def test_a_clean_season_is_found_through_gaps():
    """With a third of the values missing, a season on a straight line is recovered: gaps do not
    lean the trend towards what is there."""
    season = np.array([3.0, -1.0, -4.0, 2.0])
    x = 0.1 * np.arange(80) + np.tile(season, (8, 20))
    x[np.random.default_rng(3).random(x.shape) < 0.33] = np.nan
    index = seasonal_additive(4).fit(Panel.from_arrays(x)).index[:, :, 0]
    np.testing.assert_allclose(index.mean(axis=0), season, atol=0.05)
    assert np.abs(index - season).max() < 0.2


def test_weekly_co2_with_missing_weeks():
    """Six years of the real series, with gaps: 52 indices, highest in spring, lowest in autumn, and
    most of half a year's change gone."""
    frame = co2.load_pandas().data["co2"][:312]
    panel = Panel.from_arrays(
        [frame.to_numpy()], start=frame.index[0].to_datetime64(), frequency=Frequency.parse("W-SAT")
    )
    assert panel.missing > 15
    fitted = seasonal_additive().fit(panel)
    months = frame.index[:52].month
    assert months[int(fitted.index[0, :, 0].argmax())] == 5
    assert months[int(fitted.index[0, :, 0].argmin())] in (9, 10)
    half_year = [
        np.nanstd(p.values[26:, 0] - p.values[:-26, 0]) for p in (panel, fitted.apply(panel))
    ]
    assert half_year[1] < 0.2 * half_year[0]


def test_difference_continues_each_phase():
    """Worked by hand at lag 2, with a gap at the end: its phase's last value, and the mean change
    (3) that nobody saw."""
    panel = Panel.from_arrays([[1.0, 2.0, 4.0, 7.0]])
    fitted = difference(2).fit(panel)
    np.testing.assert_array_equal(fitted.apply(panel).values[:, 0], [np.nan, np.nan, 3.0, 5.0])
    ahead = np.array([[[10.0], [20.0], [30.0]]])
    np.testing.assert_array_equal(fitted.invert(ahead, panel)[0, :, 0], [14.0, 27.0, 44.0])
    gap = Panel.from_arrays([[1.0, 2.0, 4.0, np.nan]])
    np.testing.assert_array_equal(fitted.invert(ahead, gap)[0, :, 0], [14.0, 25.0, 44.0])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: log().fit(Panel.from_arrays([[1.0, 2.0], [3.0, -1.0]], ids=["a", "b"])),
            "series 'b' is -1 at 1",
        ),
        (
            lambda: seasonal_multiplicative(2).fit(Panel.from_arrays([[1.0, 0.0]])),
            "`seasonal_multiplicative` needs .* `seasonal_additive`",
        ),
        (
            lambda: standard().fit(Panel.from_arrays([[1.0], [np.nan]], ids=["a", "b"])),
            "Series 'b' has no observed value of 'y'",
        ),
        (lambda: robust().fit(Panel.from_arrays([[np.nan, np.nan]])), "no observed value"),
        (
            lambda: seasonal_additive(2).fit(Panel.from_arrays([[np.nan, np.nan]])),
            "no observed value",
        ),
        (
            lambda: pipeline(difference(), standard()).fit(Panel.from_arrays([[1.0, np.nan, 2.0]])),
            "no observed value",
        ),
        (
            lambda: difference(3).fit(Panel.from_arrays([[1.0, 2.0, 3.0]], ids=["x"])),
            "series 'x' has 3",
        ),
        (
            lambda: difference(2).invert(
                np.zeros((1, 1, 1)), Panel.from_arrays([[np.nan, 1.0]], ids=["x"])
            ),
            "cannot be undone for series 'x'",
        ),
        (lambda: difference(0), "`lag` must be"),
        (lambda: seasonal_additive(0), "`season` must be"),
        (pipeline, "at least one scaler"),
    ],
)
def test_refusals(call, match):
    """Panels that cannot be scaled are refused by name."""
    with pytest.raises(Refusal, match=match):
        call()
