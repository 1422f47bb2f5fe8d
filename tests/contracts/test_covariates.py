"""Covariates reach every model at their own step: known ones of the steps ahead, past ones with the
value, and none leaks."""

from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import assert_close, assert_same_bits

import stepahead as sa
from stepahead import data, models
from stepahead._check import Refusal
from stepahead.data import (
    Panel,
    covariate_scale,
    padded_batches,
    scaled_covariates,
    sliding_windows,
    with_covariates,
)
from stepahead.forecasting import direct, mimo, recursive
from stepahead.models import Channels, Observation, Point, rollout, unroll
from stepahead.training import LAST, Gradient, series_of
from stepahead.training._loss import Batch, WindowFacts, batch_loss

HORIZON, LENGTHS = 2, (30, 24)

run = eqx.filter_jit(unroll)
step = eqx.filter_jit(lambda model, state, x: model.step(state, x))


def law(more: int = 0, garbage: float = 0.0) -> Panel:
    """y(t+1) = ½ y(t) + 2 c(t+1) − p(t) + s, exactly, with c known `HORIZON` steps beyond each end,
    p past and s static.

    With `more` the series go on; `garbage` is added to every value and past covariate there, and to
    what is known after that.
    """
    draw, arrays, pasts, knowns = np.random.default_rng(0), [], [], []
    for s, n in enumerate(LENGTHS):
        c, p = draw.normal(size=60), draw.normal(size=60)
        y = np.zeros(60)
        for t in range(59):
            y[t + 1] = 0.5 * y[t] + 2 * c[t + 1] - p[t] + s
        y[n:], p[n:], c[n + HORIZON :] = (
            y[n:] + garbage,
            p[n:] + garbage,
            c[n + HORIZON :] + garbage,
        )
        arrays.append(y[: n + more])
        pasts.append(p[: n + more])
        knowns.append(c[: n + more + HORIZON])
    beside = {
        "known": Panel.from_arrays(knowns, names=["c"]),
        "past": Panel.from_arrays(pasts, names=["p"]),
    }
    return with_covariates(
        Panel.from_arrays(arrays), static={"s": np.arange(len(LENGTHS))}, **beside
    )


def without_past(panel: Panel) -> Panel:
    held = panel.covariates
    known = Panel.from_arrays(
        [held.known[slice(*held.offsets[i : i + 2]), 0] for i in range(len(panel))], names=["c"]
    )
    return with_covariates(
        data.without_covariates(panel), known=known, static={"s": held.static[:, 0]}
    )


@cache
def solved() -> Any:
    return sa.fit(models.LinearAR(1), law(), HORIZON, key=jax.random.key(0), scaler=data.identity())


def test_least_squares_finds_the_law_and_forecasts_by_it() -> None:
    """Two steps ahead, p of the step between is not known: its mean, 0 nearly, stands in the
    intercept."""
    truth = law(more=1)
    actual = [truth.series(i)[-1, 0] for i in range(len(LENGTHS))]
    np.testing.assert_allclose(solved().predict().mean[:, 0, 0], actual, atol=1e-4)


def test_a_recursion_is_fed_what_is_known_of_each_step() -> None:
    draw = np.random.default_rng(1)
    c = draw.normal(size=45)
    y = np.zeros(45)
    for t in range(44):
        y[t + 1] = 0.5 * y[t] + 2 * c[t + 1]
    panel = with_covariates(Panel.from_arrays([y[:40]]), known=Panel.from_arrays([c], names=["c"]))
    for strategy, horizon in ((recursive, 1), (mimo, 2)):
        forecaster = sa.fit(
            models.LinearAR(1),
            panel,
            horizon,
            key=jax.random.key(0),
            strategy=strategy,
            scaler=data.identity(),
        )
        np.testing.assert_allclose(forecaster.predict(4).mean[0, :, 0], y[40:44], atol=1e-4)
    with pytest.raises(
        Refusal,
        match=(
            r"'c' is missing after the end of series '0': first at 45, but the forecast needs it up"
            r" to 45"
        ),
    ):
        forecaster.predict(5)  # three blocks of two steps need six


SPECS = [
    models.LinearAR((1, 3)),
    models.Anchored(models.GRU(3)),
    models.Direct(models.MLPAR(2, (3,))),
]


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_along_a_sequence_step_by_step_and_in_training_a_model_sees_the_same(spec: Any) -> None:
    scale = covariate_scale(law())
    panel = scaled_covariates(law(), scale, HORIZON)
    model = models.build(spec, scale.channels(1, False, HORIZON), Point(HORIZON), jax.random.key(1))
    batch = next(padded_batches(panel.slice(np.array([0, 0]), np.array([9, 9])), horizon=HORIZON))
    xs = jax.tree.map(lambda leaf: leaf[:2, :9], batch.observation(jnp.float32))
    out = run(model, xs).out
    state = model.initial_state(2)
    for t in range(9):
        state, at = step(model, state, jax.tree.map(lambda leaf, t=t: leaf[:, t], xs))
        assert_close(at, out[:, t])
    for field in ("known", "past"):
        moved = xs._replace(**{field: getattr(xs, field).at[:, 4].add(1.0)})
        changed = np.asarray(run(model, moved).out != out).any(axis=(0, 2, 3, 4))
        assert not changed[:4].any() and changed[4]
    windows = sliding_windows(panel.offsets, 9)
    first = [int(np.flatnonzero(windows.start == panel.offsets[i])[0]) for i in batch.series]
    chosen = Batch(*(jnp.asarray(part[first]) for part in windows), weight=jnp.ones(2))
    loss, _ = eqx.filter_jit(batch_loss)(
        model,
        series_of(panel, jnp.float32),
        chosen,
        None,
        None,
        span=9,
        steps=LAST,
        facts=WindowFacts(filled=True, complete=False),
    )
    targets = np.stack([panel.series(i)[9 : 9 + HORIZON] for i in batch.series])
    np.testing.assert_allclose(loss, np.mean((out[:, -1, :, :, 0] - targets) ** 2), rtol=1e-5)


