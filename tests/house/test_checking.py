"""The checks of types and shapes that run with the tests refuse what an annotation forbids."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import jax
import numpy as np
import pytest
from checking import checked, decorator
from jaxtyping import Float, Int, Shaped, TypeCheckError
from shape_checks import answer_of_jaxtyping, fits, open_scope

check = decorator(typechecker=checked)
Rows = Float[np.ndarray, "row column"]


class Named(Protocol):
    name: str


@check
def product(left: Rows, right: Float[np.ndarray, "column other"]) -> Float[np.ndarray, "row other"]:
    assert right.shape[1] != 3 or product(np.ones((7, 1)), np.ones((1, 1))).shape == (7, 1)
    return left @ right if right.shape[1] < 9 else left


@check
def named(times: int) -> Named:
    return named


@check
def each(rows: Rows) -> Iterator[int]:
    yield from range(len(rows))


@check
@dataclass(frozen=True)
class Pair:
    left: Float[np.ndarray, " item"]
    right: Float[np.ndarray, " item"]

    @property
    @check
    def size(self) -> int:
        return str(len(self.left)) if len(self.left) > 2 else len(self.left)


@check
@dataclass(frozen=True)
class Triple(Pair):
    weight: float = 1.0


def test_what_is_right_passes() -> None:
    assert product(np.ones((2, 4)), np.ones((4, 3))).shape == (2, 3)
    assert Triple(np.ones(2), np.ones(2), np.float32(2)).size == 2
    assert list(each(np.ones((2, 1)))) == [0, 1]
    assert named(np.int64(1)) is named


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: product(np.ones((2, 4)), np.ones((3, 2))),  # an axis of two sizes
        lambda: product(np.ones((2, 4)), np.ones(4)),
        lambda: product(np.ones((2, 4), int), np.ones((4, 2))),
        lambda: product(np.ones((2, 4)), np.ones((4, 9))),  # the result has another size
        lambda: product([[1.0]], np.ones((1, 1))),
        lambda: Pair(np.ones(2), np.ones(3)),
        lambda: Triple(np.ones(2), np.ones(2), "3"),
        lambda: Pair(np.ones(3), np.ones(3)).size,
        lambda: named(1.0),
    ],
)
def test_what_is_wrong_is_refused(wrong) -> None:
    with pytest.raises(TypeCheckError):
        wrong()


def test_the_package_is_checked() -> None:
    from stepahead.classical import fit_ces

    with pytest.raises(TypeCheckError):
        fit_ces(np.arange(20.0), 4)  # no Rows


AXES = ["", "a", "a b", "b a", "2", "a 2", "_ a", "a a", "#a b", "*more a", "a *more", "..."]
KINDS = [Float[np.ndarray, axes] for axes in AXES] + [Int[np.ndarray, "a"], Shaped[np.ndarray, "a"]]
ARRAYS = [
    *(np.ones(shape, kind) for shape in [(), (2,), (3,), (2, 2), (2, 3)] for kind in ("f4", "i8")),
    *(jax.numpy.ones(2), 1.0, [1.0], None),
]


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_the_quick_check_answers_as_jaxtyping_does(kind) -> None:
    """Alone and after another array, which may have set the sizes of names."""
    for first in KINDS:
        for before, value in itertools.product(ARRAYS, ARRAYS):
            told = []
            for check in (fits, answer_of_jaxtyping):
                calls = open_scope()
                told.append((check(first, before), check(kind, value), calls[-1][:2]))
                calls.pop()
            assert told[0] == told[1]
