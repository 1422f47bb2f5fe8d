"""The recurrence seam against loops that a reader can check by eye."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.ops import (
    ELMAN_RELU,
    ELMAN_TANH,
    GRU,
    LSTM,
    SCAN,
    SCAN_BY_HAND,
    Gating,
    Weights,
    gates,
    recurrence,
    scan_step,
)
from stepahead.ops._recurrence import _first_process

CELLS = [ELMAN_TANH, ELMAN_RELU, LSTM, GRU]


def drawn(
    cell: Gating, batch: int, time: int, channels: int, hidden: int, seed: int = 0
) -> tuple[Weights, np.ndarray, tuple]:
    """Weights, inputs and a first state of moderate size."""
    draw = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.5, shape).astype(np.float32)

    rows = cell.gates * hidden
    weights = Weights(
        normal(rows, channels),
        normal(rows, hidden),
        normal(rows),
        normal(hidden) if cell is GRU else None,
    )
    weights = jax.tree.map(jnp.asarray, weights)
    return (
        weights,
        jnp.asarray(normal(batch, time, channels)),
        tuple(jnp.asarray(normal(batch, hidden)) for _ in range(cell.states)),
    )


def sigma(x):
    return 1 / (1 + np.exp(-x))


def one_step(cell: Gating, weights: Weights, x, state):
    """The equations of the conventions, for one vector, in float64."""
    w, u, b, extra = (None if p is None else np.asarray(p, np.float64) for p in weights)
    h = state[0]
    if cell is LSTM:
        i, f, g, o = np.split(w @ x + u @ h + b, 4)
        c = sigma(f) * state[1] + sigma(i) * np.tanh(g)
        return sigma(o) * np.tanh(c), c
    if cell is GRU:
        (wr, wz, wn), (ur, uz, un), (br, bz, bn) = np.split(w, 3), np.split(u, 3), np.split(b, 3)
        r, z = sigma(wr @ x + ur @ h + br), sigma(wz @ x + uz @ h + bz)
        n = np.tanh(wn @ x + bn + r * (un @ h + extra))
        return ((1 - z) * n + z * h,)
    a = w @ x + u @ h + b
    return (np.tanh(a) if cell is ELMAN_TANH else np.maximum(a, 0),)


def by_loop(cell, weights, inputs, state, lengths, reverse):
    """Sequence by sequence, step by step; steps past the end are not visited."""
    batch, time, _ = inputs.shape
    outputs = np.zeros((batch, time, weights.recurrent.shape[1]))
    finals = []
    for row in range(batch):
        now = tuple(np.asarray(s[row], np.float64) for s in state)
        steps = range(time if lengths is None else min(time, int(lengths[row])))
        for t in reversed(steps) if reverse else steps:
            now = one_step(cell, weights, np.asarray(inputs[row, t], np.float64), now)
            outputs[row, t] = now[0]
        finals.append(now)
    return outputs, tuple(np.array(part) for part in zip(*finals, strict=True))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, [5, 0, 3, 1]])
@pytest.mark.parametrize("cell", CELLS, ids=lambda c: c.name)
def test_scan_equals_the_loop(cell, lengths, reverse) -> None:
    weights, inputs, state = drawn(cell, batch=4, time=5, channels=3, hidden=2)
    lengths = None if lengths is None else jnp.array(lengths)
    outputs, final = recurrence(
        cell, weights, inputs, state, lengths=lengths, reverse=reverse, path=SCAN
    )
    expected, expected_final = by_loop(cell, weights, inputs, state, lengths, reverse)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=2e-6)
    for got, want in zip(final, expected_final, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=2e-6)


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: c.name)
def test_two_halves_with_the_state_passed_on_equal_the_whole(cell) -> None:
    weights, inputs, state = drawn(cell, batch=2, time=6, channels=1, hidden=3)
    whole, final = recurrence(cell, weights, inputs, state)
    first, middle = recurrence(cell, weights, inputs[:, :2], state)
    second, last = recurrence(cell, weights, inputs[:, 2:], middle)
    np.testing.assert_allclose(
        jnp.concatenate([first, second], axis=1), whole, rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(last[0], final[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("lengths", "reverse"), [(None, True), ([5, 0, 3, 1], False)])
@pytest.mark.parametrize("cell", CELLS, ids=lambda c: c.name)
def test_the_backward_pass_by_hand_equals_autodiff(cell, lengths, reverse) -> None:
    weights, inputs, state = drawn(cell, batch=4, time=5, channels=3, hidden=2)
    lengths = None if lengths is None else jnp.array(lengths)
    slopes = jnp.asarray(np.random.default_rng(1).normal(size=(4, 5, 2)), jnp.float32)

    def total(path, weights, inputs, state):
        outputs, final = recurrence(
            cell, weights, inputs, state, lengths=lengths, reverse=reverse, path=path
        )
        return jnp.vdot(outputs, slopes) + sum(
            jnp.vdot(part, slopes[:, k]) for k, part in enumerate(final)
        )

    by_hand, by_autodiff = (
        jax.jit(jax.value_and_grad(lambda *arrays, path=path: total(path, *arrays), (0, 1, 2)))(
            weights, inputs, state
        )
        for path in (SCAN_BY_HAND, SCAN)
    )
    for got, want in zip(jax.tree.leaves(by_hand), jax.tree.leaves(by_autodiff), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_padding_gives_no_gradient() -> None:
    weights, inputs, state = drawn(LSTM, batch=2, time=4, channels=2, hidden=3)

    def total(inputs):
        return recurrence(LSTM, weights, inputs, state, lengths=jnp.array([4, 2]))[0].sum()

    slope = jax.jit(jax.grad(total))(inputs)
    assert (slope[1, 2:] == 0).all()
    assert (slope[0] != 0).all() and (slope[1, :2] != 0).all()


def test_gates_rebuild_the_outputs() -> None:
    weights, inputs, state = drawn(GRU, batch=2, time=5, channels=2, hidden=3)
    outputs, _ = recurrence(GRU, weights, inputs, state)
    named = gates(GRU, weights, inputs, state)
    before = jnp.concatenate([state[0][:, None], outputs[:, :-1]], axis=1)
    np.testing.assert_allclose(
        (1 - named["update"]) * named["candidate"] + named["update"] * before,
        outputs,
        rtol=1e-5,
        atol=1e-6,
    )
    assert set(gates(LSTM, *drawn(LSTM, 1, 2, 1, 1))) == {"input", "forget", "candidate", "output"}


def test_scan_step_carries_trees_with_the_batch_in_front() -> None:
    xs = {"a": jnp.arange(6.0).reshape(2, 3), "b": jnp.ones((2, 3, 4))}
    last, outs = scan_step(lambda s, x: (s + x["a"], {"sum": x["b"].sum(-1) + s}), jnp.zeros(2), xs)
    assert last.tolist() == [3.0, 12.0]
    assert outs["sum"].tolist() == [[4.0, 4.0, 5.0], [4.0, 7.0, 11.0]]


def test_what_does_not_fit_is_refused() -> None:
    weights, inputs, state = drawn(LSTM, batch=2, time=3, channels=2, hidden=3)
    with pytest.raises(Refusal, match=r"`state` must hold 2 array"):
        recurrence(LSTM, weights, inputs, state[:1])
    with pytest.raises(Refusal, match=r"`weights.input` must have the shape \(12, 1\)"):
        recurrence(LSTM, weights, inputs[..., :1], state)
    with pytest.raises(Refusal, match="belongs to the GRU"):
        recurrence(GRU, weights, inputs, state[:1])
    with pytest.raises(Refusal, match="one dtype"):
        recurrence(LSTM, weights, inputs.astype(jnp.float16), state)


def test_a_system_without_forks_runs_recurrences(monkeypatch) -> None:
    monkeypatch.delattr("os.register_at_fork", raising=False)
    _first_process.cache_clear()
    try:
        outputs, _ = recurrence(GRU, *drawn(GRU, batch=2, time=5, channels=2, hidden=3))
    finally:
        _first_process.cache_clear()
    assert np.isfinite(outputs).all()
