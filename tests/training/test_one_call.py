"""Loss and gradient of a minibatch of windows as one native call: the numbers of `batch_loss` and
its derivative in float64, and which models and data are left to them."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from stepahead import native
from stepahead.data import Windows
from stepahead.models import (
    GRU,
    LSTM,
    RNN,
    Anchored,
    Channels,
    Gaussian,
    Head,
    Model,
    Point,
    Poisson,
    build,
)
from stepahead.training import EVERY, LAST, Gradient, Series, Trained, _loop, adam, cosine, train
from stepahead.training._loss import Batch, LossSteps, WindowFacts, batch_loss
from stepahead.training._one_call import in_one_call

pytestmark = pytest.mark.skipif(not native.available(), reason=native.reason())

WHOLE = WindowFacts(filled=True, complete=True)
TOTAL, SPAN = 90, 11


@dataclass(frozen=True)
class Case:
    spec: Any
    head: Head
    channels: int = 1
    batch: int = 19
    steps: LossSteps = EVERY

    def model(self) -> Model:
        return build(self.spec, self.channels, self.head, 0)


CASES = [
    Case(LSTM(20, layers=2), Point(4)),
    Case(LSTM((5, 17), layers=2), Gaussian(2), channels=3, steps=(0, 4, -1)),
    Case(GRU(20, layers=2), Point(4), batch=33),
    Case(Anchored(GRU((9, 6, 3), layers=3)), Gaussian(3), channels=2, steps=LAST),
    Case(RNN((20, 20, 4), layers=3, readout=False), Point(4)),
    Case(Anchored(RNN(6, relu=True)), Point(2), channels=2, batch=64),
]


def drawn(case: Case) -> tuple[Series, Batch]:
    """A walk, and windows of it of which two are padding."""
    draw = np.random.default_rng(1)
    walk = 0.3 * draw.normal(size=(TOTAL, case.channels)).cumsum(axis=0)
    horizon = case.head.horizon
    start = draw.integers(TOTAL - SPAN - horizon + 1, size=case.batch)
    start[0] = TOTAL - SPAN - horizon  # the last one that is whole
    weight = np.r_[np.ones(case.batch - 2), 0, 0]
    numbers = start, np.full_like(start, SPAN), start + SPAN + horizon
    begins, lengths, ends = (jnp.asarray(each, jnp.int32) for each in numbers)
    batch = Batch(begins, lengths, ends, jnp.asarray(weight, jnp.float32))
    return Series(jnp.asarray(walk, jnp.float32), None), batch


def by_derivative(case: Case, vector: np.ndarray, dtype: Any) -> tuple[float, np.ndarray]:
    """The loss and its gradient by `batch_loss`."""
    series, batch = jax.tree.map(
        lambda a: a.astype(dtype) if eqx.is_inexact_array(a) else a, drawn(case)
    )
    weights, frozen = eqx.partition(case.model(), eqx.is_inexact_array)
    unravel = ravel_pytree(jax.tree.map(lambda a: a.astype(dtype), weights))[1]

    @jax.jit
    def value(vector: jax.Array) -> jax.Array:
        model = eqx.combine(unravel(vector), frozen)
        return batch_loss(
            model, series, batch, None, None, span=SPAN, steps=case.steps, facts=WHOLE
        )[0]

    loss, gradient = jax.value_and_grad(value)(jnp.asarray(vector, dtype))
    return float(loss), np.asarray(gradient)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_it_equals_the_derivative_in_float64(case: Case) -> None:
    vector = np.asarray(ravel_pytree(eqx.filter(case.model(), eqx.is_inexact_array))[0])
    vector = vector + 0.1 * np.random.default_rng(2).normal(size=vector.shape).astype(np.float32)
    series, batch = drawn(case)
    slope = in_one_call(case.model(), series, case.batch, SPAN, case.steps, WHOLE)
    assert slope is not None
    found = jax.jit(slope)(jnp.asarray(vector), (batch, None, None))
    with jax.enable_x64(True):
        loss, gradient = by_derivative(case, vector, jnp.float64)
    assert float(found.loss) == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(found.gradient, gradient, rtol=0, atol=1e-5 * abs(gradient).max())
    places = SPAN if case.steps is None else len(case.steps)
    assert found.terms == (case.batch - 2) * places * case.head.horizon * case.channels


@pytest.mark.parametrize("scheduled", [False, True])
def test_training_goes_the_same_way_with_and_without_it(
    scheduled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(GRU(8), Gaussian(2))
    start = np.arange(TOTAL - SPAN - 2, dtype=np.int32)
    windows = Windows(start, np.full_like(start, SPAN), start + SPAN + 2)

    def trained(rate: float) -> Trained:
        rule = adam(cosine(rate, 15), clip=0.5, decay=0.5) if scheduled else adam(rate)
        recipe = Gradient(span=SPAN, epochs=3, batch=16, optimizer=rule)
        return train(case.model(), drawn(case)[0], windows, recipe, key=1)

    one = trained(0.01)
    monkeypatch.setattr(_loop, "in_one_call", lambda *_: None)
    other = trained(0.01 + 1e-9)  # another recipe, so that it is traced anew
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-5)
    assert one.losses[-1] < one.losses[0] - 0.01


def test_any_number_of_blocks_gives_the_gradient_of_their_sum() -> None:
    """More blocks than groups, and a last one that is not full: the sum over its windows."""
    case = Case(RNN(5), Point(), batch=2 * 16 * 16 + 3)
    series, batch = drawn(case)
    vector = ravel_pytree(eqx.filter(case.model(), eqx.is_inexact_array))[0]
    slope = in_one_call(case.model(), series, case.batch, SPAN, EVERY, WHOLE)
    assert slope is not None
    whole = jax.jit(slope)(vector, (batch, None, None)).gradient
    parts = [
        jax.jit(slope)(vector, (batch._replace(weight=batch.weight * mask), None, None))
        for mask in (np.arange(case.batch) % 3 == k for k in range(3))
    ]
    counts = np.array([part.terms for part in parts])
    mean = sum(part.gradient * part.terms for part in parts) / counts.sum()
    np.testing.assert_allclose(whole, mean, rtol=0, atol=1e-6 * float(abs(whole).max()))


@pytest.mark.parametrize(
    "case",
    [
        Case(GRU(8), Poisson()),
        Case(GRU(8, layers=2, dropout=0.1), Point()),
        Case(LSTM(200), Point()),
        Case(GRU(8), Point(), steps=(-1, SPAN - 1)),
    ],
    ids=["head", "dropout", "wide", "a step twice"],
)
def test_what_it_does_not_know_is_left_to_the_derivative(case: Case) -> None:
    series, _ = drawn(case)
    assert in_one_call(case.model(), series, case.batch, SPAN, case.steps, WHOLE) is None


def test_gaps_parts_of_windows_covariates_and_doubles_are_left_to_the_derivative() -> None:
    case = Case(GRU(8), Point())
    series, _ = drawn(case)
    partly = WindowFacts(filled=True, complete=False)
    masked = build(case.spec, Channels(1, mask=True), case.head, 0)
    gaps = series._replace(observed=jnp.ones(series.values.shape, bool))
    for model, data, facts in [
        (case.model(), gaps, WHOLE),
        (case.model(), series, partly),
        (masked, series, WHOLE),
    ]:
        assert in_one_call(model, data, case.batch, SPAN, EVERY, facts) is None
    assert in_one_call(case.model(), series, 1, 2, EVERY, WHOLE) is None  # a scan is faster
