"""Forecasts of several seasons, and autoregressions, against loops and what was put in."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.classical import Rows, fit_autoregression, fit_ets, fit_mstl, fit_window
from stepahead.forecasting import ETS, MSTL, Autoregression, Harmonic, Theta

RNG = np.random.default_rng(0)
HOURS = np.arange(24 * 7 * 8)
BOTH = (
    30
    + 5 * np.sin(2 * np.pi * HOURS / 24)
    + 4 * (HOURS % 168 > 119)
    + RNG.normal(0, 0.5, len(HOURS))
)


def rows_of(*all_series: np.ndarray) -> Rows:
    lengths = [len(each) for each in all_series]
    return Rows(np.concatenate(all_series), np.append(0, np.cumsum(lengths)))


def by_ets(rest: Rows):
    return fit_ets(rest, 1, "A,N,N")


def test_an_autoregression_is_least_squares() -> None:
    y = np.zeros(400)
    for t in range(2, 400):
        y[t] = 3 + 0.5 * y[t - 1] - 0.3 * y[t - 2] + RNG.normal()
    held = y.copy()
    held[[50, 51, 200, 395]] = np.nan
    rows = rows_of(y, held, y[:15])
    fit = fit_autoregression(rows, (2, 1))
    for number, own in enumerate((y, held)):
        columns = np.stack([np.ones(398), own[1:-1], own[:-2]], axis=1)
        whole = ~np.isnan(columns).any(axis=1) & ~np.isnan(own[2:])
        wanted = np.linalg.lstsq(columns[whole], own[2:][whole], rcond=None)[0]
        np.testing.assert_allclose(fit.weights[number, 1:], wanted[1:], rtol=1e-6)
        path = list(own[-8:])
        for place, value in enumerate(path):
            if np.isnan(value):
                path[place] = wanted @ [1, path[place - 1], path[place - 2]]
        for _ in range(3):
            path.append(wanted @ [1, path[-1], path[-2]])
        told = fit.ahead(np.zeros(3, int), 3, ())[0]
        np.testing.assert_allclose(told[number], path[-3:], rtol=1e-6)
    assert fit.forms()[0] == "AR(1, 2)" and fit.forms()[2] == "AR(1)"
    _, ends = fit.ahead(np.array([0, 0, 0]), 30, (0.1, 0.9))
    phi = fit.weights[0, 1:]
    stationary = (1 - phi[1]) / (1 + phi[1]) / ((1 - phi[1]) ** 2 - phi[0] ** 2)
    wide = np.sqrt(fit.variance[0] * stationary) * fit.unit[0] * 2 * 1.2815516
    assert ends[0, -1, 1] - ends[0, -1, 0] == pytest.approx(wide, rel=1e-6)


def test_an_autoregression_does_not_explode_and_goes_on() -> None:
    grown = 1.05 ** np.arange(80.0)
    rows = rows_of(grown, BOTH[:80])
    fit = fit_autoregression(rows, (1, 2))
    far = fit.ahead(np.zeros(2, int), 400, ())[0]
    assert np.isfinite(far).all() and np.diff(far[0])[-1] <= np.diff(far[0])[0]
    first = fit_autoregression(rows.cut(np.zeros(2, int), np.array([60, 70])), (1, 2))
    later = first.advanced(rows.cut(np.array([60, 70]), np.array([80, 80])))
    told = later.one_step(rows)
    np.testing.assert_allclose(
        first.ahead(np.zeros(2, int), 1, ())[0][:, 0], [told[60], told[150]], rtol=1e-9
    )


def test_seasons_are_repeated_and_intervals_hold() -> None:
    paths = [
        BOTH - BOTH.mean() + 30 + RNG.normal(0, 1, len(HOURS)) + level for level in np.arange(20.0)
    ]
    horizon = 168
    rows = rows_of(*(path[:-horizon] for path in paths))
    fit = fit_mstl(rows, (24, 168), by_ets)
    mean, ends = fit.ahead(np.zeros(20, int), horizon, (0.1, 0.9))
    actual = np.stack([path[-horizon:] for path in paths])
    assert np.abs(mean - actual).mean() < 1.15
    held = np.mean((ends[..., 0] <= actual) & (actual <= ends[..., 1]))
    assert 0.75 < held < 0.9
    alone = fit_mstl(rows.take(np.array([3])), (24, 168), by_ets)
    np.testing.assert_array_equal(alone.ahead(np.zeros(1, int), 9, ())[0][0], mean[3, :9])


def test_logs_and_roots_are_taken_where_they_suit() -> None:
    shape = 1 + 0.5 * np.sin(2 * np.pi * HOURS / 24)
    level = 50 * np.exp(HOURS / 600)
    grown = level * shape * np.exp(RNG.normal(0, 0.1, len(HOURS)))
    counts = RNG.poisson(8 * shape * np.where(HOURS % 24 < 3, 0.02, 1.0)).astype(float)
    fit = fit_mstl(rows_of(grown, counts, BOTH - 32), (24, 168), by_ets)
    assert fit.power.tolist() == [0.0, 0.5, 1.0]
    assert [form.split("168")[1] for form in fit.forms()] == [", of logs", ", of roots", ""]
    mean, ends = fit.ahead(np.zeros(3, int), 24, (0.02, 0.98))
    assert (mean[:2] >= 0).all() and (ends[:2] >= 0).all() and (ends[0, :, 0] > 0).all()


def test_updates_and_gaps_at_the_end() -> None:
    rows = rows_of(BOTH[:1000], BOTH[100:900])
    fit = fit_mstl(rows, (24, 168), by_ets)
    later = fit.advanced(rows_of(BOTH[1000:1030], BOTH[900:907]))
    whole = rows_of(BOTH[:1030], BOTH[100:907])
    told = np.split(later.one_step(whole), [1030])
    first = fit.ahead(np.zeros(2, int), 8, ())[0]
    assert told[0][1000] == pytest.approx(first[0, 0]) and told[1][800] == pytest.approx(
        first[1, 0]
    )
    np.testing.assert_allclose(fit.ahead(np.array([3, 0]), 5, ())[0][0], first[0, 3:], rtol=1e-12)
    season = later.ahead(np.zeros(2, int), 1, ())[0]
    assert abs(season[0, 0] - BOTH[1030]) < 3 and abs(season[1, 0] - BOTH[907]) < 3
    np.testing.assert_allclose(np.split(fit.one_step(rows), [1000])[0], told[0][:1000], rtol=1e-12)


def test_short_constant_and_nearly_empty_series_get_less() -> None:
    lone = np.full(50, np.nan)
    lone[[0, 49]] = 1.0, 3.0
    panel = sa.Panel.from_arrays(
        [
            BOTH[:400],
            BOTH[:100],
            BOTH[:30],
            BOTH[:2],
            np.full(60, 4.0),
            lone,
            np.append(BOTH[:60], np.nan),
        ]
    )
    for inside in (None, ETS("A,N,N")):
        done = sa.fit(MSTL((24, 168), inside), panel, horizon=30, key=0)
        told = done.predict(levels=80)
        assert np.isfinite(told.mean).all() and np.isfinite(told.quantiles).all()
        forms = done.forms()
        assert forms[0].endswith("seasons of 24 and 168") and "seasons of 24" in forms[1]
        assert "seasons of none" in forms[2] and forms[3] == "random walk"
        assert (told.mean[4] == 4).all()
        fitted = done.fitted_values()
        assert np.nanmean(np.abs(fitted - panel.values)) < 1.5


def test_it_is_saved_and_wrong_seasons_are_refused(tmp_path) -> None:
    panel = sa.Panel.from_arrays([BOTH[:400], BOTH[:200]])
    for spec in (MSTL((24, 168), Theta("standard"), robust=True), Autoregression((1, 24))):
        done = sa.fit(spec, panel, horizon=9, key=0)
        sa.save(done, tmp_path / "model")
        again = sa.load(tmp_path / "model")
        assert again.spec == spec
        for one, other in zip(done.predict(levels=80), again.predict(levels=80), strict=True):
            np.testing.assert_array_equal(one, other)
    for wrong in ((), (168, 24), (1, 7), (7, 7)):
        with pytest.raises(sa.Refusal, match="`seasons`"):
            MSTL(wrong)
    with pytest.raises(sa.Refusal, match="`lags`"):
        Autoregression(())
    with pytest.raises(sa.Refusal, match="must fit twice"):
        MSTL((24, 168)).components(sa.Panel.from_arrays([BOTH[:200]]))


def test_a_window_inside_and_components() -> None:
    rows = rows_of(BOTH)
    fit = fit_mstl(rows, (24,), lambda rest: fit_window(rest, 24), robust=True)
    assert fit.ahead(np.array([0]), 2, (0.5,))[1].shape == (1, 2, 1)
    made = MSTL((24, 168)).components(sa.Panel.from_arrays([BOTH, BOTH[:400]]))
    assert made.season.shape == (2, 2, len(BOTH)) and np.isnan(made.trend[1, 400:]).all()


def test_seasons_that_are_not_named_are_those_that_show() -> None:
    panel = sa.Panel.from_arrays(
        [BOTH], start=np.datetime64("2024-01-01"), frequency=sa.data.Frequency.parse("h")
    )
    done = sa.fit(MSTL(), panel, horizon=30, key=0)
    named = sa.fit(MSTL((24, 168)), panel, horizon=30, key=0)
    assert done.spec == named.spec
    np.testing.assert_array_equal(done.predict(levels=()).mean, named.predict(levels=()).mean)
    shown = sa.fit(Harmonic(inside=Theta()), panel, horizon=3, key=0)
    assert shown.spec == Harmonic((24, 168), Theta())
    for spec in (MSTL(), Harmonic(), MSTL((12,), MSTL())):
        with pytest.raises(sa.Refusal, match="none is seen"):
            sa.fit(spec, sa.Panel.from_arrays([BOTH[:60]]), horizon=3, key=0, season=1)
    with pytest.raises(sa.Refusal, match="not named"):
        MSTL().components(panel)
    for alias, found in (("W", (365.25 / 7,)), ("D", (7, 365.25))):  # a year of exact length
        time, frequency = np.arange(750), sa.data.Frequency.parse(alias)
        values = np.sin(2 * np.pi * time / found[-1]) + (time % 7 == 3) * (alias == "D")
        own = sa.Panel.from_arrays([values], start=panel.times[0], frequency=frequency)
        for spec in (MSTL(inside=Theta()), Harmonic(inside=Theta())):
            assert sa.fit(spec, own, horizon=1, key=0).spec.seasons == found


def test_a_season_of_no_whole_number_of_steps_keeps_its_phase() -> None:
    time, rng = np.arange(520 + 104), np.random.default_rng(0)
    phase = time % 52.18
    season = 5 * np.sin(2 * np.pi * phase / 52.18) + 3 * np.exp(-(((phase - 20) / 2) ** 2))
    values = 30 + season + rng.normal(0, 0.3, len(time))
    panel = sa.Panel.from_arrays([values[:520]])
    made = MSTL((52.18,)).components(panel).season[0, 0]
    assert np.abs(made - season[:520] + season.mean()).mean() < 0.2
    off = {}
    for length in (52, 52.18):
        done = sa.fit(MSTL((length,)), panel, horizon=104, key=0)
        assert f"seasons of {length:g}" in done.forms()[0]
        off[length] = np.abs(done.predict(levels=()).mean[0, :, 0] - values[520:]).mean()
    assert off[52.18] < 0.3 < 0.35 < off[52]  # 0.24 is the noise's own
    days = np.arange(1430)
    both = days % 7 + 4 * np.sin(2 * np.pi * days / 365.25)
    done = sa.fit(MSTL((7, 365.25)), sa.Panel.from_arrays([both[:1400]]), horizon=30, key=0)
    np.testing.assert_allclose(done.predict(levels=()).mean[0, :, 0], both[1400:], atol=0.05)
