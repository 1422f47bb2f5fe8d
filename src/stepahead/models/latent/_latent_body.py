"""`LatentBody`: a step whose state is the distribution of a latent variable, updated by Bayes'
rule."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..._check import Refusal
from ..._types import Key, Observation, State
from ...ops import scan_step
from ..body import Body, scan_inside

Belief = Any
"""A distribution over the latent state, as a tree of arrays with a leading ``batch`` axis: the
probability of every state, or a mean and a covariance."""


class LatentState(Protocol):
    """The operations of a model with a latent state and exact inference. `filter`, `smooth`,
    `decode` and `propagate` are built on them (`stepahead.inference`).

    A belief is the distribution of the latent state at a step, *before* or *after* the observation
    of that step. The type of an observation depends on the model; None means that nothing was
    observed.
    """

    scan: Callable[..., tuple[Any, Any]]
    """The loop over time: `ops.scan_step` for traced code, `ops.loop_step` on the host."""

    def prior(self, batch: int) -> Belief:
        """The belief before the first observation."""
        ...

    def observe(self, before: Belief, x: Any) -> tuple[Belief, Any]:
        """Return the belief after an observation by Bayes' rule, and log p(x | all before it), 0 if
        nothing was observed."""
        ...

    def advance(self, after: Belief) -> Belief:
        """Return the belief one step later, before the observation there."""
        ...

    def look_back(self, after: Belief, smoothed_next: Belief) -> Belief:
        """Return the belief at a step given the whole sequence, from the belief `after` its own
        observation and the one at the next step given the whole sequence."""
        ...

    def expect(self, before: Belief) -> Any:
        """Return the distribution of the observation under a belief."""
        ...


class LatentBody(Body):
    """A body whose state is a belief: the distribution of its latent state before the next
    observation.

    A subclass implements `LatentState` and the most probable path (`best`). The step is defined
    here: observe, advance one step, and output the exact distribution 1, 2, …, `horizon` steps
    ahead. Missing values need no replacement: they are skipped.
    """

    scan = staticmethod(scan_step)

    @property
    @abstractmethod
    def horizon(self) -> int:
        """The number of steps ahead in one output."""

    @abstractmethod
    def prior(self, batch: int) -> Belief:
        """The belief before the first observation."""

    @abstractmethod
    def observe(self, before: Belief, x: Observation) -> tuple[Belief, Float[Array, " batch"]]:
        """The belief after an observation, and log p(x | all before it) in nats."""

    @abstractmethod
    def advance(self, after: Belief) -> Belief:
        """The belief one step later."""

    @abstractmethod
    def look_back(self, after: Belief, smoothed_next: Belief) -> Belief:
        """The belief given the whole sequence, from that at the next step."""

    @abstractmethod
    def expect(self, before: Belief) -> Float[Array, "batch channel parameter"]:
        """The distribution of the observation under a belief, as the parameters of the head."""

    @abstractmethod
    def best(self, xs: Observation) -> Any:
        """The most probable path of the latent state given whole sequences, `[batch, time, …]`."""

    def best_paths(
        self, xs: Observation, count: int, fixed: np.ndarray | None, forbidden: np.ndarray | None
    ) -> Int[np.ndarray, "batch path time"]:
        """Return the most probable paths, best first, among those that are allowed; refused if the
        latent state is not discrete."""
        raise Refusal(
            f"The state of a {type(self).__name__} is not one of finitely many: its paths cannot "
            "be counted, fixed or forbidden. Leave out `k`, `fixed` and `forbidden`."
        )

    @property
    def needs(self) -> int:
        """One value, as for every step; the prior can forecast too."""
        return 1

    def initial_state(self, batch: int) -> State:
        """The prior."""
        return self.prior(batch)

    def step(
        self, state: State, x: Observation
    ) -> tuple[State, Float[Array, "batch horizon channel parameter"]]:
        """Process one observation, advance one step, and output the distribution at each step
        ahead."""
        before = self.advance(self.observe(state, x)[0])
        return before, self.outlook(before)

    def outlook(self, before: Belief) -> Float[Array, "batch horizon channel parameter"]:
        """Return the distribution of each step ahead, without observations in between."""
        ahead = [self.expect(before)]
        for _ in range(self.horizon - 1):
            before = self.advance(before)
            ahead.append(self.expect(before))
        return jnp.stack(ahead, axis=1)

    def unroll(
        self,
        state: State,
        xs: Observation,
        *,
        lengths: Int[Array, " batch"] | None,
        at: Int[Array, "batch chosen"] | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen ..."], State]:
        """Return the forecasts along sequences, at all positions or those `at`."""

        def believe(state: State, x: Observation) -> tuple[State, State]:
            before = self.advance(self.observe(state, x)[0])
            return before, before

        state, beliefs = scan_inside(believe, state, xs, lengths)
        if at is not None:
            chosen = jnp.arange(len(at))[:, None], at
            beliefs = jax.tree.map(lambda leaf: leaf[chosen], beliefs)
        return jax.vmap(self.outlook, in_axes=1, out_axes=1)(beliefs), state

    def close_gaps(
        self, state: State, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """The values unchanged: the mask marks missing ones, and Bayes' rule skips them."""
        return xs.value
