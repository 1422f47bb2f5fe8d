"""The registry: every specification, head, strategy and scaler, each in a small case that every
contract is checked on."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from stepahead import data, models
from stepahead.models import (
    Bernoulli,
    Channels,
    Gaussian,
    MixtureOf,
    Model,
    NegativeBinomial,
    Observation,
    Point,
    Quantiles,
    StudentT,
    unroll,
)

unrolled = eqx.filter_jit(unroll)
"""`unroll` as one program: called by itself, each of its operations is compiled as one."""


@dataclass(frozen=True)
class Leaky:
    """A step as a user writes one: a leaky sum of the past and a linear readout, fifteen lines with
    its body."""

    def build(self, channels: Channels, head: Any, key: Any) -> "LeakyBody":
        outputs = head.horizon * channels.value * head.parameters
        return LeakyBody(
            jnp.zeros(channels.value, "f4"),
            jax.random.normal(key, (outputs, channels.value), "f4"),
            jnp.zeros(outputs, "f4"),
        )


class LeakyBody(eqx.Module):
    decay: jax.Array
    weight: jax.Array
    bias: jax.Array

    def initial_state(self, batch: int) -> jax.Array:
        return jnp.zeros((batch, len(self.decay)), self.decay.dtype)

    def step(self, state: jax.Array, x: Observation) -> tuple[jax.Array, jax.Array]:
        state = jax.nn.sigmoid(self.decay) * state + x.value
        return state, state @ self.weight.T + self.bias


class Smoothing(eqx.Module):
    """The step that the README shows: exponential smoothing."""

    rate: jax.Array
    spread: jax.Array
    head: Any = eqx.field(static=True)

    def initial_state(self, batch: int) -> jax.Array:
        return jnp.zeros((batch, 1), self.rate.dtype)

    def step(self, level: jax.Array, x: Observation) -> tuple[jax.Array, jax.Array]:
        level = level + jax.nn.sigmoid(self.rate) * (x.value - level)
        return level, self.head.at(
            jnp.repeat(level[:, None], self.head.horizon, axis=1), self.spread
        )


@dataclass(frozen=True)
class SimpleSmoothing:
    """Its specification."""

    def build(self, channels: Channels, head: Any, key: Any) -> Smoothing:
        return Smoothing(
            jnp.zeros(1, "f4"), jnp.zeros((head.horizon, 1, head.parameters), "f4"), head
        )


@dataclass(frozen=True)
class Case:
    """A specification with a head, on so many channels; with `mask`, the body also sees what was
    observed."""

    spec: Any
    head: Any
    channels: int = 2
    mask: bool = False

    def __repr__(self) -> str:
        return f"{self.spec!r}, {self.head!r}" + (", mask" if self.mask else "")


THREE = (0.1, 0.5, 0.8)

CASES = [
    Case(models.Naive(), Gaussian(2)),
    Case(models.SeasonalNaive(3), Point(4)),
    Case(models.Drift(), StudentT(2)),
    Case(models.Mean(), Quantiles(1, THREE)),
    Case(models.LinearAR(3), Gaussian()),
    Case(models.LinearAR((1, 3)), Quantiles(2, THREE), mask=True),
    Case(models.MLPAR(3, (4,)), StudentT(2)),
    Case(models.MLPAR((2, 3), (4, 3)), NegativeBinomial(), mask=True),
    Case(models.RNN(3), Point()),
    Case(models.RNN((3, 4), relu=True), Gaussian(2), mask=True),
    Case(models.RNN((3, 2), readout=False), Point(2), channels=1),
    Case(models.LSTM(3), NegativeBinomial(2)),
    Case(models.LSTM((3, 2), dropout=0.5), StudentT(), mask=True),
    Case(models.GRU(3), Quantiles(2, THREE)),
    Case(models.GRU(3, layers=2), Gaussian(3)),
    Case(models.MinGRU((3, 2)), Gaussian(2), mask=True),
    Case(models.Anchored(models.GRU(3)), StudentT(2), mask=True),
    Case(models.Anchored(models.MLPAR(2, (3,))), Gaussian()),
    Case(models.Anchored(models.Drift()), Point(2)),
    Case(models.Direct(models.LSTM(2)), Gaussian(3)),
    Case(models.Direct(models.MLPAR(2, (3,))), Point(2), mask=True),
    Case(models.Direct(models.LinearAR(2)), Gaussian(2)),
    Case(models.Anchored(models.Direct(models.GRU(2))), Quantiles(2, THREE)),
    Case(Leaky(), Gaussian()),
    Case(SimpleSmoothing(), StudentT(2), channels=1),
    Case(models.Anchored(SimpleSmoothing()), Point(2), channels=1),
    Case(models.Direct(Leaky()), NegativeBinomial(2)),
    Case(models.EncoderDecoder(models.GRU(2)), Gaussian(3), mask=True),
    Case(models.HMM(2), MixtureOf(2, Gaussian(), 2)),
    Case(models.HMM(2, models.Autoregressive(2)), MixtureOf(1, Gaussian(), 2), channels=1),
    Case(
        models.HMM(2, (Gaussian(), StudentT())),
        MixtureOf(2, models.OneOf(heads=(Gaussian(), StudentT())), 2),
    ),
]
"""Every specification with some head, every head with some specification, one and several channels
and steps."""

KINDS = [*CASES[::3], CASES[11]]
"""Every head and every way of building once, for rules that cost a compilation and hold by
construction for the rest."""

HEADS = [Point(), Gaussian(), StudentT(), NegativeBinomial(), Bernoulli(), Quantiles()]

SCALERS = {
    "identity": data.identity(),
    "standard": data.standard(),
    "mean_scale": data.mean_scale(),
    "robust": data.robust(),
    "step_scale": data.step_scale(),
    "log": data.log(),
    "asinh": data.asinh(),
    "difference": data.difference(),
    "seasonal difference": data.difference(3),
    "seasonal_additive": data.seasonal_additive(3),
    "seasonal_multiplicative": data.seasonal_multiplicative(3),
    "log, difference, standard": data.pipeline(data.log(), data.difference(), data.standard()),
}


@cache
def made(case: Case, seed: int = 0) -> Model:
    """The case's model with every number moved from where it begins, so that no bias is 0 and no
    two are alike."""
    of_model, of_noise = jax.random.split(jax.random.key(seed))
    model = models.build(case.spec, Channels(case.channels, mask=case.mask), case.head, of_model)
    leaves, shape = jax.tree.flatten(eqx.filter(model, eqx.is_inexact_array))
    noise = np.random.default_rng(int(jax.random.bits(of_noise)))
    moved = [
        jax.device_put((np.asarray(leaf) + noise.normal(0, 0.3, leaf.shape)).astype(leaf.dtype))
        for leaf in leaves
    ]
    return eqx.combine(jax.tree.unflatten(shape, moved), model)


def positive(*shape: int, seed: int = 0) -> jax.Array:
    """Inputs above 0, which suit every head."""
    return jax.device_put(np.random.default_rng(seed).gamma(2.0, 0.7, shape).astype(np.float32))


def assert_close(got: Any, wanted: Any, *, rtol: float = 2e-5, atol: float = 2e-5) -> None:
    """Two trees of arrays are equal up to rounding."""
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol)


def assert_same_bits(got: Any, wanted: Any) -> None:
    """Two trees of arrays are equal to the bit."""
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(wanted), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
