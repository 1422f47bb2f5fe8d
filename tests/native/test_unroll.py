"""The forward pass that keeps nothing, without JAX and with it: against the equations in float64,
and against the pass that training takes."""

import jax
import numpy as np
import pytest
from recurrence_oracle import GATES, drawn, oracle

from stepahead import native

pytestmark = pytest.mark.skipif(not native.can_unroll(), reason=native.reason())

SIZES = [
    (1, 1, 1, 1),
    (1, 30, 3, 5),
    (3, 12, 2, 33),
    (8, 9, 19, 16),
    (20, 9, 3, 37),
    (70, 5, 3, 129),
]
"""Batch, time, channels, hidden: single sequences, whole vectors of them, blocks of two vectors."""


def unrolled(cell: str, layer: native.Layer, keep: bool = True) -> tuple[np.ndarray, ...]:
    """Outputs and the state after the last step, of the only member."""
    x, *arrays, h, c = (a[0] for a in layer[:7])
    state = (h.copy(), c.copy()) if cell == "lstm" else (h.copy(),)
    outputs = np.full((*x.shape[:2], h.shape[1]), np.nan, np.float32) if keep else None
    native.unroll(cell, native.LayerArrays(*arrays), x, layer.lengths[0], state, outputs)
    return state if outputs is None else (outputs, *state)


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ragged", [False, True])
def test_the_pass_equals_the_equations(cell: str, size: tuple[int, ...], ragged: bool) -> None:
    layer, slopes = drawn(cell, 1, *size, seed=3, ragged=ragged)
    wanted, got = oracle(cell, False, layer, slopes)[0], unrolled(cell, layer)
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=3e-6 * max(1, np.abs(other).max()))
    for one, other in zip(unrolled(cell, layer, keep=False), got[1:], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("batch", [2, 20])
def test_members_in_either_direction_equal_the_pass_of_training(
    cell: str, reverse: bool, batch: int
) -> None:
    layer = jax.device_put(drawn(cell, 3, batch, 7, 2, 21, seed=4, ragged=True)[0])
    kept, alone = (native.forward(cell, reverse, keep, layer) for keep in (True, False))
    assert alone.kept.size == 0
    for one, other in zip(alone[:3], kept[:3], strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6)


@pytest.mark.parametrize("batch", [5, 40])
def test_the_bits_do_not_depend_on_the_threads(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, _ = drawn("gru", 1, batch, 90, 3, 150, seed=5)
    found = []
    for cores in (1, 2, 5):
        monkeypatch.setattr("stepahead.native._unroll.cores", lambda cores=cores: cores)
        found.append(unrolled("gru", layer))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_garbage_in_the_padding_goes_nowhere() -> None:
    layer, _ = drawn("lstm", 1, 3, 5, 2, 4, seed=3)
    layer = layer._replace(lengths=np.array([[5, 2, 0]], np.int32))
    spoilt = layer.inputs.copy()
    spoilt[0, 1, 2:], spoilt[0, 2] = np.nan, np.inf
    for one, other in zip(
        unrolled("lstm", layer._replace(inputs=spoilt)), unrolled("lstm", layer), strict=True
    ):
        np.testing.assert_array_equal(one, other)
