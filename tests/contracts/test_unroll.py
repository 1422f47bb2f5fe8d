"""The rules of every model along a sequence: causal, the same in halves, in company and step by
step."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import CASES, HEADS, KINDS, Case, assert_close, assert_same_bits, made, positive

from stepahead import models
from stepahead.models import Model, Observation, Point, unroll

BATCH, TIME, HALF = 3, 8, 4
LENGTHS = jnp.array([8, 5, 2], jnp.int32)

unrolled = eqx.filter_jit(unroll)
step = eqx.filter_jit(lambda model, state, x: model.step(state, x))
each_case = pytest.mark.parametrize("case", CASES, ids=repr)
each_kind = pytest.mark.parametrize("case", KINDS, ids=repr)


def run(*given: Any, **named: Any) -> Any:
    """The outputs are cut and joined on the host: on the device each shape is compiled anew."""
    done = unrolled(*given, **named)
    return done._replace(out=np.asarray(done.out))


def sequences(case: Case, *, gaps: bool = False) -> Observation:
    """A batch of sequences; with `gaps`, some values are missing, at the start and on both sides of
    the middle among them."""
    value = positive(BATCH, TIME, case.channels)
    if not gaps:
        return Observation(value)
    observed = np.random.default_rng(1).random(value.shape) < 0.7
    observed[0, 0], observed[1, HALF - 1 : HALF + 1], observed[2] = False, False, True
    return Observation(jnp.where(observed, value, 0.0), jnp.asarray(observed))


def cut(xs: Observation, *index: slice | int) -> Observation:
    return jax.tree.map(lambda leaf: jax.device_put(np.asarray(leaf)[index]), xs)


def start(case: Case, batch: int = BATCH) -> tuple[Model, object]:
    return made(case), made(case).initial_state(batch)


@each_case
def test_values_to_come_leave_outputs_equal_to_the_bit(case: Case) -> None:
    model, state = start(case)
    xs = sequences(case)
    out = run(model, xs, state).out
    for garbage in (1e6, jnp.nan):
        value = np.array(xs.value)
        value[:, HALF:] = garbage
        spoilt = run(model, Observation(jax.device_put(value)), state).out
        assert_same_bits(spoilt[:, :HALF], out[:, :HALF])
        assert not np.array_equal(spoilt[:, HALF:], out[:, HALF:])


@each_kind
def test_what_a_missing_value_holds_does_not_matter(case: Case) -> None:
    model, state = start(case)
    xs = sequences(case, gaps=True)
    spoilt = xs._replace(value=jnp.where(xs.observed, xs.value, 1e6))
    assert_same_bits(
        run(model, spoilt, state, lengths=LENGTHS), run(model, xs, state, lengths=LENGTHS)
    )


@each_kind
def test_two_halves_with_the_state_passed_on_equal_the_whole(case: Case) -> None:
    model, state = start(case)
    xs = sequences(case)
    whole = run(model, xs, state)
    first = run(model, cut(xs, slice(None), slice(HALF)), state)
    second = run(model, cut(xs, slice(None), slice(HALF, None)), first.state)
    assert_close(
        (np.concatenate([first.out, second.out], axis=1), second.state), (whole.out, whole.state)
    )


@each_kind
def test_halves_of_padded_sequences_with_gaps_equal_the_whole(case: Case) -> None:
    model, state = start(case)
    xs = sequences(case, gaps=True)
    whole = run(model, xs, state, lengths=LENGTHS)
    first = run(model, cut(xs, slice(None), slice(HALF)), state, lengths=jnp.minimum(LENGTHS, HALF))
    second = run(
        model,
        cut(xs, slice(None), slice(HALF, None)),
        first.state,
        lengths=jnp.maximum(LENGTHS - HALF, 0),
    )
    assert_close(second.state, whole.state)
    out = np.concatenate([first.out, second.out], axis=1)
    for row, length in enumerate(LENGTHS.tolist()):
        assert_close(out[row, :length], whole.out[row, :length])


@each_kind
def test_padding_does_not_matter_to_the_bit(case: Case) -> None:
    model, state = start(case)
    xs = sequences(case)
    inside = jnp.arange(TIME)[None, :, None] < LENGTHS[:, None, None]
    clean = run(model, Observation(jnp.where(inside, xs.value, 0.0)), state, lengths=LENGTHS)
    spoilt = run(model, Observation(jnp.where(inside, xs.value, 1e6)), state, lengths=LENGTHS)
    assert_same_bits(spoilt.state, clean.state)
    for row, length in enumerate(LENGTHS.tolist()):
        assert_same_bits(spoilt.out[row, :length], clean.out[row, :length])


@pytest.mark.parametrize(
    ("case", "gaps"), [(case, number % 2 == 0) for number, case in enumerate(KINDS)], ids=repr
)
def test_a_padded_batch_equals_each_sequence_by_itself_step_by_step(case: Case, gaps: bool) -> None:
    model, state = start(case)
    xs = sequences(case, gaps=gaps)
    together = run(model, xs, state, lengths=LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = model.initial_state(1)
        for t in range(length):
            alone, out = step(model, alone, cut(xs, slice(row, row + 1), t))
            assert_close(together.out[row, t], out[0])
        assert_close(
            jax.tree.map(lambda leaf, row=row: leaf[row], together.state),
            jax.tree.map(lambda leaf: leaf[0], alone),
        )


@each_kind
def test_outputs_at_chosen_places_are_those_of_all_places(case: Case) -> None:
    model, state = start(case)
    xs, at = sequences(case), jnp.array([[7, 0], [4, 2], [1, 1]])
    everywhere = run(model, xs, state, lengths=LENGTHS)
    chosen = run(model, xs, state, lengths=LENGTHS, at=at)
    assert_close(
        (chosen.out, chosen.state),
        (everywhere.out[np.arange(BATCH)[:, None], np.asarray(at)], everywhere.state),
    )


@each_kind
def test_no_steps_at_all_leave_the_state_alone(case: Case) -> None:
    model, state = start(case)
    before = run(model, sequences(case), state).state
    after = run(model, sequences(case), before, lengths=jnp.zeros(BATCH, jnp.int32)).state
    assert_same_bits(after, before)


ALONE = [
    *(Case(models.MLPAR(1, ()), head, 1) for head in HEADS),
    Case(models.GRU(1), Point(), 1),
    Case(models.Anchored(models.MLPAR(1, ())), Point(), 1),
]


@pytest.mark.parametrize("case", ALONE, ids=repr)
def test_one_step_of_one_sequence_has_its_axes(case: Case) -> None:
    """With one channel and one step ahead too, a flat output looks like one with its axes."""
    out = eqx.filter_eval_shape(unroll, made(case), Observation(positive(1, 1, 1))).out
    assert out.shape == (1, 1, 1, 1, case.head.parameters)
