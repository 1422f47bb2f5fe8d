"""The digest of a run: equal for equal values in any process, and for no others."""

import functools
import importlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import stepahead as sa
from stepahead.store import identity

RATE = 0.1


def looks_up(updates: int) -> float:
    return RATE * updates


def closing_over(rate: Any) -> Any:
    return lambda updates: rate * updates


def around(scale: float) -> Any:
    """A decorator that keeps the name of what it is put around."""

    def decorated(function: Any) -> Any:
        @functools.wraps(function)
        def scaled(updates: int) -> float:
            return scale * function(updates)

        return scaled

    return decorated


@dataclass(frozen=True)
class Own:
    size: int
    shown: Any = None

    def __repr__(self) -> str:
        return "Own()"  # tells nothing

    def half(self) -> float:
        return self.size / 2


class Plain:
    def __init__(self, size: int) -> None:
        self.size = size

    @functools.cached_property
    def double(self) -> int:
        return 2 * self.size


DIFFERENT = [
    *(
        None,
        True,
        1,
        1.0,
        -0.0,
        0.0,
        "1",
        b"1",
        (1,),
        [1],
        {1},
        {1: 1},
        {"a": 1, "b": 2},
        {"a": 2, "b": 1},
        (1, (2,)),
        ((1, 2),),
        (),
        ((),),
    ),
    *(
        np.float32(1),
        np.float64(1),
        np.array([1.0]),
        np.array([[1.0]]),
        np.array([1]),
        jnp.ones(1),
        np.array(["1"]),
        np.array([1], object),
    ),
    *(
        jax.random.key(0),
        jax.random.key(1),
        np.datetime64("2024-01-01"),
        np.sin,
        np.cos,
        jnp.sin,
        jax.nn.relu,
        sa.fit,
        sa.models.GRU,
    ),
    *(
        closing_over(0.1),
        closing_over(0.2),
        closing_over(closing_over(0.1)),
        around(2.0)(looks_up),
        around(3.0)(looks_up),
        looks_up,
    ),
    *(
        functools.partial(looks_up, 1),
        functools.partial(looks_up, 2),
        Own(1),
        Own(2),
        Own(1, "x"),
        Own(1).half,
        Own(2).half,
        Own,
        Plain(1),
    ),
    *(
        np.random.default_rng(0),
        np.random.default_rng(1),
        Plain(2),
        sa.models.GRU(3),
        sa.models.LSTM(3),
        sa.models.GRU(3, dropout=0.1),
        sa.models.Gaussian(),
        sa.models.Gaussian(2),
    ),
]


def test_different_values_have_different_digests() -> None:
    digests = [identity(value) for value in DIFFERENT]
    assert len(set(digests)) == len(digests)
    assert digests == [identity(value) for value in DIFFERENT]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | arrays.arrays(np.float32, st.integers(0, 3)),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(VALUES, VALUES)
@settings(max_examples=50)
def test_digests_are_equal_where_values_are(one: Any, other: Any) -> None:
    def shown(value: Any) -> str:
        return repr(value)  # tells apart all that these can be

    assert (identity(one) == identity(other)) == (shown(one) == shown(other))


def test_a_global_that_a_function_looks_up_counts(monkeypatch: Any) -> None:
    before = identity(looks_up)
    monkeypatch.setitem(globals(), "RATE", 0.2)
    assert identity(looks_up) != before


def test_what_an_object_has_kept_beside_its_values_does_not_count() -> None:
    used = Plain(3)
    assert used.double == 6 and identity(used) == identity(Plain(3))


def test_a_value_that_holds_itself_has_a_digest() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    other: list[Any] = [2]
    other.append(other)
    assert identity(ring) == identity(ring) != identity(other)


ELSEWHERE = """
import optax
import stepahead as sa
from stepahead.store import identity
from stepahead.training import adam, cosine

RATE = 0.1

class Own:
    def rate(self, updates):
        return RATE

optimizers = adam(cosine(1e-3, 9)), optax.lion(Own().rate), optax.adam(lambda _: RATE)
said = identity({"a", "b", "c"}, *optimizers, Own(), sa.models.GRU(3))
"""


def test_other_processes_find_the_same_digest(tmp_path: Path, monkeypatch: Any) -> None:
    """The order in which they hash does not matter, nor the places of things in their memory."""
    (tmp_path / "own_module.py").write_text(ELSEWHERE)
    monkeypatch.syspath_prepend(tmp_path)
    there = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", "import own_module; print(own_module.said)"],
        env=there,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == importlib.import_module("own_module").said


def test_values_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(
        sa.Refusal, match="an object of type generator cannot be compared between runs"
    ):
        identity(number for number in range(3))
