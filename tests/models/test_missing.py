"""The input of a model where a value is missing: its own prediction (recurrent), its last value
(windowed), and the mask."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import Case, assert_close, made, positive, unrolled

from stepahead import models
from stepahead.models import Gaussian, Observation, Point

GAPS = [1, 3, 4]


def with_gaps(case: Case) -> Observation:
    observed = np.ones((1, 7, case.channels), bool)
    observed[:, GAPS] = False
    return Observation(
        jnp.where(observed, positive(1, 7, case.channels), 0.0), jnp.asarray(observed)
    )


@pytest.mark.parametrize(
    "spec", [models.LSTM(3), models.GRU(3, layers=2), models.Anchored(models.RNN(3))], ids=repr
)
def test_a_recurrent_model_is_fed_its_own_prediction(spec) -> None:
    model = made(Case(spec, Gaussian(2)))
    xs = with_gaps(Case(spec, Gaussian(2)))
    got, filled = unrolled(model, xs), xs.value
    for t in GAPS:
        before = unrolled(model, Observation(filled[:, :t])).out[:, -1]
        filled = filled.at[:, t].set(model.head.mean(before)[:, 0])
    wanted = unrolled(model, Observation(filled))
    assert_close((got.out, got.state), (wanted.out, wanted.state))


@pytest.mark.parametrize(
    "spec",
    [models.LinearAR(3), models.MLPAR((1, 3), (4,)), models.Anchored(models.MLPAR(2, (3,)))],
    ids=repr,
)
def test_a_windowed_model_is_fed_its_last_value(spec) -> None:
    model = made(Case(spec, Gaussian(2)))
    xs = with_gaps(Case(spec, Gaussian(2)))
    got = unrolled(model, xs)
    last = [0, 0, 2, 2, 2, 5, 6]
    wanted = unrolled(model, Observation(xs.value[:, jnp.array(last)]))
    assert_close((got.out, got.state), (wanted.out, wanted.state))


@pytest.mark.parametrize(
    "spec", [models.LSTM(3), models.LinearAR(3), models.Direct(models.MLPAR(2, (3,)))], ids=repr
)
def test_the_mask_channel_tells_a_stand_in_from_a_value(spec) -> None:
    case = Case(spec, Point(), mask=True)
    model, xs = made(case), with_gaps(case)
    assert model.channels.width == 4
    seen = Observation(xs.value[:, jnp.array([0, 0, 2, 2, 2, 5, 6])], jnp.ones_like(xs.observed))
    assert not np.allclose(
        unrolled(model, xs).out[:, 1:], unrolled(model, seen).out[:, 1:], atol=1e-3
    )
    assert_close(unrolled(model, seen).out, unrolled(model, Observation(seen.value)).out)


def test_a_mean_does_not_count_what_was_not_seen_and_naives_repeat() -> None:
    x = jnp.array([2.0, 0.0, 4.0, 0.0, 0.0, 9.0])[None, :, None]
    xs = Observation(x, jnp.array([1, 0, 1, 0, 0, 1], bool)[None, :, None])

    def forecasts(spec):
        return (
            unrolled(models.build(spec, 1, Point(), jax.random.key(0)), xs)
            .out[0, :, 0, 0, 0]
            .tolist()
        )

    assert forecasts(models.Mean()) == [2.0, 2.0, 3.0, 3.0, 3.0, 5.0]
    assert forecasts(models.Naive()) == [2.0, 2.0, 4.0, 4.0, 4.0, 9.0]
    assert forecasts(models.SeasonalNaive(2)) == [0.0, 2.0, 0.0, 4.0, 0.0, 4.0]
