"""The Theta method against a loop in plain Python and a line fitted anew at every step."""

from dataclasses import replace

import numpy as np
import pytest

from stepahead.classical import THETA_KINDS, Rows, fit_theta
from stepahead.native import series as kernels

PLACES = np.array([1.2, 0.7, 0.9, 1.2])


def series(length: int = 50, seed: int = 0, season: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = 60 + np.cumsum(rng.normal(0.4, 1.0, length))
    return level * (PLACES[np.arange(length) % 4] if season else 1.0)


def rows_of(*all_series: np.ndarray) -> Rows:
    return Rows(
        np.concatenate(all_series), np.append(0, np.cumsum([len(each) for each in all_series]))
    )


def loop(y, alpha, theta, level, dynamic):
    """The paper's equations, the line by `polyfit`; a missing value is what was forecast of it."""
    known, told = [], []
    w = 1 - 1 / theta
    seen = ~np.isnan(y)
    fixed = np.polyfit(np.flatnonzero(seen) + 1, y[seen], 1)[::-1]
    for t, value in enumerate(y, 1):
        a, b = fixed
        if dynamic:
            a, b = np.polyfit(np.arange(1, t), known, 1)[::-1] if t > 2 else (sum(known[:1]), 0.0)
        f = level + w * (a * (1 - alpha) ** (t - 1) + b * (1 - (1 - alpha) ** t) / alpha)
        told.append(f)
        known.append(f if np.isnan(value) else value)
        level = alpha * known[-1] + (1 - alpha) * level
    return np.array(told)


@pytest.mark.parametrize("kind", THETA_KINDS)
def test_every_kind_is_the_loop_of_the_paper(kind: str, path: str) -> None:
    y = series()
    y[[9, 30, 31]] = np.nan
    rows = rows_of(y, series(21, 1, season=False))
    fit = fit_theta(rows, 4, kind)
    assert fit.season_kind.tolist() == [2, 0]
    told, ahead = fit.one_step(rows), fit.ahead(np.array([1, 0]), 5, ())[0]
    for number in range(2):
        own = rows.values[rows.offsets[number] : rows.offsets[number + 1]]
        n = len(own)
        place = (np.arange(n + 6) - n) % 4
        season = fit.seasons[number][place] if number == 0 else np.ones(n + 6)
        plain = own / season[:n] / fit.unit[number]
        line = np.append(plain, np.full(6, np.nan))
        rates = (*fit.rates[number], fit.before[number, 0], kind == "dynamic")
        wanted = loop(line, *rates) * season * fit.unit[number]
        np.testing.assert_allclose(told[rows.offsets[number] :][:n], wanted[:n], rtol=1e-9)
        skip = 1 - number
        np.testing.assert_allclose(ahead[number], wanted[n + skip : n + skip + 5], rtol=1e-9)


@pytest.mark.parametrize("kind", THETA_KINDS)
def test_nothing_near_the_fit_is_better_by_a_ten_thousandth(kind: str, path: str) -> None:
    y = series(season=False)
    fit = fit_theta(rows_of(y), 1, kind)
    scaled, counted = y / fit.unit[0], slice(2 if kind == "dynamic" else 0, None)
    start = np.array([*fit.rates[0], fit.before[0, 0]])

    def squares(at):
        told = loop(scaled, at[0], at[1], at[2], kind == "dynamic")
        return np.sum((scaled - told)[counted] ** 2)

    best, rng = squares(start), np.random.default_rng(0)
    for _ in range(100):
        at = start * np.exp(rng.normal(0, 0.02, 3))
        at[0], at[1] = np.clip(at[0], 0.1, 0.99), 2.0 if kind == "standard" else max(at[1], 1.0)
        assert squares(at) >= best * (1 - 1e-4)


@pytest.mark.parametrize("kind", THETA_KINDS)
def test_intervals_are_those_of_simulated_paths(kind: str) -> None:
    y = series(40, 2, season=False)
    fit = fit_theta(rows_of(y), 1, kind)
    _, ends = fit.ahead(np.array([0]), 5, (0.1, 0.9))
    many, rng, paths = 4000, np.random.default_rng(0), []
    arrays = {name: held for name, held in vars(fit).items() if isinstance(held, np.ndarray)}
    now = replace(fit, **{name: np.repeat(held, many, axis=0) for name, held in arrays.items()})
    for _ in range(5):
        told = now.ahead(np.zeros(many, int), 1, ())[0][:, 0]
        paths.append(told + np.sqrt(fit.sums[0, 0]) * fit.unit[0] * rng.normal(size=many))
        now = now.advanced(Rows(paths[-1], np.arange(many + 1)))
    wide = np.diff(ends[0], axis=1)[:, 0]
    np.testing.assert_allclose(wide, np.std(paths, axis=1) * 2 * 1.2816, rtol=0.05)


def test_fits_are_the_same_without_a_compiler(monkeypatch) -> None:
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    rows = rows_of(series(), series(30, 1) - 60, series(25, 4, season=False))
    for kind in THETA_KINDS:
        found = []
        for compiled in (True, False):
            monkeypatch.setattr(kernels, "available", lambda compiled=compiled: compiled)
            fit = fit_theta(rows, 4, kind)
            found.append([fit.sums[:, 0], *fit.ahead(np.array([0, 1, 2]), 4, (0.1, 0.8))])
        for one, other in zip(*found, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4)


def test_a_season_is_taken_out_only_where_it_shows(path: str) -> None:
    rng = np.random.default_rng(0)
    rows = rows_of(rng.normal(10, 1, 60), series(60), series(60, 1) - 70, series(8, 3))
    assert fit_theta(rows, 4).season_kind.tolist() == [0, 2, 1, 0]
    assert fit_theta(rows, 1).season_kind.tolist() == [0, 0, 0, 0]
