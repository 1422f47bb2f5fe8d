"""The training loop: what an epoch averages, what it updates, when it stops, and that it is a
function of the key."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from registry import assert_same_bits, unrolled

from stepahead._check import Refusal
from stepahead.data import Panel, last_windows, sliding_windows
from stepahead.models import (
    GRU,
    LSTM,
    MLPAR,
    Channels,
    Gaussian,
    Model,
    Observation,
    Point,
    build,
)
from stepahead.training import EVERY, LAST, Gradient, Series, loss_of, series_of, train
from stepahead.training._descent import check_numbers
from stepahead.training._loss import LossSteps

SPAN = 2
OFFSETS = np.array([0, 9, 14])
VALUES = np.random.default_rng(0).normal(size=(14, 1)).astype(np.float32)
SERIES = Series(jnp.asarray(VALUES), None)
WINDOWS = sliding_windows(OFFSETS, SPAN)
ONE_DOWN = optax.GradientTransformation(
    lambda weights: (), lambda slopes, state, weights=None: (-jnp.ones_like(slopes), state)
)
"""An optimizer that counts: every update takes 1 off every weight."""


def linear(horizon: int = 1) -> Model:
    return build(MLPAR(SPAN, ()), 1, Point(horizon), jax.random.key(0))


def by_hand(model: Model, windows=WINDOWS) -> tuple[float, np.ndarray, float]:
    """Mean squared error of the last steps of the windows, and its slope in the weights and in the
    bias."""
    weight, bias = np.asarray(model.body.weights[0][0], np.float64), float(model.body.biases[0][0])
    x = VALUES[windows.start[:, None] + np.arange(SPAN), 0].astype(np.float64)
    error = x @ weight + bias - VALUES[windows.start + SPAN, 0]
    return (error**2).mean(), 2 * (error[:, None] * x).mean(axis=0), 2 * error.mean()


def test_an_epoch_is_the_mean_over_all_windows_however_they_are_cut_into_batches() -> None:
    model = linear()
    assert len(WINDOWS.start) == 10
    for batch in (3, 4, 10, 64):
        recipe = Gradient(
            span=SPAN, epochs=2, batch=batch, optimizer=optax.sgd(0.0), loss_steps=LAST
        )
        done = train(model, SERIES, WINDOWS, recipe, key=jax.random.key(1))
        np.testing.assert_allclose(done.losses, by_hand(model)[0], rtol=1e-5)
        assert_same_bits(done.model, model)


def test_padding_of_the_short_last_batch_has_no_weight_in_the_gradient() -> None:
    model = linear()
    _, of_weight, of_bias = by_hand(model)
    recipe = Gradient(span=SPAN, epochs=1, batch=16, optimizer=optax.sgd(0.1), loss_steps=LAST)
    body = train(model, SERIES, WINDOWS, recipe, key=jax.random.key(1)).model.body
    np.testing.assert_allclose(
        body.weights[0][0],
        np.asarray(model.body.weights[0][0]) - 0.1 * of_weight,
        rtol=1e-4,
        atol=1e-6,
    )
    np.testing.assert_allclose(body.biases[0][0], -0.1 * of_bias, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "updates"), [({"batch": 4}, 3), ({"batch": 5}, 2), ({"batch": 4, "steps": 7}, 7)]
)
def test_the_short_last_batch_is_an_update_too(options, updates) -> None:
    model = linear()
    done = train(
        model,
        SERIES,
        WINDOWS,
        Gradient(span=SPAN, epochs=2, optimizer=ONE_DOWN, **options),
        key=jax.random.key(1),
    )
    np.testing.assert_allclose(
        done.model.body.biases[0], model.body.biases[0] - 2 * updates, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("steps", "gaps"), [(EVERY, False), ((0, -1), False), (EVERY, True), (LAST, True), ((1,), True)]
)
def test_the_loss_counts_at_the_chosen_steps_where_there_is_a_target(
    steps: LossSteps, gaps: bool
) -> None:
    span, horizon = 4, 3
    model = build(GRU(3), 1, Gaussian(horizon), jax.random.key(0))
    windows = sliding_windows(OFFSETS, span, shorter=True)
    seen = np.ones((14, 1), bool)
    if gaps:
        seen[[5, 6, 12]] = False
    series = Series(jnp.where(seen, VALUES, 99.0), jnp.asarray(seen) if gaps else None)
    losses = []
    for start, length, stop in zip(*windows, strict=True):
        part = slice(start, start + length)
        out = unrolled(
            model, Observation(series.values[None, part], jnp.asarray(seen[None, part]))
        ).out[0]
        places = range(length) if steps is None else [p + length if p < 0 else p for p in steps]
        for place in places:
            for k in range(1, horizon + 1):
                target = start + place + k
                if 0 <= place < length and target < stop and seen[target, 0]:
                    losses.append(
                        model.head.loss(out[place, k - 1, 0], jnp.asarray(VALUES[target, 0])).item()
                    )
    assert loss_of(model, series, windows, span=span, steps=steps) == pytest.approx(
        np.mean(losses), rel=1e-4
    )


@pytest.mark.parametrize("spec", [LSTM(3, layers=2, dropout=0.3), MLPAR(SPAN, (3,))], ids=repr)
def test_training_is_a_function_of_its_key(spec) -> None:
    model = build(spec, 1, Gaussian(), jax.random.key(0))
    recipe = Gradient(span=SPAN, epochs=2, batch=4)
    first, again, other = (
        train(model, SERIES, WINDOWS, recipe, key=jax.random.key(k)) for k in (1, 1, 2)
    )
    assert_same_bits(again.model, first.model)
    assert again.losses == first.losses and other.losses != first.losses
    assert not np.array_equal(jax.tree.leaves(other.model)[0], jax.tree.leaves(first.model)[0])


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("spec", [LSTM(3), MLPAR(SPAN, (3,))], ids=repr)
def test_what_stands_where_a_value_is_missing_changes_nothing(spec, mask: bool) -> None:
    """But for a window that begins there: it begins with the last value seen before, which stands
    in its place."""
    gaps = [3, 8, 11]
    seen = np.ones((14, 1), bool)
    seen[gaps] = False
    held = series_of(
        Panel.from_arrays([np.where(seen[:, 0], np.asarray(VALUES)[:, 0], np.nan)]), jnp.float32
    )
    np.testing.assert_array_equal(held.values[jnp.array(gaps)], np.asarray(VALUES)[[2, 7, 10]])
    windows = type(WINDOWS)(*(part[~np.isin(WINDOWS.start, gaps)] for part in WINDOWS))
    model = build(spec, Channels(1, mask=mask), Gaussian(2), jax.random.key(0))
    recipe = Gradient(span=SPAN, epochs=2, batch=4)

    def trained(values: Any, on: Any = windows, observed: Any = seen) -> Any:
        given = Series(jnp.asarray(values), jnp.asarray(observed))
        return train(model, given, on, recipe, key=jax.random.key(1))

    zero, far = (trained(np.where(seen, VALUES, filler)) for filler in (0.0, 1e5))
    if not mask:
        begun = [trained(np.where(seen, VALUES, filler), WINDOWS) for filler in (0.0, 0.5)]
        assert begun[0].losses != begun[1].losses
    assert_same_bits(far.model, zero.model)
    assert far.losses == zero.losses
    assert trained(VALUES, observed=np.ones((14, 1), bool)).losses != zero.losses


def test_one_event_an_epoch() -> None:
    events = []
    recipe = Gradient(span=SPAN, epochs=3, batch=4)
    done = train(linear(), SERIES, WINDOWS, recipe, key=jax.random.key(1), on_event=events.append)
    assert [(event.number, event.epochs, event.validation) for event in events] == [
        (1, 3, None),
        (2, 3, None),
        (3, 3, None),
    ]
    assert tuple(event.loss for event in events) == done.losses and len(done.losses) == 3
    assert_same_bits(events[-1].progress.model, done.model)
    assert done.stopped == "all 3 epochs were run"


def test_early_stopping_keeps_the_best_weights() -> None:
    """Every update takes 1 off the bias, which starts 2.5 above what is right: the third epoch is
    the best one."""
    model = linear()
    weights, biases = (
        jax.tree.map(jnp.zeros_like, model.body.weights),
        jax.tree.map(lambda b: jnp.full_like(b, 2.5), model.body.biases),
    )
    model = Model(type(model.body)(weights, biases, model.body.window), model.head, model.channels)
    down = optax.GradientTransformation(
        lambda weights: (),
        lambda slopes, state, weights=None: (
            jnp.where(jnp.arange(slopes.size) == slopes.size - 1, -1.0, 0.0),
            state,
        ),
    )
    flat = Series(jnp.zeros((14, 1)), None)
    events = []
    recipe = Gradient(span=SPAN, epochs=20, batch=64, optimizer=down, patience=4)
    judged = last_windows(OFFSETS, np.array([8, 4]), SPAN)
    done = train(
        model,
        flat,
        WINDOWS,
        recipe,
        key=jax.random.key(1),
        validation=judged,
        on_event=events.append,
    )
    np.testing.assert_allclose(
        done.validation, [1.5**2, 0.5**2, 0.5**2, 1.5**2, 2.5**2, 3.5**2], rtol=1e-6
    )
    assert (
        len(events) == 6
        and "had not improved for 4 epochs; the weights of epoch 2 are kept" in done.stopped
    )
    assert_same_bits(done.model, events[1].progress.model)


def test_without_patience_the_last_weights_are_kept() -> None:
    events = []
    recipe = Gradient(span=SPAN, epochs=3, batch=64, optimizer=ONE_DOWN)
    judged = last_windows(OFFSETS, np.array([8, 4]), SPAN)
    done = train(
        linear(),
        SERIES,
        WINDOWS,
        recipe,
        key=jax.random.key(1),
        validation=judged,
        on_event=events.append,
    )
    assert len(done.validation) == 3
    assert_same_bits(done.model, events[-1].progress.model)


def test_divergence_is_refused_in_a_sentence() -> None:
    recipe = Gradient(span=SPAN, epochs=50, batch=4, optimizer=optax.sgd(1e3))
    with pytest.raises(
        Refusal,
        match=(
            r"Training diverged: the (training loss|weights \S+) became (-?inf|nan) in epoch \d+\."
            r" Use a lower learning rate, or clip"
        ),
    ):
        train(linear(), SERIES, WINDOWS, recipe, key=jax.random.key(1))


@pytest.mark.parametrize("number", [np.nan, -np.inf])
def test_weights_that_the_last_update_breaks_are_refused_by_name(number) -> None:
    """The losses of all epochs are had before it, and are finite."""
    breaks = optax.GradientTransformation(
        lambda _: jnp.zeros((), int),
        lambda g, n, _: (jnp.full_like(g, jnp.where(n == 1, number, 0)), n + 1),
    )
    recipe = Gradient(span=SPAN, epochs=2, batch=1000, optimizer=breaks)
    with pytest.raises(
        Refusal,
        match=rf"Training diverged: the weights body.weights\[0\] became {number} in epoch 2",
    ):
        train(linear(), SERIES, WINDOWS, recipe, key=jax.random.key(1))


def test_numbers_that_were_never_finite_are_no_divergence() -> None:
    """A mask of one's own may hold −inf."""
    sound = check_numbers({"mask": jnp.array([0.0, -jnp.inf]), "weight": jnp.ones(2)})
    sound({"mask": jnp.array([0.0, -jnp.inf]), "weight": jnp.ones(2)}, 0.0, 1)
    with pytest.raises(Refusal, match=r"weights \['weight'\] became inf in epoch 3"):
        sound({"mask": jnp.array([0.0, -jnp.inf]), "weight": jnp.array([jnp.inf, 1])}, 0.0, 3)


@pytest.mark.parametrize(
    "wrong", [{"span": 0}, {"epochs": 0}, {"batch": -3}, {"steps": 0}, {"patience": 0}]
)
def test_recipes_that_cannot_be_are_refused(wrong) -> None:
    with pytest.raises(Refusal, match=f"`{next(iter(wrong))}` must be a whole number"):
        Gradient(**{"span": 4, **wrong})
    with pytest.raises(Refusal, match="names no step"):
        Gradient(span=4, loss_steps=())
