"""What every model promises ahead: any horizon, its own values fed back, and draws that are a
function of the key."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import CASES, KINDS, Case, assert_close, assert_same_bits, made, positive

from stepahead.models import Observation, Sampler, rollout, unroll

BATCH, TIME, FAR = 3, 6, 7

seen = eqx.filter_jit(lambda model, value: unroll(model, Observation(value)))
rolled = eqx.filter_jit(rollout)
step = eqx.filter_jit(lambda model, state, value: model.step(state, Observation(value)))
each_case = pytest.mark.parametrize("case", CASES, ids=repr)
each_kind = pytest.mark.parametrize("case", KINDS, ids=repr)
every_other_kind = pytest.mark.parametrize("case", KINDS[::2], ids=repr)
drawing = [case for case in KINDS[::2] if isinstance(case.head, Sampler)]
each_that_draws = pytest.mark.parametrize("case", drawing, ids=repr)


def history(case: Case) -> jax.Array:
    return positive(BATCH, TIME, case.channels)


@each_kind
def test_means_are_fed_back_in_blocks_of_the_models_own_horizon(case: Case) -> None:
    model = made(case)
    past = seen(model, history(case))
    done = rolled(model, past.state, past.out[:, -1], FAR)
    state, out, values, outs = past.state, past.out[:, -1], [], []
    while len(values) < FAR:
        block = model.head.mean(out)
        for k in range(case.head.horizon):
            values.append(block[:, k])
            outs.append(out[:, k])
        for k in range(case.head.horizon):
            state, out = step(model, state, block[:, k])
    assert_close(
        done, (jnp.stack(values[:FAR], axis=1), jnp.stack(outs[:FAR], axis=1)), rtol=1e-4, atol=1e-4
    )


@every_other_kind
def test_a_shorter_horizon_is_the_beginning_of_a_longer_one(case: Case) -> None:
    model, own = made(case), case.head.horizon
    past = seen(model, history(case))
    longest = rolled(model, past.state, past.out[:, -1], FAR)
    horizon = own - 1 if own > 1 else 2
    shorter = rolled(model, past.state, past.out[:, -1], horizon)
    assert shorter.values.shape == (BATCH, horizon, case.channels)
    assert_close(shorter, (longest.values[:, :horizon], longest.out[:, :horizon]))


@each_that_draws
def test_a_path_is_a_function_of_its_key_alone(case: Case) -> None:
    model, keys = made(case), jax.random.split(jax.random.key(1), BATCH)
    past = seen(model, history(case))
    paths = rolled(model, past.state, past.out[:, -1], FAR, keys).values
    assert_same_bits(rolled(model, past.state, past.out[:, -1], FAR, keys).values, paths)
    others = rolled(model, past.state, past.out[:, -1], FAR, keys[::-1]).values
    assert not np.array_equal(others[0], paths[0]) and not np.array_equal(others[2], paths[2])
    assert_same_bits(others[1], paths[1])
    first, own = paths[:, 0], case.head.horizon
    assert (np.diff(np.asarray(paths[:, own:]), axis=1) != 0).any() and len(
        np.unique(np.asarray(first), axis=0)
    ) > 1


@each_that_draws
def test_a_path_is_the_same_alone_and_in_company(case: Case) -> None:
    model, keys = made(case), jax.random.split(jax.random.key(1), BATCH)
    past = seen(model, history(case))
    together = rolled(model, past.state, past.out[:, -1], FAR, keys).values
    one = jax.tree.map(lambda leaf: leaf[1:2], (past.state, past.out[:, -1], keys))
    alone = rolled(model, one[0], one[1], FAR, one[2]).values
    assert_close(alone[0], together[1], rtol=1e-4, atol=1e-4)
