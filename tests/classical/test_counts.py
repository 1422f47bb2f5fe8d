"""Distributions of counts and IMAPA, against scipy and loops in plain Python."""

import numpy as np
import pytest
from scipy.stats import nbinom

import stepahead as sa
from stepahead.classical import COUNT_KINDS, Rows, fit_counts, fit_imapa, fit_intermittent
from stepahead.classical.demand._counts import WORTH, mixture, quantiles
from stepahead.forecasting import Intermittent

RNG = np.random.default_rng(0)


def counts(length: int, often: float, mean: float = 3.0) -> np.ndarray:
    size = 1.0 + RNG.negative_binomial(2, 2 / (2 + mean - 1), length)
    return np.where(RNG.random(length) < often, size, 0.0)


def rows_of(*all_series: np.ndarray) -> Rows:
    lengths = [len(each) for each in all_series]
    return Rows(np.concatenate(all_series), np.append(0, np.cumsum(lengths)))


SERIES = [counts(60, 0.3), counts(40, 0.1), counts(50, 0.6), np.zeros(30), counts(5, 0.5)]
SERIES[0][[7, 20]] = np.nan
ROWS = rows_of(*SERIES)


def loop(y: np.ndarray, rate: float) -> tuple[list[tuple[float, float, float]], float]:
    """The states of a series before every step and after the last, and the log likelihood."""
    every = [own[~np.isnan(own)] for own in SERIES]
    usual = np.mean([np.mean(own > 0) for own in every])
    demands = [own[own > 0] for own in every]
    typical = np.median([own.mean() for own in demands if len(own)])
    relative = np.median([np.mean(own**2) / own.mean() ** 2 for own in demands if len(own) > 1])
    seen, sizes = y[~np.isnan(y)], y[y > 0]
    often = (len(sizes) + WORTH * usual) / (len(seen) + WORTH)
    mean = sizes.mean() if len(sizes) else typical
    square = ((sizes**2).sum() + WORTH * relative * mean**2) / (len(sizes) + WORTH)
    states, likely = [(often, mean, square)], 0.0
    for value in y:
        if np.isnan(value):
            states.append((often, mean, square))
            continue
        rest, variance = mean - 1, square - mean**2
        size = rest**2 / (variance - rest) if variance - rest > rest**2 / 1e6 else 1e6
        law = nbinom(size, size / (size + rest))
        likely += np.log(often * law.pmf(value - 1)) if value else np.log(1 - often)
        often += rate * ((value > 0) - often)
        if value:
            mean, square = mean + rate * (value - mean), square + rate * (value**2 - square)
        states.append((often, mean, square))
    return states, likely


@pytest.mark.parametrize("kind", COUNT_KINDS)
def test_moments_are_those_of_a_loop_and_the_most_likely_rate_is_taken(kind: str) -> None:
    fit = fit_counts(ROWS, kind)
    told = np.split(fit.one_step(ROWS), ROWS.offsets[1:-1])
    for number, y in enumerate(SERIES):
        found = {rate: loop(y, rate) for rate in (0.0, 0.1, fit.rate[number])}
        best = max(found, key=lambda rate: found[rate][1])
        assert found[fit.rate[number]][1] == pytest.approx(found[best][1], abs=1e-9)
        states = np.array(found[fit.rate[number]][0])
        np.testing.assert_allclose(fit.state[number], states[-1], rtol=1e-12)
        np.testing.assert_allclose(told[number], states[:-1, 0] * states[:-1, 1], rtol=1e-12)


@pytest.mark.parametrize("kind", COUNT_KINDS)
def test_the_distribution_keeps_mean_variance_and_zeros(kind: str) -> None:
    often, mean = np.array([0.3, 0.6, 0.9]), np.array([3.0, 5.0, 4.0])
    square = np.array([14.0, 40.0, 21.0])
    law = mixture(kind, np.stack([often, mean, square]))
    k = np.arange(400.0)
    chance = np.diff(np.stack([law.below(np.full(3, each)) for each in k]), axis=0, prepend=0)
    np.testing.assert_allclose(chance.sum(axis=0), 1, atol=1e-9)
    np.testing.assert_allclose(k @ chance, often * mean, rtol=1e-6)
    np.testing.assert_allclose(k**2 @ chance, often * square, rtol=2e-3)
    np.testing.assert_allclose(chance[0], 1 - often, atol=1e-6)
    ends = quantiles(law, np.array([0.05, 0.5, 0.8, 0.99]))
    for row, end in zip(np.cumsum(chance, axis=0).T, ends, strict=True):
        wanted = [np.flatnonzero(row >= at - 1e-12)[0] for at in (0.05, 0.5, 0.8, 0.99)]
        assert end.tolist() == wanted


