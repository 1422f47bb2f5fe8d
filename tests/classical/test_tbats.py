"""Trigonometric seasons in innovations form against the matrices of the paper, step by step."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.classical import Rows, fit_tbats
from stepahead.classical.tbats import _errors
from stepahead.classical.tbats._errors import Errors
from stepahead.classical.tbats._model import waves_of
from stepahead.classical.tbats._search import (
    Profile,
    Search,
    first_states,
    nested_squares,
    rates_of,
)
from stepahead.forecasting import TBATS

SEASONS = (4.0, 10.5)


def series(length: int, seed: int = 0, noise: float = 0.3) -> np.ndarray:
    rng, time = np.random.default_rng(seed), np.arange(length)
    waves = np.sin(time * np.pi / 2) + 2 * np.cos(2 * np.pi * time / 10.5)
    return 20 + waves + np.cumsum(rng.normal(0, 0.1, length)) + rng.normal(0, noise, length)


def rows_of(*all_series: np.ndarray) -> Rows:
    lengths = [len(each) for each in all_series]
    return Rows(np.concatenate(all_series), np.append(0, np.cumsum(lengths)))


def matrices(rates: np.ndarray, waves, number: int):
    """w, F and g of De Livera et al. (2011): y = w'x + e, x ← F x + g e. State: level, growth, the
    last three d, the last three e, s and u of every wave. The gains of a wave that is corrected and
    then turned are γ cos λ and −γ sin λ."""
    _, alpha, beta, phi = rates[:4]
    lags, past = rates[4:7], rates[7:10]
    used = waves.season[number] >= 0
    angle, gamma = waves.angle[number][used], rates[10:][waves.season[number][used]]
    k = len(angle)
    arma = np.concatenate([[0, 0], lags, past, np.zeros(2 * k)])
    gain = [alpha, beta, 1, 0, 0, 0, 0, 0, *(gamma * np.cos(angle)), *(-gamma * np.sin(angle))]
    F, g = np.zeros((8 + 2 * k, 8 + 2 * k)), np.array(gain)
    F[0, :2], F[1, 1] = [1, phi], phi
    F[3, 2] = F[4, 3] = F[6, 5] = F[7, 6] = 1
    for j in range(k):
        s, u = 8 + j, 8 + k + j
        F[s, [s, u]], F[u, [s, u]] = (
            [np.cos(angle[j]), np.sin(angle[j])],
            [-np.sin(angle[j]), np.cos(angle[j])],
        )
    F += np.outer(g, arma)
    g[5] = 1
    w = arma + np.concatenate([[1, phi], np.zeros(6), np.ones(k), np.zeros(k)])
    return w, F, g


def packed(state: np.ndarray, waves, number: int) -> np.ndarray:
    """The state without places for waves that a series does not have."""
    used = np.flatnonzero(waves.season[number] >= 0)
    return state[np.concatenate([np.arange(8), 8 + used, 8 + waves.angle.shape[1] + used])]


NUMBERS = np.array([0.4, 0.2, 0.05, 0.9, 0.5, -0.2, 0, 0.3, 0, 0, 0.05, 0.02])


def test_forecasts_and_intervals_are_those_of_the_papers_matrices() -> None:
    y = series(70)
    y[[9, 30, 31]] = np.nan
    rows = rows_of(y, series(50, 1))
    fit = fit_tbats(rows, SEASONS)
    told, (ahead, ends) = fit.one_step(rows), fit.ahead(np.array([1, 0]), 6, (0.1, 0.9))
    for number in range(2):
        begin, stop = rows.offsets[number : number + 2]
        omega, scale = fit.rates[number, 0], 1.0
        inside = rows.values[begin:stop] / fit.unit[number]
        if fit.form[number, 0]:
            scale = np.exp((1 - omega) * fit.mean_log[number])
            inside = scale * (inside**omega - 1) / omega if omega > 1e-8 else scale * np.log(inside)

        def back(z, omega=omega, scale=scale, number=number):
            if not fit.form[number, 0]:
                return z * fit.unit[number]
            z = z / scale
            return fit.unit[number] * (
                (1 + omega * z) ** (1 / omega) if omega > 1e-8 else np.exp(z)
            )

        w, F, g = matrices(fit.rates[number], fit._waves, number)
        x, wanted = packed(fit.before[number], fit._waves, number), []
        for z in [*inside, *[np.nan] * 7]:
            wanted.append(w @ x)
            x = F @ x + g * (0.0 if np.isnan(z) else z - wanted[-1])
        n, skip = stop - begin, 1 - number
        np.testing.assert_allclose(told[begin:stop], back(np.array(wanted[:n])), rtol=1e-9)
        point = np.array(wanted[n + skip : n + skip + 6])
        np.testing.assert_allclose(ahead[number], back(point), rtol=1e-9)
        shares = [w @ np.linalg.matrix_power(F, j) @ g for j in range(7)]
        wide = np.sqrt(1 + np.append(0, np.cumsum(np.square(shares))))[skip : skip + 6]
        for place, score in enumerate((-1.2815515655446004, 1.2815515655446004)):
            end = back(point + score * np.sqrt(fit.variance[number]) * wide)
            np.testing.assert_allclose(ends[number, :, place], end, rtol=1e-9)


@pytest.mark.parametrize("compiled", [True, False])
def test_slopes_and_first_states_are_those_of_least_squares(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.setattr(_errors.kernels, "available", lambda: False)
    y = series(60)
    gappy = y[:50].copy()
    gappy[[7, 8, 30]] = np.nan
    rows, waves = rows_of(y, gappy), waves_of(SEASONS, np.array([[2, 2], [1, 0]]))
    logs = np.array([np.log(y).mean()] * 2)
    given, rates = Errors(rows, logs, waves, 2), rates_of(np.tile(NUMBERS, (2, 1)))
    start, squares = first_states(given, rates)
    for number in range(2):
        w, F, g = matrices(rates[number], waves, number)
        z = (rows.values[rows.offsets[number] : rows.offsets[number + 1]] ** 0.4 - 1) / 0.4
        z = z * np.exp(0.6 * logs[number])
        there, size = ~np.isnan(z), len(F)

        def errors(x, z=z, w=w, F=F, g=g):
            out = []
            for value in z:
                out.append(0.0 if np.isnan(value) else value - w @ x)
                x = F @ x + g * out[-1]
            return np.array(out)

        plain = errors(np.zeros(size))
        free = np.append([0, 1], np.arange(8, size))
        columns = np.array([plain - errors(np.eye(size)[place]) for place in free]).T
        best = np.linalg.lstsq(columns[there], plain[there], rcond=1e-10)[0]
        wanted = np.sum((plain - columns @ best) ** 2)
        assert squares[number] == pytest.approx(wanted, rel=1e-9)
    # A slope is the difference of squares nearby.
    lanes = np.tile(NUMBERS, (2, 3, 1))
    lanes[:, 1, 1], lanes[:, 2, 10] = lanes[:, 1, 1] + 1e-6, lanes[:, 2, 10] + 1e-6
    lanes = rates_of(lanes)
    slopes = given.slopes(lanes, np.full((2, 2), 1e-6), start)
    np.testing.assert_allclose(slopes.squares, squares, rtol=1e-12)
    near = given.squares(lanes, np.repeat(start[:, None], 3, axis=1))
    np.testing.assert_allclose((near[:, 1:] - near[:, :1]) / 2e-6, slopes.uphill[:, :2], rtol=1e-3)
    np.testing.assert_allclose(slopes.uphill[:, 2:], 0, atol=1e-6)
    moved = start.copy()
    moved[:, 0] += 1e-3
    grown = given.squares(lanes[:, :1], moved[:, None])[:, 0] - squares
    np.testing.assert_allclose(grown, 1e-6 * slopes.curve[:, 2, 2], rtol=1e-4)


def test_one_regression_tells_the_squares_of_every_number_of_waves() -> None:
    """The same as the least squares of each number by itself."""
    gappy, seasons, most = series(60), (4.0, 10.5), np.array([[2, 5], [2, 3]])
    gappy[[7, 8, 30]] = np.nan
    rows, count = rows_of(gappy, series(50, 1)), np.array([[1, 2], [0, 3]])
    logs, rates = np.full(2, 3.0), rates_of(np.tile(NUMBERS, (2, 1)))
    rates[:, 10:] = 0.0
    given = Errors(rows, logs, waves_of(seasons, most), 2)
    slopes = given.slopes(rates[:, None], np.zeros((2, 0)), np.zeros((2, given.size)))
    for place in (0, 1):
        told = nested_squares(slopes, given.waves.season, count, place)
        for number in range(most[:, place].min() + 1):
            own = count.copy()
            own[:, place] = number
            alone = first_states(Errors(rows, logs, waves_of(seasons, own), 2), rates)[1]
            np.testing.assert_allclose(told[:, number], alone, rtol=1e-6)


def test_a_series_with_zeros_gets_a_power_and_is_never_below_zero() -> None:
    rng, time = np.random.default_rng(0), np.arange(240)
    values = rng.poisson(np.exp(1.5 + 2 * np.cos(2 * np.pi * time / 12))).astype(float)
    rows = rows_of(values)
    fit = fit_tbats(rows, (12.0,))
    assert (values == 0).sum() > 20 and fit.form[0, 0] == 1 and fit.rates[0, 0] < 0.7
    assert fit.level[0] == -0.5  # half the least value above 0
    mean, ends = fit.ahead(np.zeros(1, int), 12, (0.025, 0.975))
    assert ends.min() == 0.0
    assert np.abs(mean[0] - np.exp(1.5 + 2 * np.cos(time[:12] / 6 * np.pi))).mean() < 2
    told, parts = fit.one_step(rows), fit.components(rows).columns
    assert told.min() >= 0
    np.testing.assert_allclose(np.maximum(sum(parts.values()), 0), told, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("compiled", [True, False])
def test_coefficients_under_which_errors_grow_are_not_taken(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.setattr(_errors.kernels, "available", lambda: False)
    rows, waves = rows_of(*[series(30)] * 4), waves_of((4.0,), np.ones((4, 1), np.int64))
    rates = np.zeros((4, 11))
    rates[:, 0] = 1.0
    rates[:, 1] = [0.5, 2.01, 0.0, 0.1]
    rates[:, 10] = [0.1, 0.0, 0.0, -0.01]
    given = Errors(rows, np.zeros(4), waves, 1)
    roots = []
    for number in range(4):
        w, F, g = matrices(rates[number], waves, number)
        roots.append(np.abs(np.linalg.eigvals(F - np.outer(g, w))).max())
    found = given.squares(rates[:, None], np.zeros((4, 1, given.size)))[:, 0]
    assert np.isinf(found).tolist() == [root > 1 + 1e-3 for root in roots]
    assert np.isinf(found).tolist() == [False, True, False, True]


def test_simulation_gives_back_coefficients_power_and_waves() -> None:
    rng, n = np.random.default_rng(3), 3000
    waves = waves_of((12.0, 52.18), np.array([[2, 1]]))
    rates = rates_of(np.array([1, 0.02, 0, 0, 0.6, 0, 0, 0, 0, 0, 0.03, 0.01]))
    w, F, g = matrices(rates, waves, 0)
    x, z = np.zeros(len(F)), []
    x[0], x[8:11] = 60.0, [6.0, 3.0, 4.0]
    for e in rng.normal(0, 1, n):
        z.append(w @ x + e)
        x = F @ x + g * e
    fit = fit_tbats(rows_of((1 + 0.25 * np.array(z)) ** 4), (12.0, 52.18))
    assert fit.form[0, [0, 2, 3]].tolist() == [1, 1, 0] and fit.count[0].tolist() == [2, 1]
    assert fit.rates[0, 0] == pytest.approx(0.25, abs=0.05)
    assert fit.rates[0, 4] == pytest.approx(0.6, abs=0.05)
    wide = np.array([0.01, 6e-3, 5e-3])
    assert (np.abs(fit.rates[0, [1, 10, 11]] - rates[[1, 10, 11]]) < wide).all()


def test_what_was_read_in_two_parts_forecasts_like_the_whole_and_parts_add_up() -> None:
    y = series(90, 2)
    y[[5, 80]] = np.nan
    first = fit_tbats(rows_of(y[:70]), SEASONS)
    told = first.one_step(rows_of(y))
    later = first.advanced(rows_of(y[70:79])).advanced(rows_of(y[79:]))
    once = first.advanced(rows_of(y[70:]))
    np.testing.assert_allclose(later.after, once.after, rtol=1e-9, atol=1e-12)
    ahead = first.ahead(np.zeros(1, int), 1, ())[0][0, 0]
    assert ahead == pytest.approx(told[70], rel=1e-9)
    parts = first.components(rows_of(y))
    assert {"trend", "season 4", "season 10.5"} <= set(parts.columns)
    np.testing.assert_allclose(sum(parts.columns.values()), told, rtol=1e-9)
    wide = first.deviations(rows_of(y[:70]))
    assert 0 < np.median(wide["season 10.5"]) < 0.3
    assert np.ptp(parts.columns["season 10.5"]) > 3 * np.ptp(parts.columns["trend"][10:40])


def test_where_a_search_ends_nothing_goes_downhill() -> None:
    y = series(40, 4)
    search, one = Search(rows_of(y / 16), np.log(y / 16).mean(keepdims=True), (4.0,)), np.array([0])
    best = search.found()
    free = search._begin(one, best.form[0], best.count)[1]
    around = Profile(search._errors(one, best.count), best.x, free).around(one, best.x[:, free])
    low, high = (best.x[0, free] == search.bounds[free, side] for side in (0, 2))
    downhill = np.where(low, np.minimum(around.uphill[0], 0), around.uphill[0])
    downhill = np.where(high, np.maximum(downhill, 0), downhill)
    assert len(free) > 3 and (np.abs(downhill) < 1e-4 * around.squares[0]).all()


def test_a_series_is_fitted_in_company_as_it_is_alone() -> None:
    one, other = series(70), series(50, 1)
    other[[7, 8]] = np.nan
    both = fit_tbats(rows_of(one, other), SEASONS)
    for number, alone in enumerate((one, other)):
        np.testing.assert_array_equal(
            both.rates[number], fit_tbats(rows_of(alone), SEASONS).rates[0]
        )


def test_short_constant_and_gappy_series_and_files(tmp_path) -> None:
    gappy, zeros = series(40, 5), np.append(np.maximum(series(24, 7) - 20, 0.0), [np.nan, np.nan])
    gappy[1::2] = np.nan
    panel = sa.Panel.from_arrays([series(18, 6), series(9), np.full(30, 4.0), gappy, zeros])
    done = sa.fit(TBATS(SEASONS), panel, horizon=8, key=0)
    told = done.predict(levels=80)
    assert np.isfinite(told.mean).all() and np.isfinite(told.quantiles).all()
    assert done.forms()[1] == "random walk" and (told.mean[2] == 4).all()
    assert "{4, 1}" in done.forms()[0] and "10.5" not in done.forms()[0]
    assert done.forms()[4].startswith("TBATS(0, {10.5, 1})") and told.quantiles[4].min() >= 0
    sa.save(done, tmp_path / "model")
    again = sa.load(tmp_path / "model")
    for one, other in zip(told, again.predict(levels=80), strict=True):
        np.testing.assert_array_equal(one, other)
    alone = sa.fit(TBATS(), sa.Panel.from_arrays([np.cumsum(series(20, 9) - 20)]), 2, key=0)
    assert "{" not in alone.forms()[0]
    with pytest.raises(sa.Refusal, match="shortest first"):
        TBATS((336, 48))
