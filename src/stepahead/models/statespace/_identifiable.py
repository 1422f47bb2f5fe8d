"""Checks that components and parameters can be identified from a series."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Complex, Float

from ..._check import Refusal
from ._component import Component, Free

SAME, DEPENDENT = 1e-6, 1e-7
"""Two eigenvalues closer than the first count as equal; a direction in which the spectrum changes
by less than the second, relative to its largest change, counts as constant."""

STEP = 1e-5
"""The step of the finite differences of the spectrum."""


def refuse_alike(components: Sequence[Component], noise: bool) -> None:
    """Refuse two components of one kind, two that share a level or a Fourier term with unknown
    initial state, and parameters of which only a combination can be identified."""
    labels = [each.label for each in components]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise Refusal(
            f"There are {labels.count(twice[0])} components called '{twice[0]}', and two of one "
            "kind cannot be told apart. Give one."
        )
    for (one, first), (other, second) in combinations(zip(labels, components, strict=True), 2):
        shared = _shared(_unknown_roots(first), _unknown_roots(second))
        if shared is not None:
            raise Refusal(
                f"Components '{one}' and '{other}' cannot be told apart: both hold "
                f"{_word(shared)}, and no series says how much of it belongs to which. Leave one "
                "out, or give a season fewer `harmonics`."
            )
    confused = _confused(components, noise)
    if confused:
        raise Refusal(
            f"{' and '.join(f'`{each}`' for each in confused)} cannot be told apart: a series "
            "shows only what they come to together. Leave a component out, or give `noise=False`."
        )


def _word(root: complex) -> str:
    """A root of the unit circle described by what it represents."""
    angle = abs(np.angle(root))
    return "a level" if angle < SAME else f"a wave of {2 * np.pi / angle:g} steps"


def _shared(one: np.ndarray, other: np.ndarray) -> complex | None:
    near = np.abs(one[:, None] - other) < SAME
    return complex(one[int(np.argmax(near.any(axis=1)))]) if near.any() else None


def _place(component: Component) -> np.ndarray:
    """Generic parameters, without bounds."""
    start = np.array([component.starts(0)[-1]], float)
    return start + 0.1 + 0.03 * np.arange(start.shape[1])


def _unknown_roots(component: Component) -> np.ndarray:
    """The eigenvalues of T for states with unknown initial value, without those that covariates
    distinguish."""
    matrix = _matrices(component, component.bounded(_place(component), 0))[0]
    unknown = np.flatnonzero(component.block(0).diffuse)
    return np.linalg.eigvals(matrix[np.ix_(unknown, unknown)])


def _matrices(component: Component, parameters: Free) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """T, the covariance of the shocks, and z."""
    block, found = component.block(0), component.numbers(parameters)
    matrix, shock = np.zeros((2, block.states, block.states))
    for place, (i, j) in enumerate(block.transition):
        matrix[i, j] = found.transition[0, place]
    for place, (i, j) in enumerate(block.shock):
        shock[i, j] = shock[j, i] = found.shock[0, place]
    design = np.zeros(block.states)
    for state, weight in block.design:
        design[state] += weight
    return matrix, shock, design


def _spectrum(
    component: Component, x: np.ndarray, turns: Complex[np.ndarray, " frequency"]
) -> Float[np.ndarray, " frequency"]:
    """z'(e^{iω} − T)⁻¹ Q (e^{−iω} − T')⁻¹ z, the (pseudo-)spectrum of the component."""
    matrix, shock, design = _matrices(component, component.bounded(x, 0))
    turned = turns[:, None, None] * np.eye(len(design)) - matrix.T
    reach = np.linalg.solve(turned, np.tile(design, (len(turns), 1))[..., None])[..., 0]
    return np.einsum("wi,ij,wj->w", reach, shock, reach.conj()).real


def _confused(components: Sequence[Component], noise: bool) -> list[str]:
    """The parameters that can change together without changing the spectrum of the series, which
    determines the distribution of a Gaussian series."""
    told = [each for each in components if each.block(0).states]
    names = ["variance of noise"] if noise else []
    names += [one.name for each in told for one in each.block(0).parameters]
    if len(names) < 2:
        return []
    angles = np.linspace(0.11, 3.07, 2 * len(names) + 3)
    turns, places = np.exp(1j * angles), [_place(each) for each in told]
    total = np.full(len(angles), 0.5 * noise) + sum(
        _spectrum(each, x, turns) for each, x in zip(told, places, strict=True)
    )
    columns = [np.ones(len(angles))] if noise else []
    for each, x in zip(told, places, strict=True):
        for k in range(x.shape[1]):
            moved = STEP * (np.arange(x.shape[1]) == k)
            higher, lower = (_spectrum(each, x + side * moved, turns) for side in (1, -1))
            columns.append((higher - lower) / (2 * STEP))
    change = np.stack(columns, axis=1) / total[:, None]
    change /= np.linalg.norm(change, axis=0)
    _, sizes, directions = np.linalg.svd(change, full_matrices=False)
    if sizes[-1] > DEPENDENT:
        return []
    return [name for name, part in zip(names, directions[-1], strict=True) if abs(part) > 1e-3]
