"""`Emission`: the distribution of an observation in each hidden state, learned from weighted
values."""

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from ..._types import Key
from ..heads import Emitting


class Weighted(NamedTuple):
    """Values with the weight of each state at each, as forward-backward found them, and for a state
    of which little was seen so much of the values as a whole: `prior` observations at `mean` ±
    `spread`."""

    values: Float[np.ndarray, "total channel"]
    observed: Bool[np.ndarray, "total channel"]
    lagged: Float[np.ndarray, "total lag channel"]
    weights: Float[np.ndarray, "total state"]
    prior: float
    mean: Float[np.ndarray, " channel"]
    spread: Float[np.ndarray, " channel"]


class Emission(eqx.Module):
    """The distribution of an observation in each state, whatever its kind."""

    @property
    @abstractmethod
    def head(self) -> Emitting:
        """The head that reads the parameters of one channel."""

    @property
    def kinds(self) -> tuple[Emitting, ...]:
        """The head of each channel."""
        return (self.head,) * self.channels

    @property
    def counts(self) -> Bool[np.ndarray, " channel"]:
        """True for channels that hold counts."""
        return np.array([kind.discrete for kind in self.kinds])

    @property
    @abstractmethod
    def channels(self) -> int:
        """The number of values in an observation."""

    @property
    def lags(self) -> int:
        """The number of past values that it depends on beside the state."""
        return 0

    @property
    def copies(self) -> int:
        """The number of copies of each state, after so many steps in it."""
        return 1

    @property
    @abstractmethod
    def free(self) -> int:
        """The number of free parameters."""

    @abstractmethod
    def scores(
        self,
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
        recent: Float[Array, "*axes lag channel"],
    ) -> Float[Array, "*axes state"]:
        """log p(what was observed | state), 0 where nothing was."""

    def normal(
        self,
    ) -> tuple[Float[np.ndarray, "state channel"], Float[np.ndarray, "state channel"]] | None:
        """Mean and standard deviation of every channel in every state, where these are normal and
        independent of each other and of what came before; None elsewhere."""
        return None

    @abstractmethod
    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """The distribution of each channel in each state."""

    def expected(
        self,
        values: Float[np.ndarray, "total channel"],
        observed: Bool[np.ndarray, "total channel"],
    ) -> Float[np.ndarray, "total state channel"]:
        """The mean of every channel in every state, given the observed ones: the same at all steps
        where channels are independent."""
        alone = jnp.zeros((1, self.lags, self.channels))
        means = np.asarray(self.head.mean(self.marginals(alone)))[0]
        return np.broadcast_to(means, (len(values), *means.shape))

    def conditional(
        self,
        own: Float[Array, "*axes channel state parameter"],
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
    ) -> Float[Array, "*axes channel state"]:
        """log p(channel | the channels before it, state) under such marginals, 0 where nothing was
        observed: the same as alone where channels are independent."""
        each = jnp.broadcast_to(value[..., None], own.shape[:-1])
        return jnp.where(observed[..., None], self.head.log_density(own, each), 0.0)

    def draw(
        self,
        own: Float[Array, "*axes channel parameter"],
        state: Int[Array, "*axes"],
        key: Key,
    ) -> Float[Array, "*axes channel"]:
        """One draw of all channels in a state, which has these marginals."""
        return self.head.draw(own, key)

    @abstractmethod
    def unconstrained(self) -> PyTree:
        """Its parameters as arrays of any numbers whatever: a gradient may take them anywhere."""

    @abstractmethod
    def constrained(self, numbers: PyTree) -> "Emission":
        """The same kind of emission with the parameters that `unconstrained` tells so."""

    def around(
        self, mean: Float[np.ndarray, " channel"], spread: Float[np.ndarray, " channel"]
    ) -> "Emission":
        """The same before anything was learned, of values with such mean and deviation: needed
        where missing values stand at what the present parameters say."""
        return self

    @abstractmethod
    def learned(self, given: Weighted) -> "Emission":
        """The same with the parameters under which the weighted values are most probable, or more
        so than under the present ones."""
