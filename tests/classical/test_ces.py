"""Complex exponential smoothing against the paper's complex numbers, one value after the other."""

from dataclasses import replace

import numpy as np
import pytest

import stepahead as sa
from stepahead.classical import CES_FORMS, Rows, fit_ces
from stepahead.forecasting import CES

SEASON = 4
PLACES = np.array([4.0, -3.0, -5.0, 4.0])


def series(length: int, seed: int = 0, season: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = 60 + np.cumsum(rng.normal(0.4, 1.0, length))
    return level + season * PLACES[np.arange(length) % SEASON]


def rows_of(*all_series: np.ndarray) -> Rows:
    lengths = [len(each) for each in all_series]
    return Rows(np.concatenate(all_series), np.append(0, np.cumsum(lengths)))


def loop(form: str, y, rates, near, late):
    """ẑ ← (α₀ + iα₁)(y + ie) + (1 − α₀ + i − iα₁) ẑ as it stands: with lag 1, a season's lag, both
    added, or beside a season s ← s + βe. A missing value has the error 0."""
    first, other = complex(rates[0], rates[1]), complex(rates[2], rates[3])
    z, old, told = complex(*near), [complex(*each) for each in late.T], []

    def smoothed(alpha, state, e):
        return alpha * complex(state.real + e, e) + (complex(1, 1) - alpha) * state

    for t, value in enumerate(y):
        place = t % len(old)
        f = (z.real if form != "simple" else 0.0) + (old[place].real if form != "none" else 0.0)
        e = 0.0 if np.isnan(value) else value - f
        told.append(f)
        if form == "simple":
            old[place] = smoothed(first, old[place], e)
            continue
        z = smoothed(first, z, e)
        if form == "partial":
            old[place] += rates[2] * e
        if form == "full":
            old[place] = smoothed(other, old[place], e)
    return np.array(told)


@pytest.mark.parametrize("form", CES_FORMS)
def test_every_form_is_the_loop_in_complex_numbers(form: str) -> None:
    y = series(43)
    y[[9, 30, 31]] = np.nan
    rows = rows_of(y, series(22, 1))
    fit = fit_ces(rows, SEASON, form)
    assert [CES_FORMS[code] for code in fit.form] == [form] * 2
    told, (ahead, ends) = fit.one_step(rows), fit.ahead(np.array([1, 0]), 6, (0.1, 0.9))
    for number in range(2):
        begin, stop = rows.offsets[number : number + 2]
        inside = (rows.values[begin:stop] - fit.level[number]) / fit.unit[number]
        line = np.append(inside, np.full(7, np.nan))
        at = fit.rates[number], fit.near[number], fit.late[number]
        wanted = loop(form, line, *at) * fit.unit[number] + fit.level[number]
        n, skip = stop - begin, 1 - number
        np.testing.assert_allclose(told[begin:stop], wanted[:n], rtol=1e-9)
        np.testing.assert_allclose(ahead[number], wanted[n + skip : n + skip + 6], rtol=1e-9)
        # The variance by an error of 1 at every step before.
        moved = []
        for step in range(n, n + 6 + skip):
            hit = np.where(np.arange(n + 7) < n, inside.take(range(n + 7), mode="clip"), np.nan)
            hit[step] = loop(form, hit, *at)[step] + 1.0
            moved.append(loop(form, hit, *at) * fit.unit[number] + fit.level[number] - wanted)
        shares = np.array(moved) / fit.unit[number]
        for k in range(6):
            at_k = n + skip + k
            wide = np.sqrt(1 + np.sum(shares[: skip + k, at_k] ** 2) * (skip + k > 0))
            sigma = np.sqrt(fit.variance[number]) * fit.unit[number]
            width = (ends[number, k, 1] - ends[number, k, 0]) / (2 * 1.2815515655446004)
            assert width == pytest.approx(sigma * wide, rel=1e-9)


@pytest.mark.parametrize("form", CES_FORMS)
def test_what_was_read_in_two_parts_forecasts_like_the_whole(form: str) -> None:
    y, other = series(50), series(31, 3)
    first = fit_ces(rows_of(y[:41], other[:30]), SEASON, form)
    later = first.advanced(rows_of(y[41:], other[30:])).advanced(rows_of(y[:0], other[:0]))
    whole = replace(first, steps=np.array([50, 31])).one_step(rows_of(y, other))
    told = first.ahead(np.zeros(2, int), 1, ())[0][:, 0]
    np.testing.assert_allclose(told, [whole[41], whole[80]], rtol=1e-9)
    at = first.rates[0], first.near[0], first.late[0]
    inside = (y - first.level[0]) / first.unit[0]
    wanted = loop(form, np.append(inside, np.full(9, np.nan)), *at)[50:]
    ahead = later.ahead(np.zeros(2, int), 9, ())[0][0]
    np.testing.assert_allclose(ahead, wanted * first.unit[0] + first.level[0], rtol=1e-9)


def test_nothing_near_the_rates_is_better_and_the_form_goes_by_the_criterion() -> None:
    y, plain = series(40), series(40, 5, season=0.0)
    fit = fit_ces(rows_of(y, plain, series(7)), SEASON)
    names = [CES_FORMS[code] for code in fit.form]
    assert names[0] in ("partial", "full") and names[1:] == ["none", "none"]
    alone = fit_ces(rows_of(plain), SEASON, "none")
    np.testing.assert_allclose(alone.rates[0], fit.rates[1], rtol=1e-6)
    from stepahead.classical.ces._fit import _backcast, _first
    from stepahead.classical.ces._steps import pairs, run

    inside = (plain - alone.level[0])[None] / alone.unit[0]
    size, rng = np.array([40]), np.random.default_rng(0)

    def squares(rates):
        before = _backcast(0, rates, inside, size, _first(0, inside, size, SEASON))
        return np.sum((inside[:, None] - run(pairs(0, rates), before, inside, size)[0]) ** 2)

    best = squares(alone.rates[None, :, :2])
    for _ in range(50):
        near = np.clip(alone.rates[None, :, :2] + rng.normal(0, 0.05, 2), 0.01, 1.99)
        assert squares(near) >= best * (1 - 1e-6)


def test_a_series_is_fitted_the_same_alone_and_in_company() -> None:
    """Up to rounding: those that are longer change nothing."""
    several = [series(length, seed) for seed, length in enumerate((24, 50, 17, 33))]
    together = fit_ces(rows_of(*several), SEASON).ahead(np.zeros(4, int), 6, (0.1, 0.9))
    for number, y in enumerate(several):
        alone = fit_ces(rows_of(y), SEASON).ahead(np.zeros(1, int), 6, (0.1, 0.9))
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], all_of_them[number], rtol=1e-8)


def test_short_constant_and_gappy_series_and_files(tmp_path) -> None:
    gappy = series(24)
    gappy[1::2] = np.nan
    late = np.append(series(20), [np.nan, np.nan])
    panel = sa.Panel.from_arrays([series(24), series(9), np.full(30, 4.0), gappy, late])
    done = sa.fit(CES("partial"), panel, horizon=8, key=0, season=SEASON)
    told = done.predict(levels=80)
    assert np.isfinite(told.mean).all() and np.isfinite(told.quantiles).all()
    assert done.forms()[1] == "random walk" and (told.mean[2] == 4).all()
    assert "CES(" in done.forms()[3]
    sa.save(done, tmp_path / "model")
    again = sa.load(tmp_path / "model")
    for one, other in zip(told, again.predict(levels=80), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(sa.Refusal, match="form of CES"):
        CES("half")
