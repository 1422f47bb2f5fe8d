"""A step of one's own that does something wrong is told so in its own words, before anything is
trained."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import Leaky, LeakyBody

import stepahead as sa
from stepahead import models
from stepahead.models import Direct, Gaussian, Point, build


@dataclass(frozen=True)
class Wrong:
    """Builds what it is given."""

    make: Any

    def build(self, channels: Any, head: Any, key: Any) -> Any:
        return self.make(Leaky().build(channels, head, key))

    def __hash__(self) -> int:
        return 0


class Swapped(LeakyBody):
    def step(self, state, x):
        state, out = super().step(state, x)
        return out, state


class Alone(LeakyBody):
    def step(self, state, x):
        return super().step(state, x)[1]


class Wide(LeakyBody):
    def step(self, state, x):
        state, out = super().step(state, x)
        return state, jnp.concatenate([out, out], axis=1)


class Summed(LeakyBody):
    def step(self, state, x):
        state, out = super().step(state, x)
        return state.sum(axis=0), out


class Growing(LeakyBody):
    def step(self, state, x):
        _, out = super().step(state[:, :1], x)
        return jnp.concatenate([state, x.value], axis=1), out


class Broken(LeakyBody):
    def step(self, state, x):
        state, out = super().step(state, x)
        return state, out / x.value[:, :1] * x.value[:, :1]


class Crossed(LeakyBody):
    def step(self, state, x):
        return state, x.value @ self.weight


class Whole(LeakyBody):
    def initial_state(self, batch):
        return jnp.zeros(5)


class Plain:
    def initial_state(self, batch):
        return ()

    def step(self, state, x):
        return state, x.value


def as_kind(kind: type) -> Wrong:
    return Wrong(lambda body: kind(body.decay, body.weight, body.bias))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            as_kind(Swapped),
            (
                r"`Swapped.step` must return `state, out`.* the other way round: return the state"
                r" first"
            ),
        ),
        (
            as_kind(Alone),
            (
                r"must return `state, out`: the state as it came in, \(3, 1\) of float32.* It"
                r" returned \(3, 4\) of float32\."
            ),
        ),
        (
            as_kind(Wide),
            (
                r"\(3, 2, 1, 2\), or flat, \(3, 4\)\. It returned .* `out` \(3, 8\) of"
                r" float32.*Gaussian\(.*\) takes 2 a channel"
            ),
        ),
        (as_kind(Summed), r"It returned the state \(1,\) of float32"),
        (
            as_kind(Growing),
            (
                r"the state as it came in, \(3, 1\) of float32.* It returned the state \(3, 2\) of"
                r" float32"
            ),
        ),
        (as_kind(Broken), r"`Broken.step` gave nan in its out before anything was learned"),
        (
            as_kind(Crossed),
            (
                r"`Crossed.step`, given `x.value` of shape \(3, 1\) and the state \(3, 1\) of"
                r" float32, stopped with TypeError"
            ),
        ),
        (
            as_kind(Whole),
            (
                r"`Whole.initial_state\(batch\)` must give arrays whose first axis is the batch,"
                r" here 3, .* \(5,\) of float32"
            ),
        ),
        (
            Wrong(lambda body: Plain()),
            r"`Plain` must be a tree of arrays.* Derive it from `equinox.Module`",
        ),
        (
            Wrong(lambda body: body.decay),
            (
                r"`Wrong.build` must return an object with `initial_state\(batch\)` and"
                r" `step\(state, x\)`"
            ),
        ),
        (
            Wrong(lambda body: body.no_such),
            r"`Wrong.build`, given `channels, head, key`, stopped with AttributeError",
        ),
    ],
    ids=[
        "swapped",
        "alone",
        "wide",
        "summed",
        "growing",
        "nan",
        "crossed",
        "no batch",
        "plain class",
        "array",
        "build",
    ],
)
def test_what_a_step_of_ones_own_does_wrong_is_said(spec: Wrong, said: str) -> None:
    for whole in (spec, models.Anchored(spec)):
        with pytest.raises(sa.Refusal, match=said) as refusal:
            build(whole, 1, Gaussian(2), 0)
        assert "jax" not in str(refusal.value).lower()


def test_it_is_said_by_fit_whatever_the_strategy() -> None:
    panel = sa.Panel.from_arrays([np.arange(20.0)])
    for strategy in (
        sa.forecasting.recursive,
        sa.forecasting.mimo,
        sa.forecasting.direct,
        sa.forecasting.anchored(sa.forecasting.mimo),
    ):
        with pytest.raises(sa.Refusal, match=r"`Wide.step` must return `state, out`"):
            sa.fit(as_kind(Wide), panel, 2, key=0, strategy=strategy)


def test_what_is_right_is_built_also_under_a_transformation() -> None:
    keys = jax.random.split(jax.random.key(0), 3)
    many = jax.vmap(lambda key: build(Leaky(), 2, Point(), key))(keys)
    assert many.body.own.weight.shape == (3, 2, 2)
    one = jax.jit(
        lambda key: eqx.filter(build(Direct(Leaky()), 1, Gaussian(2), key), eqx.is_array)
    )(keys[0])
    assert one.body.bodies.own.weight.shape == (2, 2, 1)
    with pytest.raises(sa.Refusal, match="other way round"):
        jax.vmap(lambda key: build(as_kind(Swapped), 1, Point(2), key))(keys)
