"""`filter`, `smooth`, `decode` and `propagate` for any model with a latent state."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from ..._check import Refusal, whole
from ...models import LatentState


class Filtered(NamedTuple):
    """Filtered beliefs along sequences: `before` and `after` each observation; log p(x_t | x₁ …
    x_{t−1}) of every step; and the belief `ahead`, one step after the end."""

    before: PyTree
    after: PyTree
    log_likelihood: Float[Array, "batch time"]
    ahead: PyTree


class Smoothed(NamedTuple):
    """Smoothed beliefs along sequences, given all observations, and log p(x_t | x₁ … x_{t−1}) of
    every step."""

    belief: PyTree
    log_likelihood: Float[Array, "batch time"]


def filter(model: LatentState, xs: PyTree, start: PyTree = None) -> Filtered:  # noqa: A001 - the word of the field
    """Return the distribution of the latent state at each step, given the observations up to it.

    Arrays of `xs` are `[batch, time, …]`. `start` is the belief before the first observation, by
    default the model's prior. A sequence that is shorter than others ends with steps at which
    nothing is observed. The sum of `log_likelihood` over time is the log likelihood of a sequence.
    """
    batch = jax.tree.leaves(xs)[0].shape[0]

    def step(before: PyTree, x: PyTree) -> tuple[PyTree, tuple[PyTree, PyTree, PyTree]]:
        after, log_likelihood = model.observe(before, x)
        return model.advance(after), (before, after, log_likelihood)

    ahead, (before, after, log_likelihood) = model.scan(
        step, model.prior(batch) if start is None else start, xs
    )
    return Filtered(before, after, log_likelihood, ahead)


def smooth(
    model: LatentState,
    xs: PyTree,
    start: PyTree = None,
    read: Callable[[PyTree], PyTree] = lambda belief: belief,
) -> Smoothed:
    """Return the distribution of the latent state at each step, given the whole sequence. For `xs`
    and `start` see `filter`.

    Filter to the end, then smooth from step to step backward (Rauch, Tung & Striebel 1965; for
    finitely many states, the forward-backward algorithm). `read` is a function that selects what is
    returned of each belief.
    """
    batch = jax.tree.leaves(xs)[0].shape[0]

    def step(before: PyTree, x: PyTree) -> tuple[PyTree, tuple[PyTree, PyTree]]:
        after, log_likelihood = model.observe(before, x)
        return model.advance(after), (after, log_likelihood)

    def back(later: PyTree, after: PyTree) -> tuple[PyTree, PyTree]:
        smoothed = model.look_back(after, later)
        return smoothed, read(smoothed)

    # at the last step the smoothed belief is the filtered one
    ahead, (after, log_likelihood) = model.scan(
        step, model.prior(batch) if start is None else start, xs
    )
    return Smoothed(model.scan(back, ahead, after, reverse=True)[1], log_likelihood)


class HasBestPath(Protocol):
    """The operations on which `decode` is built."""

    def best(self, xs: Any) -> Any:
        """Return the most probable path of the latent state given whole sequences."""
        ...

    def best_paths(
        self, xs: Any, count: int, fixed: np.ndarray | None, forbidden: np.ndarray | None
    ) -> Any:
        """Return the most probable paths among those that are allowed, best first; refused if the
        latent state is not discrete."""
        ...


def decode(
    model: HasBestPath,
    xs: PyTree,
    *,
    k: int | None = None,
    fixed: Int[np.ndarray, "batch time"] | None = None,
    forbidden: Bool[np.ndarray, "batch time state"] | None = None,
) -> PyTree:
    """Return the most probable path of the latent state given whole sequences `xs`: Viterbi's for
    finitely many states, the smoothed mean for a Gaussian state.

    For finitely many states, numbered from 0, `fixed` holds the state of steps at which it is known
    (−1 elsewhere), and `forbidden` is True for states that are impossible. With `k`, the k best
    paths are returned, `[batch, path, time]`, best first, −1 if there are fewer. Refused if no path
    is possible.

    >>> import jax.numpy as jnp
    >>> from stepahead.models import HMM, Channels, Observation
    >>> spec = HMM(2)
    >>> body = spec.build(Channels(1), spec.head(1), 0)  # untrained: all paths are alike
    >>> decode(body, Observation(jnp.zeros((1, 2, 1))), k=3, fixed=np.array([[-1, 1]])).tolist()
    [[[0, 1], [1, 1], [-1, -1]]]
    """
    if k is None and fixed is None and forbidden is None:
        return model.best(xs)
    paths = model.best_paths(xs, 1 if k is None else whole("k", k), fixed, forbidden)
    impossible = np.flatnonzero((paths[:, 0] < 0).any(axis=1))
    if len(impossible):
        raise Refusal(
            f"No path through sequence {impossible[0] + 1} is possible with these fixed and "
            "forbidden states. Fix or forbid fewer."
        )
    return paths[:, 0] if k is None else paths


def propagate(
    model: LatentState,
    after: PyTree,
    steps: int,
    read: Callable[[PyTree], PyTree] = lambda belief: belief,
) -> PyTree:
    """Return the distributions 1, 2, …, `steps` steps after a belief, without observations in
    between: `[batch, step, …]`.

    `read` is a function that selects what is returned of each belief; with `model.expect` these are
    the exact distributions of future observations.
    """

    def on(belief: PyTree, _: PyTree) -> tuple[PyTree, PyTree]:
        belief = model.advance(belief)
        return belief, read(belief)

    return model.scan(on, after, np.zeros((1, whole("steps", steps))))[1]