@pytest.mark.parametrize("kind", COUNT_KINDS)
def test_intervals_hold_and_updates_go_on(kind: str) -> None:
    many = [counts(80, often) for often in np.linspace(0.1, 0.9, 40)]
    fit = fit_counts(rows_of(*(y[:60] for y in many)), kind)
    mean, ends = fit.ahead(np.zeros(40, int), 20, (0.5, 0.9, 0.97))
    actual = np.stack([y[60:] for y in many])
    held = np.mean(actual[:, :, None] <= ends, axis=(0, 1))
    assert (held > [0.5, 0.88, 0.95]).all() and held[1] < 0.97
    assert (ends == np.round(ends)).all() and (mean > 0).all()
    later = fit.advanced(rows_of(*(y[60:] for y in many)))
    told = np.split(later.one_step(rows_of(*many)), 40)
    assert told[3][60] == pytest.approx(mean[3, 0])
    after = later.ahead(np.zeros(40, int), 1, ())[0][3, 0]
    grown = np.append(many[3], 0.0)
    assert later.one_step(rows_of(*many[:3], grown, *many[4:]))[4 * 80] == pytest.approx(after)


def test_ignorance_widens_intervals() -> None:
    fit = fit_counts(rows_of(*SERIES, np.zeros(1), np.zeros(300)))
    ends = fit.ahead(np.zeros(7, int), 1, (0.97,))[1][:, 0, 0]
    assert ends[5] > 0 and ends[6] == 0
    alone = fit_counts(rows_of(np.zeros(4)))
    assert alone.ahead(np.array([0]), 1, (0.99,))[0][0, 0] < 1e-5


def test_several_blocks_are_the_mean_of_single_ones() -> None:
    rows = rows_of(*SERIES[:3])
    fit = fit_imapa(rows)
    told = fit.ahead(np.zeros(3, int), 2, (0.5, 0.9))
    number = [max(1, round(np.mean(~np.isnan(y)) * len(y) / np.sum(y > 0))) for y in SERIES[:3]]
    assert fit.forms() == [f"IMAPA, blocks of 1 to {min(each, 12)}" for each in number]
    for place, most in enumerate(number):
        singles = [
            fit_intermittent(rows, "adida", np.full(3, float(block)))
            for block in range(1, min(most, 12) + 1)
        ]
        wanted = np.mean([single.means()[place] for single in singles])
        np.testing.assert_allclose(told[0][place], wanted, rtol=1e-12)
        own = np.mean(
            [np.split(one.one_step(rows), rows.offsets[1:-1])[place] for one in singles], 0
        )
        got = np.split(fit.one_step(rows), rows.offsets[1:-1])[place]
        np.testing.assert_allclose(got, own, rtol=1e-12)
        assert set(told[1][place].ravel()) <= {0.0, *SERIES[place]}
    later = fit.advanced(rows_of(*SERIES[2::-1]))
    assert len(later.blocks.sizes) == sum(
        most * (np.sum(SERIES[place] > 0) + np.sum(SERIES[2 - place] > 0))
        for place, most in enumerate(np.minimum(number, 12))
    )


def test_they_are_saved_and_wrong_values_are_refused(tmp_path) -> None:
    panel = sa.Panel.from_arrays([y[~np.isnan(y)] for y in SERIES[:3]])
    for kind in ("imapa", *COUNT_KINDS):
        done = sa.fit(Intermittent(kind), panel, horizon=3, key=0)
        sa.save(done, tmp_path / "model")
        again = sa.load(tmp_path / "model")
        for one, other in zip(done.predict(levels=80), again.predict(levels=80), strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(sa.Refusal, match="whole numbers, but some values are not"):
        sa.fit(Intermittent("hurdle"), sa.Panel.from_arrays([[0.5] * 9 + [1.0] * 9]), 2, key=0)
    with pytest.raises(sa.Refusal, match="There is no method for intermittent demand 'hurdles'"):
        Intermittent("hurdles")
