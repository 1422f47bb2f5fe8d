"""Hidden Markov models of numbers: a Markov chain of hidden states, each with its own distribution
of observations."""

from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._check import Refusal, whole
from ..._settings import Settings
from ..._types import Channels, Key
from ..heads import Emitting, Gaussian, Head, MixtureOf
from ._autoregressive import Autoregressive
from ._blank import blank
from ._durations import Elapsed, Repeated
from ._emission import Emission
from ._full_gaussian import FullGaussian
from ._hmm_body import HMMBody
from ._transitions import Full, Transition


@dataclass(frozen=True)
class HMM(Settings):
    """A hidden Markov model: a Markov chain of `states`, and in each state an `emission`, the
    distribution of the observations.

    `emission` is `Gaussian()`, `StudentT()`, `Poisson()`, `NegativeBinomial()` or `MixtureOf(one of
    them, components)` for channels that are independent given the state, `FullGaussian()` for
    correlated ones, or `Autoregressive(lags)`, where the mean of each state regresses on the last
    values. A tuple of them, such as `(Gaussian(), Poisson())`, names one for each channel; channels
    are then independent given the state, their likelihoods multiplied. For tokens, the emission is
    a probability for each token.

    `transition` constrains the transition matrix: `Full()`, `LeftToRight()`, `Banded()`,
    `Forbidden(pairs)`, `Fixed(entries)`, `Shared(groups)`. Learned by Baum and Welch's algorithm
    (`training.BaumWelch`), or by gradient (`training.Gradient`).

    The duration of a state has a geometric distribution. With `durations=d`, each duration below d
    has a separate probability, and the distribution is geometric from there on (a hidden
    semi-Markov model); a state is then always followed by a different one.

    >>> HMM(3)
    HMM(states=3, emission=Gaussian(horizon=1), transition=Full(), durations=1)
    """

    states: int
    emission: Emitting | FullGaussian | Autoregressive | tuple[Emitting | Autoregressive, ...] = (
        field(default_factory=Gaussian)
    )
    transition: Transition = field(default_factory=Full)
    durations: int = 1

    def __post_init__(self) -> None:
        whole("states", self.states)
        _check_emission(self.emission)
        self.transition.allowed(self.states), self.transition.fixed(self.states)
        free = np.isnan(self.transition.fixed(self.states)).all()
        own = (self.transition.shared(np.eye(self.states)) == np.eye(self.states)).all()
        if whole("durations", self.durations) > 1 and not (self.states > 1 and free and own):
            raise Refusal(
                "`durations` above 1 are for two states or more whose steps are neither fixed nor "
                "shared, as each state is followed by another. Leave it out."
            )

    @property
    def size(self) -> int:
        """The number of states, with all their copies."""
        return self.states * self.durations

    @property
    def structure(self) -> Transition:
        """The allowed transitions between all states and copies."""
        if self.durations == 1:
            return self.transition
        return Elapsed(self.transition, self.durations)

    @property
    def kind(self) -> Emitting:
        """The head of a channel in one state."""
        return self._fewest.head

    @property
    def lags(self) -> int:
        """The number of past values that the emission uses in addition to the state."""
        return self._fewest.lags

    @property
    def _fewest(self) -> Emission:
        """Emissions with as few channels as possible."""
        return self.blank(len(self.emission) if isinstance(self.emission, tuple) else 1)

    def blank(self, channels: int) -> Emission:
        """Return its emissions before fitting."""
        one = blank(self.emission, self.states, channels)
        return one if self.durations == 1 else Repeated(one, self.durations)

    def free(self, channels: int) -> int:
        """Return the number of free parameters: the probabilities that are not given (one less for
        each sum of 1), and those of the emissions.

        >>> HMM(2).free(1)  # 1 of the first state, 1 a row, 2 an emission
        7
        """
        return self._free_chain + self.blank(channels).free

    def free_of_tokens(self, size: int) -> int:
        """Return the number of free parameters for a vocabulary of `size` tokens: in each state one
        probability less than that.

        >>> HMM(2).free_of_tokens(5)  # 1 of the first state, 1 a row, 4 an emission
        11
        """
        return self._free_chain + self.states * (size - 1)

    @property
    def _free_chain(self) -> int:
        """The number of free probabilities of initial states and transitions."""
        learned = np.isnan(self.transition.fixed(self.states)) & self.transition.allowed(
            self.states
        )
        first = self.transition.start(self.states).sum() - 1
        if self.durations == 1:
            own = np.unique(self.transition.shared(np.eye(self.states)), axis=0, return_index=True)
            steps = np.maximum(learned[own[1]].sum(axis=1) - 1, 0).sum()
        else:  # per state the next state, per copy whether it leaves
            out = (learned & ~np.eye(self.states, dtype=bool)).sum(axis=1)
            steps = (np.maximum(out - 1, 0) + self.durations * (out > 0)).sum()
        return int(first + steps)

    def head(self, horizon: int) -> MixtureOf:
        """Return the head of the next `horizon` steps: a mixture over states."""
        return MixtureOf(horizon, self.kind, self.size)

    def build(self, channels: Channels, head: Head, key: Key) -> HMMBody:
        """Return the body before fitting: equal states and equal probabilities of all allowed
        transitions."""
        emission = self.blank(channels.value)
        if emission.lags and head.horizon > 1:
            raise Refusal(
                "An autoregressive emission says one step at a time, from the values before it. "
                "Leave out `strategy`, so that drawn values are fed back."
            )
        if head.parameters != self.size * (1 + self.kind.parameters):
            raise Refusal(
                f"A hidden Markov model is read by a mixture over its states, not by {head!r}. "
                "Name the distribution in `HMM(states, emission)`, and leave out `head`."
            )
        with np.errstate(divide="ignore"):
            start = np.log(self.structure.start(self.size).astype(np.float32))
            allowed = np.log(self.structure.allowed(self.size).astype(np.float32))
        return HMMBody(jnp.asarray(start), jnp.asarray(allowed), emission, head.horizon)


def _check_emission(emission: Any) -> None:
    """Refuse an emission that is neither a distribution of numbers nor one for each channel."""
    several = isinstance(emission, tuple)
    allowed = Emitting | Autoregressive if several else Emitting | Autoregressive | FullGaussian
    for one in emission if several else (emission,):
        if not isinstance(one, allowed):
            also = "" if several else ", FullGaussian() or a tuple of one for each channel"
            raise Refusal(
                "`emission` must be a distribution such as Gaussian(), StudentT(), Poisson()"
                f"{also}, but it is {one!r}."
            )
    if several and not emission:
        raise Refusal("`emission` names no distribution. Give one for each channel.")
