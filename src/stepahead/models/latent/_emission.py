"""`Emission`: the distribution of an observation in each hidden state, fitted to weighted
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
    """Values with the weight of each state, as computed by forward-backward. The prior for states
    with little weight is `prior` observations with mean `mean` and standard deviation `spread`."""

    values: Float[np.ndarray, "total channel"]
    observed: Bool[np.ndarray, "total channel"]
    lagged: Float[np.ndarray, "total lag channel"]
    weights: Float[np.ndarray, "total state"]
    prior: float
    mean: Float[np.ndarray, " channel"]
    spread: Float[np.ndarray, " channel"]


class Emission(eqx.Module):
    """The distribution of an observation in each state, of any kind."""

    @property
    @abstractmethod
    def head(self) -> Emitting:
        """The head that interprets the parameters of one channel."""

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
        """The number of past values that it uses in addition to the state."""
        return 0

    @property
    def copies(self) -> int:
        """The number of copies of each state, by the number of steps spent in it."""
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
        """Return log p(observed channels | state), 0 if nothing was observed."""

    def normal(
        self,
    ) -> tuple[Float[np.ndarray, "state channel"], Float[np.ndarray, "state channel"]] | None:
        """Mean and standard deviation of every channel in every state, if these are normal and
        independent of each other and of past values; else None."""
        return None

    @abstractmethod
    def marginals(
        self, recent: Float[Array, "batch lag channel"]
    ) -> Float[Array, "batch state channel parameter"]:
        """Return the distribution of each channel in each state."""

    def expected(
        self,
        values: Float[np.ndarray, "total channel"],
        observed: Bool[np.ndarray, "total channel"],
    ) -> Float[np.ndarray, "total state channel"]:
        """Return the mean of every channel in every state, given the observed ones; the same at all
        steps if channels are independent."""
        alone = jnp.zeros((1, self.lags, self.channels))
        means = np.asarray(self.head.mean(self.marginals(alone)))[0]
        return np.broadcast_to(means, (len(values), *means.shape))

    def conditional(
        self,
        own: Float[Array, "*axes channel state parameter"],
        value: Float[Array, "*axes channel"],
        observed: Bool[Array, "*axes channel"],
    ) -> Float[Array, "*axes channel state"]:
        """Return log p(channel | the channels before it, state) under such marginals, 0 if it was
        not observed. If channels are independent, this is the density of the channel alone."""
        each = jnp.broadcast_to(value[..., None], own.shape[:-1])
        return jnp.where(observed[..., None], self.head.log_density(own, each), 0.0)

    def draw(
        self,
        own: Float[Array, "*axes channel parameter"],
        state: Int[Array, "*axes"],
        key: Key,
    ) -> Float[Array, "*axes channel"]:
        """Return one draw of all channels in a state with these marginals."""
        return self.head.draw(own, key)

    @abstractmethod
    def unconstrained(self) -> PyTree:
        """The parameters as unconstrained arrays, for gradient descent."""

    @abstractmethod
    def constrained(self, numbers: PyTree) -> "Emission":
        """Return the emission with the parameters whose `unconstrained` form is given."""

    def around(
        self, mean: Float[np.ndarray, " channel"], spread: Float[np.ndarray, " channel"]
    ) -> "Emission":
        """Return initial parameters, before fitting, for values with this mean and standard
        deviation; needed if missing values are replaced by their expectation under the present
        parameters."""
        return self

    @abstractmethod
    def learned(self, given: Weighted) -> "Emission":
        """Return the emission with the parameters that maximise the weighted likelihood of the
        values, or increase it from that of the present ones."""
