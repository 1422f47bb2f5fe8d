"""Exponential smoothing against a loop in plain Python, against statsmodels, and against what is
known of its forms."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from stepahead import Refusal
from stepahead.classical import Rows, _rows, admissible, fit_ets
from stepahead.classical._ets_forms import AUTOMATIC, NAMES, forms_of
from stepahead.native import series as kernels

RNG = np.random.default_rng(0)
SEASON = np.array([1.1, 0.8, 0.9, 1.2])


def series(length: int = 60, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = 40 + np.cumsum(rng.normal(0.3, 1.0, length))
    return level * SEASON[np.arange(length) % 4] * np.exp(rng.normal(0, 0.03, length))


def rows_of(*all_series: np.ndarray) -> Rows:
    return Rows(
        np.concatenate(all_series), np.append(0, np.cumsum([len(each) for each in all_series]))
    )


def loop(name, smoothing, state, y):
    """The tables of Hyndman et al. 2008, a form and a step at a time, as one reads them."""
    _, trend, season = name.split(",")
    alpha, beta, gamma, phi = smoothing
    level, growth, seasons = state[0], state[1], list(state[2:])
    told = []
    for value in y:
        s = seasons.pop(0)
        if trend == "N":
            base, grown = level, 0.0
        elif trend in ("A", "Ad"):
            grown = phi * growth if trend == "Ad" else growth
            base = level + grown
        else:
            grown = growth**phi if trend == "Md" else growth
            base = level * grown
        f = {"N": base, "A": base + s, "M": base * s}[season]
        told.append(f)
        e = 0.0 if np.isnan(value) else value - f
        inner = e / s if season == "M" else e
        if trend in ("M", "Md"):
            growth = grown + beta * inner / level
        elif trend != "N":
            growth = grown + beta * inner
        if season == "M":
            s += gamma * e / base
        seasons.append(s + gamma * e * (season == "A"))
        level = base + alpha * inner
    return np.array(told), np.array([level, growth, *seasons])


@pytest.mark.parametrize("name", NAMES)
def test_every_form_is_the_loop_of_the_book(name: str, path: str) -> None:
    y = series()
    y[17] = np.nan
    rows = rows_of(y, series(25, 1))
    fit = fit_ets(rows, 4, "A,N,N")
    _, trend, season = name.split(",")
    growth = 1.01 if trend[0] == "M" else 0.02 * (trend != "N")
    state = [1.0, growth, *(SEASON - (season != "M")) * (season != "N")]
    rates = [0.3, 0.1 * (trend != "N"), 0.2, 0.9 if trend.endswith("d") else 1.0]
    fit = replace(
        fit,
        form=np.full(2, NAMES.index(name)),
        smoothing=np.tile(rates, (2, 1)),
        before=np.tile(state, (2, 1)),
    )
    told = fit.one_step(rows)
    ends = replace(fit, after=fit.before).advanced(rows).after
    for number in range(2):
        part = slice(*rows.offsets[number : number + 2])
        inside = (rows.values[part] - fit.level[number]) / fit.unit[number]
        wanted, after = loop(name, fit.smoothing[number], state, inside)
        np.testing.assert_allclose(told[part], wanted * fit.unit[number], rtol=1e-12)
        np.testing.assert_allclose(ends[number], after, rtol=1e-12, atol=1e-14)
    ahead = replace(fit, after=ends).ahead(np.array([0, 2]), 5, ())[0]
    for number, skip in enumerate((0, 2)):
        wanted, _ = loop(name, fit.smoothing[number], ends[number], np.full(5 + skip, np.nan))
        np.testing.assert_allclose(ahead[number], wanted[skip:] * fit.unit[number], rtol=1e-12)


def of_statsmodels(y: np.ndarray, name: str) -> ETSModel:
    error, trend, season = name.split(",")
    words = {"A": "add", "M": "mul", "N": None}
    return ETSModel(
        y,
        error=words[error],
        trend=words[trend[0]],
        damped_trend=trend.endswith("d"),
        seasonal=words[season],
        seasonal_periods=4 if season != "N" else None,
    )


def likelihood(fit, number: int = 0) -> float:
    """Of the values as they came: each was divided by the unit."""
    known = fit.known
    return float(known.log_likelihood[number] - known.seen[number] * np.log(fit.unit[number]))


@pytest.mark.parametrize(
    "name", ["A,N,N", "M,N,N", "M,A,N", "A,Ad,A", "M,Ad,A", "M,M,N", "A,Md,A", "M,M,A"]
)
def test_likelihoods_are_those_of_statsmodels(name: str) -> None:
    """With the parameters that were fitted: equal. And what statsmodels fits is not more likely.

    Its seasons that are factors follow the new level, other than the book's and R's: left out.
    """
    y = series()
    fit = fit_ets(rows_of(y), 4, name, fit_states=True)
    assert NAMES[fit.form[0]] == name
    _, trend, season = name.split(",")
    rates = dict(zip(("a", "b", "g", "p"), fit.smoothing[0], strict=True))
    values = [rates["a"], rates["b"], rates["g"], rates["p"]]
    there = [True, trend != "N", season != "N", trend.endswith("d")]
    state, unit = fit.before[0].copy(), fit.unit[0]
    state[0] *= unit
    state[1] *= 1.0 if trend[0] == "M" else unit
    state[2:] *= unit if season == "A" else 1.0
    parts = [value for value, one in zip(values, there, strict=True) if one]
    parts += [state[0]] + [state[1]] * (trend != "N") + list(state[2:]) * (season != "N")
    if season != "N":  # newest first
        parts[-4:] = parts[:-5:-1]
    model = of_statsmodels(y, name)
    assert model.loglike(np.array(parts)) == pytest.approx(likelihood(fit), rel=1e-8)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its search is not always done
        theirs = model.fit(disp=False, maxiter=300).llf
    assert likelihood(fit) >= theirs - 1e-4


def test_forms_and_likelihoods_are_the_same_without_a_compiler(monkeypatch) -> None:
    """The two paths share equations, not code."""
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    gap = series(40, 3)
    gap[[5, 6]] = np.nan
    rows = rows_of(gap, np.abs(np.random.default_rng(5).normal(10, 1, 30)), series(48, 6) - 40)
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(kernels, "available", lambda compiled=compiled: compiled)
        found.append(fit_ets(rows, 4))
    one, other = found
    assert one.forms() == other.forms() and len({*one.form}) == 3
    np.testing.assert_allclose(one.known, other.known, rtol=1e-5)


def test_simulation_recovers_the_parameters(path: str) -> None:
    rng, level, growth, y = np.random.default_rng(2), 100.0, 1.0, []
    for _ in range(400):
        f = level + growth
        e = rng.normal()
        y.append(f + e)
        level, growth = f + 0.4 * e, growth + 0.1 * e
    fit = fit_ets(rows_of(np.array(y)), 1, "A,A,N", fit_states=True)
    alpha, beta, _, _ = fit.smoothing[0]
    assert alpha == pytest.approx(0.4, abs=0.1) and beta == pytest.approx(0.1, abs=0.05)
    assert np.sqrt(fit.known.variance[0]) * fit.unit[0] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("name", ["A,N,N", "A,A,N", "A,Ad,A", "A,N,A"])
def test_intervals_of_sums_are_those_of_simulated_paths(name: str) -> None:
    rows = rows_of(series())
    fit = fit_ets(rows, 4, name)
    _, ends = fit.ahead(np.array([1]), 9, (0.1, 0.9))
    sigma, rng, last = np.sqrt(fit.known.variance[0]), np.random.default_rng(0), []
    for _ in range(2500):
        state, y = fit.after[0], []
        for _ in range(10):
            f, _ = loop(name, fit.smoothing[0], state, [np.nan])
            y.append(f[0] + sigma * rng.normal())
            _, state = loop(name, fit.smoothing[0], state, [y[-1]])
        last.append(y[1:])
    wide = np.diff(ends[0], axis=1)[:, 0] / fit.unit[0]
    simulated = np.std(last, axis=0) * 2 * 1.2816
    np.testing.assert_allclose(wide, simulated, rtol=0.08)


def test_intervals_of_factors_are_those_of_simulated_paths() -> None:
    fit = fit_ets(rows_of(series()), 4, "M,Ad,M")
    mean, ends = fit.ahead(np.array([0]), 6, (0.1, 0.5, 0.9))
    sigma, rng, paths = np.sqrt(fit.known.variance[0]), np.random.default_rng(0), []
    for _ in range(2500):
        state, y = fit.after[0], []
        for _ in range(6):
            f, _ = loop("M,Ad,M", fit.smoothing[0], state, [np.nan])
            y.append(f[0] * (1 + sigma * rng.normal()))
            _, state = loop("M,Ad,M", fit.smoothing[0], state, [y[-1]])
        paths.append(y)
    wanted = np.quantile(paths, (0.1, 0.5, 0.9), axis=0).T * fit.unit[0]
    np.testing.assert_allclose(ends[0], wanted, rtol=0.03)
    assert (ends[:, :, 0] < mean).all() and (mean < ends[:, :, 2]).all()


@pytest.mark.parametrize("name", ["A,N,N", "A,A,N", "A,Ad,A", "M,Ad,M", "A,N,M"])
def test_intervals_are_the_same_without_a_compiler(name: str, monkeypatch) -> None:
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    fit = fit_ets(rows_of(series(), series(40, 1)), 4, name)
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(kernels, "available", lambda compiled=compiled: compiled)
        found.append(fit.ahead(np.array([0, 3]), 5, (0.1, 0.9)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    rows = rows_of(*(series(30 + n, n) for n in range(40)))
    found = []
    for count in (1, 3):
        monkeypatch.setattr("stepahead.classical._ets.threads", lambda count=count: count)
        fit = fit_ets(rows, 4)
        found.append([fit.after.tobytes(), fit.ahead(np.zeros(40, int), 5, (0.1,))[1].tobytes()])
    assert found[0] == found[1]
    alone = fit_ets(rows_of(series(30 + 7, 7)), 4)
    np.testing.assert_array_equal(alone.after[0], fit.after[7])


def test_a_unit_changes_nothing_but_the_unit() -> None:
    y = series()
    one, other = (fit_ets(rows_of(y * by), 4) for by in (1.0, 1024.0))
    assert one.forms() == other.forms()
    np.testing.assert_array_equal(
        one.ahead(np.array([0]), 3, (0.2,))[1] * 1024, other.ahead(np.array([0]), 3, (0.2,))[1]
    )


@pytest.mark.parametrize(
    ("y", "season", "form", "got"),
    [
        (np.r_[0.0, series()], 4, "M,A,M", "A,A,A"),
        (-series(), 4, "M,Ad,N", "A,Ad,N"),
        (series(30), 24, "A,N,A", "A,N,N"),
        (np.r_[series(20), np.full(40, np.nan), 30.0], 4, "M,N,M", "M,N,M"),
        (1e300 * series(), 4, "A,N,A", "A,N,A"),
        (1e9 + series(), 4, "A,N,A", "A,N,A"),
    ],
    ids=["zero", "negative", "long season", "gap", "huge", "far from 0"],
)
def test_what_a_form_cannot_bear_gets_a_simpler_one(y, season, form, got, path: str) -> None:
    fit = fit_ets(rows_of(y), season, form)
    assert NAMES[fit.form[0]] == got
    mean, ends = fit.ahead(np.array([0]), 8, (0.1, 0.9))
    assert np.isfinite(mean).all() and (ends[..., 0] < ends[..., 1]).all()
    assert (np.abs(mean) < 10 * np.nanmax(np.abs(y))).all()


def test_the_admissible_region_is_where_the_past_is_forgotten() -> None:
    """The largest eigenvalue of what a step leaves of the state, for forms that are sums."""
    for name in ("A,N,N", "A,A,N", "A,Ad,N", "A,N,A", "A,A,A", "A,Ad,A"):
        for _ in range(40):
            rates = RNG.uniform([0, 0, 0, 0.8], [1.9, 1.0, 1.0, 1.0])
            if not name.split(",")[1].endswith("d"):
                rates[3] = 1.0
            columns = []
            for unit in np.eye(6):
                columns.append(loop(name, rates, unit, [0.0])[1])
            matrix = np.array(columns).T
            keep = [0] + [1] * ("A" in name[2:4]) + [2, 3, 4, 5] * name.endswith("A")
            values = np.abs(np.linalg.eigvals(matrix[np.ix_(keep, keep)]))
            if name.endswith("A"):  # a constant moved from level to season changes nothing
                values = np.delete(values, np.argmin(np.abs(values - 1)))
            assert admissible(name, *rates, 4) == (values.max() < 1 + 1e-5), (name, rates)


def test_names_of_forms() -> None:
    assert len(AUTOMATIC) == 15 and len(forms_of("Z,Z,N")) == 6
    assert [NAMES[code] for code in forms_of("A,Md,M")] == ["A,Md,M"]
    for wrong in ("A", "M,A,Ad", "", "a,n,n"):
        with pytest.raises(Refusal, match="`form` names error, trend and season"):
            forms_of(wrong)


def test_chunks_hear_of_every_series() -> None:
    heard: list[int] = []
    rows = rows_of(*(series(30, n) for n in range(7)))
    size = _rows.CHUNK
    try:
        _rows.CHUNK = 90
        parts = fit_ets(rows, 4, "A,N,N", on_event=heard.append)
    finally:
        _rows.CHUNK = size
    assert heard == [2, 5, 6]
    np.testing.assert_array_equal(parts.after, fit_ets(rows, 4, "A,N,N").after)
