"""The rules of every model ahead: any horizon, its own values fed back, and draws that are a
function of the key."""

import equinox as eqx
import jax
import numpy as np
import pytest
from registry import CASES, KINDS, Case, assert_close, assert_same_bits, made, positive

from stepahead.models import Model, ModelState, Observation, Sampler, rollout, unroll

BATCH, TIME, FAR = 3, 6, 7

rolled = eqx.filter_jit(rollout)
mean = eqx.filter_jit(lambda head, out: head.mean(out))
step = eqx.filter_jit(lambda model, state, value: model.step(state, Observation(value)))
each_case = pytest.mark.parametrize("case", CASES, ids=repr)
each_kind = pytest.mark.parametrize("case", KINDS, ids=repr)
every_other_kind = pytest.mark.parametrize("case", KINDS[::2], ids=repr)
drawing = [case for case in KINDS[::2] if isinstance(case.head, Sampler)]
each_that_draws = pytest.mark.parametrize("case", drawing, ids=repr)


@eqx.filter_jit
def seen(model: Model, value: jax.Array) -> tuple[ModelState, jax.Array]:
    """The state at the end of a history, and the output there."""
    done = unroll(model, Observation(value))
    return done.state, done.out[:, -1]


def history(case: Case) -> jax.Array:
    return positive(BATCH, TIME, case.channels)


@each_kind
def test_means_are_fed_back_in_blocks_of_the_models_own_horizon(case: Case) -> None:
    model = made(case)
    state, out = seen(model, history(case))
    done = rolled(model, state, out, FAR)
    values, outs = [], []
    while len(values) < FAR:
        block, parameters = np.asarray(mean(model.head, out)), np.asarray(out)
        for k in range(case.head.horizon):
            values.append(block[:, k])
            outs.append(parameters[:, k])
        for k in range(case.head.horizon):
            state, out = step(model, state, jax.device_put(block[:, k]))
    assert_close(
        done, (np.stack(values[:FAR], axis=1), np.stack(outs[:FAR], axis=1)), rtol=1e-4, atol=1e-4
    )


@every_other_kind
def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(case: Case) -> None:
    model, own = made(case), case.head.horizon
    state, out = seen(model, history(case))
    longest = jax.tree.map(np.asarray, rolled(model, state, out, FAR))
    horizon = own - 1 if own > 1 else 2
    shorter = rolled(model, state, out, horizon)
    assert shorter.values.shape == (BATCH, horizon, case.channels)
    assert_close(shorter, (longest.values[:, :horizon], longest.out[:, :horizon]))


@each_that_draws
def test_a_path_is_a_function_of_its_key_alone(case: Case) -> None:
    model, keys = made(case), jax.random.split(jax.random.key(1), BATCH)
    state, out = seen(model, history(case))
    paths, again, others = (
        np.asarray(rolled(model, state, out, FAR, each).values) for each in (keys, keys, keys[::-1])
    )
    assert_same_bits(again, paths)
    assert not np.array_equal(others[0], paths[0]) and not np.array_equal(others[2], paths[2])
    assert_same_bits(others[1], paths[1])
    first, own = paths[:, 0], case.head.horizon
    assert (np.diff(paths[:, own:], axis=1) != 0).any() and len(np.unique(first, axis=0)) > 1


@each_that_draws
def test_a_path_is_the_same_alone_and_in_company(case: Case) -> None:
    model, keys = made(case), jax.random.split(jax.random.key(1), BATCH)
    state, out = seen(model, history(case))
    together = np.asarray(rolled(model, state, out, FAR, keys).values)
    one = jax.tree.map(lambda leaf: jax.device_put(np.asarray(leaf)[1:2]), (state, out))
    alone = np.asarray(rolled(model, *one, FAR, keys[1:2]).values)
    assert_close(alone[0], together[1], rtol=1e-4, atol=1e-4)
