"""Every epoch is drawn anew: its order, what dropout takes, what the imputer hides; and all of it
from the key."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from stepahead.data import Panel, Tokens, sliding_windows
from stepahead.models import GRU, MLPAR, Bidirectional, Embedded, Point, build
from stepahead.ops import generator
from stepahead.training import (
    BySequence,
    Gradient,
    Series,
    _imputation,
    train,
    train_imputer,
    train_running,
)
from stepahead.training._by_sequence import train_by_sequence

STILL = optax.sgd(0.0)
COUNT = 20


def recording(updates: int) -> optax.GradientTransformation:
    """Changes no weight, and keeps the last slope of every update."""

    def update(slopes: Any, state: Any, _: Any = None) -> tuple[Any, Any]:
        kept, number = state
        return jnp.zeros_like(slopes), (kept.at[number].set(slopes[-1]), number + 1)

    return optax.GradientTransformation(lambda _: (jnp.zeros(updates), 0), update)


def by_windows(key: Any) -> np.ndarray:
    """The slopes of two epochs over windows, one a minibatch: each window has its own."""
    values = jnp.asarray(np.random.default_rng(0).normal(size=(COUNT + 1, 1)), jnp.float32)
    recipe, events = Gradient(span=1, epochs=2, batch=1, optimizer=recording(2 * COUNT)), []
    model = build(MLPAR(1, ()), 1, Point(), 0)
    train(
        model,
        Series(values, None),
        sliding_windows(np.array([0, COUNT + 1]), 1),
        recipe,
        key=key,
        on_event=events.append,
    )
    return np.asarray(events[-1].progress.optimizer_state[0])


class Scalar(eqx.Module):
    weight: jax.Array


class Numbers(NamedTuple):
    """Examples of one step each, by their numbers."""

    values: Any

    @property
    def lengths(self) -> np.ndarray:
        return np.ones((COUNT, 1), int)


def of_number(
    model: Any, data: Any, examples: Any, spans: Any, key: Any
) -> tuple[jax.Array, jax.Array]:
    """Its slope is the number of the example."""
    return (
        model.weight * data.values[examples.rows] * examples.weight
    ).sum(), examples.weight.sum()


def by_sequences(key: Any) -> np.ndarray:
    """The slopes of two epochs over examples, one a minibatch."""
    recipe, events = BySequence(epochs=2, batch=1, optimizer=recording(2 * COUNT)), []
    model, data = Scalar(jnp.ones(1)), Numbers(jnp.arange(1.0, COUNT + 1))
    train_by_sequence(model, data, of_number, recipe, key=key, on_event=events.append)
    return np.asarray(events[-1].progress.optimizer_state[0])


@pytest.mark.parametrize("slopes", [by_windows, by_sequences])
def test_every_epoch_has_all_examples_in_an_order_of_its_own(slopes: Any) -> None:
    first, second = np.split(slopes(jax.random.key(0)), 2)
    assert sorted(first) == sorted(second) and len(set(first)) == COUNT
    assert (first != second).any() and (first != np.sort(first)).any()
    np.testing.assert_array_equal(slopes(jax.random.key(0)), [*first, *second])
    assert (slopes(jax.random.key(1))[:COUNT] != first).any()


def test_dropout_takes_others_in_every_epoch() -> None:
    text = Tokens.from_texts(["a b b a c a b a"])
    model = Embedded(GRU(4), dropout=0.5).build(len(text.vocabulary), jax.random.key(0))
    done = train_running(
        model, text, Gradient(span=4, batch=1, epochs=3, optimizer=STILL), key=jax.random.key(0)
    )
    assert len(set(done.losses)) == 3


@pytest.mark.parametrize("same", [None, "generator", "split_key"])
def test_the_imputer_takes_other_windows_and_hides_others_in_every_epoch(
    monkeypatch: Any, same: str | None
) -> None:
    """Each by itself: also where the other is the same in all epochs."""
    if same == "generator":
        monkeypatch.setattr(_imputation, "generator", lambda key, _: generator(key, 0))
    if same == "split_key":
        monkeypatch.setattr(_imputation, "split_key", lambda key, count: (key,) * count)
    panel = Panel.from_arrays([np.sin(np.arange(40.0))])
    body = Bidirectional(2).build(jnp.ones(1), 0, jax.random.key(0))
    recipe = Gradient(span=8, epochs=3, steps=1, batch=4, optimizer=STILL)
    assert len(set(train_imputer(body, panel, recipe, key=jax.random.key(0)).losses)) == 3