def test_a_copy_of_direct_sees_its_own_step_alone() -> None:
    channels = Channels(1, known=2 * 3 + 1, static=1)
    model = models.build(models.Direct(models.LinearAR(2)), channels, Point(3), jax.random.key(0))
    known = jnp.zeros((1, 4, 7))
    out = run(model, Observation(jnp.ones((1, 4, 1)), known=known)).out
    for column, steps in ((0, [0]), (3, [1]), (5, [2]), (6, [0, 1, 2])):
        moved = run(
            model, Observation(jnp.ones((1, 4, 1)), known=known.at[..., column].add(1.0))
        ).out
        assert np.flatnonzero(np.asarray(moved != out).any(axis=(0, 1, 3, 4))).tolist() == steps


def test_a_rollout_past_its_own_horizon_is_fed_what_is_known_then() -> None:
    model = models.build(models.MLPAR(2, (3,)), Channels(1, known=2), Point(2), jax.random.key(0))
    draw = np.random.default_rng(0)
    value, known = (
        jnp.asarray(draw.normal(size=(1, 3, 1)), "f4"),
        jnp.asarray(draw.normal(size=(1, 7, 2)), "f4"),
    )
    seen = run(model, Observation(value, known=known[:, :3]))
    got = eqx.filter_jit(rollout)(model, seen.state, seen.out[:, -1], 5, known=known[:, 3:]).values
    state, out, ahead = seen.state, seen.out[:, -1], []
    for j in range(6):
        if j % 2 == 0:
            block = model.head.mean(out)
        ahead.append(block[:, j % 2])
        if j < 4:
            state, out = step(model, state, Observation(ahead[-1], known=known[:, 3 + j]))
    assert_close(got, jnp.stack(ahead[:5], axis=1))


@pytest.mark.parametrize("spec", [models.LinearAR(2), models.GRU(3)], ids=repr)
def test_what_is_not_known_at_the_origin_leaves_forecasts_equal_to_the_bit(spec: Any) -> None:
    training = (
        None if isinstance(spec, models.LinearAR) else Gradient(span=4, epochs=1, batch=8, steps=2)
    )
    found = []
    for garbage in (0.0, 1e3):
        panel = law(more=HORIZON, garbage=garbage)
        report = sa.backtest(
            [spec],
            panel,
            HORIZON,
            1,
            key=jax.random.key(0),
            levels=(),
            training=training,
            strategy=mimo,
        )
        found.append(report)
    assert_same_bits(found[0].mean, found[1].mean)
    moved = law(more=HORIZON)
    held = moved.covariates
    held.known[held.offsets[1:] - HORIZON - 1] += 5.0  # the last step that is forecast
    other = sa.backtest(
        [spec],
        moved,
        HORIZON,
        1,
        key=jax.random.key(0),
        levels=(),
        training=training,
        strategy=mimo,
    )
    assert not np.array_equal(other.mean[repr(spec)], found[0].mean[repr(spec)])


def test_saved_is_loaded_with_its_covariates(tmp_path: Any) -> None:
    sa.save(solved(), tmp_path / "model")
    again = sa.load(tmp_path / "model")
    assert_same_bits(again.predict().mean, solved().predict().mean)
    assert again.summary() == solved().summary() and "known c; past p; static s" in again.summary()


def test_what_cannot_be_fed_is_refused() -> None:
    with pytest.raises(Refusal, match=r"Past covariates \(p\) end with the series"):
        sa.fit(models.LinearAR(1), law(), HORIZON, key=jax.random.key(0), strategy=recursive)
    with pytest.raises(Refusal, match="so it cannot be fed its own forecasts: it answers 2"):
        solved().predict(3, panel=law(more=0).slice(np.zeros(2, int), np.array(LENGTHS) - 2))
    with pytest.raises(
        Refusal, match="fitted with the static covariate 's', which these series do not have"
    ):
        solved().predict(panel=data.without_covariates(law()))
    naive = sa.fit(
        models.Naive(),
        without_past(law()).slice(np.zeros(2, int), np.array(LENGTHS), ahead=0),
        1,
        key=jax.random.key(0),
    )
    assert naive.predict().mean[0, 0, 0] == pytest.approx(
        law().series(0)[-1, 0], rel=1e-5
    )  # a baseline asks for no future
    assert (
        sa.fit(
            models.LinearAR(1), law(), HORIZON, key=jax.random.key(0), strategy=direct
        ).model.head.horizon
        == HORIZON
    )
