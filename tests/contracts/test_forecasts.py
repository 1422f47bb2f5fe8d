"""The rules of every fitted forecaster, over specifications, heads, strategies and scalers:
fitted, forecasting, updated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest
from registry import SCALERS, Leaky, assert_same_bits

import stepahead as sa
from stepahead import models
from stepahead.data import Panel, identity, log, pipeline, standard
from stepahead.forecasting import Forecaster, anchored, direct, mimo, recursive
from stepahead.models import Gaussian, NegativeBinomial, Point, Quantiles, StudentT
from stepahead.training import LAST, Gradient

HORIZON, LENGTHS = 2, (23, 14, 11)
SHORT = Gradient(span=4, epochs=2, batch=8, steps=3)


@dataclass(frozen=True)
class Way:
    """One way to a forecaster."""

    spec: Any
    head: Any
    strategy: Any
    scaler: Any
    training: Gradient | None = SHORT

    def __repr__(self) -> str:
        return f"{self.spec!r}, {self.head!r}, {self.strategy.__qualname__}"


WAYS = [
    Way(models.SeasonalNaive(3), Gaussian(), recursive, identity(), None),
    Way(models.Drift(), Quantiles(), mimo, standard(), None),
    Way(models.LinearAR(2), Gaussian(), direct, standard(), None),
    Way(models.LinearAR(3), StudentT(), recursive, pipeline(log(), standard()), None),
    Way(
        models.MLPAR(3, (4,)),
        StudentT(),
        direct,
        standard(),
        Gradient(span=3, epochs=2, batch=8, loss_steps=LAST),
    ),
    Way(models.GRU(3), Gaussian(), recursive, standard()),
    Way(models.LSTM(3), NegativeBinomial(), mimo, identity()),
    Way(models.RNN(3), Quantiles(), anchored(mimo), pipeline(log(), standard())),
    Way(Leaky(), Point(), anchored(direct), standard()),
]
each_way = pytest.mark.parametrize("way", WAYS, ids=repr)
each_other_way = pytest.mark.parametrize(
    "way", WAYS[::2], ids=repr
)  # for rules that cost compilations


def history(seed: int = 0, gaps: bool = False, more: int = 0) -> Panel:
    """Counts with a season, series of unequal length, `more` steps longer than those that
    everything is fitted on."""
    draw = np.random.default_rng(seed)
    arrays = [
        draw.poisson(20 + 10 * np.sin(2 * np.pi * np.arange(n + more) / 3)).astype(float) + 1
        for n in LENGTHS
    ]
    if gaps:
        arrays[0][4] = arrays[1][-2] = np.nan
    return Panel.from_arrays(arrays, ids=["a", "b", "c"])


def fitted(way: Way, panel: Panel, key: int = 0) -> Forecaster:
    options = {
        "head": way.head,
        "strategy": way.strategy,
        "scaler": way.scaler,
        "training": way.training,
    }
    return sa.fit(way.spec, panel, HORIZON, key=jax.random.key(key), season=3, **options)


@cache
def once(way: Way) -> Forecaster:
    return fitted(way, history())


def quantiles(way: Way) -> tuple[float, ...]:
    return () if isinstance(way.head, Point) else (0.1, 0.5, 0.9)


def predicted(
    way: Way, horizon: int | None = None, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    done = once(way).predict(horizon, quantiles=quantiles(way), paths=20, **options)
    assert np.isfinite(done.mean).all() and np.isfinite(done.quantiles).all()
    return done.mean, done.quantiles


@contextmanager
def compilations() -> Iterator[list[str]]:
    """The programs that XLA compiles meanwhile."""
    seen: list[str] = []
    live = [True]

    def listen(event: str, duration: float, **details: Any) -> None:
        if live[0] and event == "/jax/core/compile/backend_compile_duration":
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    live[0] = False


@each_way
def test_values_after_the_origin_leave_forecasts_equal_to_the_bit(way: Way) -> None:
    reports = []
    for garbage in (0.0, 1e4):
        panel = history(more=HORIZON)
        ends = panel.offsets[1:]
        panel.values[np.concatenate([ends - 2, ends - 1])] += garbage
        options = {
            "head": way.head,
            "strategy": way.strategy,
            "scaler": way.scaler,
            "training": way.training,
            "season": 3,
        }
        wanted = () if isinstance(way.head, Point) else (80,)
        reports.append(
            sa.backtest(
                [way.spec], panel, HORIZON, 1, key=jax.random.key(0), levels=wanted, **options
            )
        )
    assert_same_bits(
        (reports[0].mean, reports[0].quantiles), (reports[1].mean, reports[1].quantiles)
    )
    assert not np.array_equal(reports[0].actual, reports[1].actual)


@pytest.mark.parametrize("name", SCALERS)
def test_no_scaler_learns_from_values_after_the_origin(name: str) -> None:
    means = []
    for garbage in (0.0, 1e4):
        panel = history()
        panel.values[panel.offsets[1:] - 1] += garbage
        report = sa.backtest(
            [models.Drift()], panel, 1, 1, key=jax.random.key(0), scaler=SCALERS[name], season=3
        )
        means.append((report.mean, report.quantiles))
    assert_same_bits(means[0], means[1])


@each_other_way
def test_the_same_key_fits_and_draws_the_same(way: Way) -> None:
    first, again = once(way), fitted(way, history())
    assert_same_bits(again.model, first.model)
    far = HORIZON + 3
    one, two = (f.predict(far, quantiles=quantiles(way), paths=20) for f in (first, again))
    assert_same_bits((two.mean, two.quantiles), (one.mean, one.quantiles))
    if way.training is not None:
        other = jax.tree.leaves(fitted(way, history(), key=1).model)
        assert any(
            not np.array_equal(a, b)
            for a, b in zip(other, jax.tree.leaves(first.model), strict=True)
        )
    if quantiles(way):
        drawn = first.predict(far, quantiles=quantiles(way), paths=20, key=jax.random.key(5))
        assert_same_bits(drawn.mean, one.mean)
        assert not np.array_equal(drawn.quantiles[:, -1], one.quantiles[:, -1])


@each_way
def test_nothing_is_compiled_the_second_time(way: Way) -> None:
    options = {"quantiles": quantiles(way), "paths": 20}
    (
        once(way).predict(HORIZON + 3, **options),
        once(way).predict(HORIZON + 3, panel=history(1), **options),
    )
    with compilations() as seen:
        jax.jit(lambda x: x + 1)(1.0)
    assert seen, "the count itself must count"
    with compilations() as seen:
        once(way).predict(HORIZON + 3, panel=history(2), **options)
        fitted(way, history(3), key=3)
    assert not seen


@each_other_way
def test_a_series_is_forecast_the_same_alone_and_in_company(way: Way) -> None:
    together = predicted(way, HORIZON + 3)
    alone = predicted(way, HORIZON + 3, panel=history().take(np.array([1])))
    for one, all_of_them in zip(alone, together, strict=True):
        np.testing.assert_allclose(one[0], all_of_them[1], rtol=2e-4, atol=2e-3)


@each_other_way
def test_any_horizon_and_a_shorter_one_is_the_beginning(way: Way) -> None:
    far = predicted(way, HORIZON + 3)[0]
    for horizon in (1, HORIZON):
        mean = predicted(way, horizon)[0]
        assert mean.shape == (len(LENGTHS), horizon, 1)
        np.testing.assert_allclose(mean, far[:, :horizon], rtol=1e-5)


@each_other_way
def test_quantiles_rise_with_their_level(way: Way) -> None:
    if quantiles(way):
        assert (np.diff(predicted(way, HORIZON + 3)[1], axis=-1) >= 0).all()


@each_way
def test_an_update_forecasts_from_its_last_step_and_fits_nothing(way: Way) -> None:
    forecaster = once(way)
    new = Panel.from_arrays([[30.0, 9.0]], ids=["a"], start=LENGTHS[0])
    after = forecaster.update(new)
    assert after.model is forecaster.model and len(forecaster.history.values) == sum(LENGTHS)
    before, mean = forecaster.predict().mean, after.predict().mean
    np.testing.assert_allclose(mean[1:], before[1:], rtol=1e-5)
    assert not np.allclose(mean[0], before[0], rtol=1e-3)
    in_parts = forecaster.update(new.slice(np.array([0]), np.array([1]))).update(
        new.slice(np.array([1]), np.array([2]))
    )
    assert_same_bits(in_parts.predict().mean, mean)


@each_other_way
def test_gaps_are_forecast_across(way: Way) -> None:
    mean, quantiles = predicted(way, HORIZON, panel=history(gaps=True))
    whole, _ = predicted(way, HORIZON)
    np.testing.assert_allclose(mean[2], whole[2], rtol=1e-5)
    assert not np.array_equal(mean[1], whole[1]) and np.isfinite(quantiles).all()
