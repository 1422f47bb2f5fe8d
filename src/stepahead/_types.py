"""Types and constants that every layer shares.

Axis words, used in every annotation: ``batch time channel lag horizon state``. Time comes first
within a sequence; a function that works on batches takes an explicit leading ``batch`` axis.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import jaxtyping
import numpy as np
from jaxtyping import Bool, Float, Int

from ._check import Refusal, probabilities

if TYPE_CHECKING:
    import jax
    from jaxtyping import PRNGKeyArray

    Array = jax.Array
else:

    class _OfJax(type):
        def __instancecheck__(cls, value: Any) -> bool:
            return "jax" in sys.modules and isinstance(value, sys.modules["jax"].Array)

    class Array(metaclass=_OfJax):
        """An array of JAX: what `jax.Array` is, without loading JAX, in whose absence there are
        none."""

    PRNGKeyArray = jaxtyping.Key[Array, ""] | jaxtyping.UInt32[Array, "2"]

Levels = float | Sequence[float] | np.ndarray
"""Levels of central intervals, in percent: several, `[80, 95]`, or one, 80."""

Probabilities = float | Sequence[float] | np.ndarray
"""Probabilities of quantiles, in (0, 1): several, `[0.1, 0.5]`, or one."""

Key = PRNGKeyArray | int
"""A JAX random key, as made by `jax.random.key(0)`, or a whole number as a seed."""


def checked_key(key: Key) -> Key:
    """Return the key; refuse what is neither a JAX key nor a whole number of at least 0.

    >>> checked_key(7)
    7
    >>> checked_key(-1)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `key` must be a whole number from 0 on, or a key of JAX such as
    `jax.random.key(0)`, but it is -1.
    """
    number = isinstance(key, int | np.integer) and not isinstance(key, bool)
    if (number and 0 <= key < 2**64) or (
        isinstance(key, Array) and key.dtype.name.startswith("key")
    ):
        return key
    raise Refusal(
        "`key` must be a whole number from 0 on, or a key of JAX such as `jax.random.key(0)`, "
        f"but it is {key!r}."
    )


UNKNOWN = 0
"""The token number of `<unk>`, which stands for all tokens that are not in the vocabulary."""

END = 1
"""The token number of `</s>`, which ends a sequence. Models also start from it: the token before
the first one of a sequence is the end of the previous sequence."""

State = Any
"""A tree of arrays, each with a leading ``batch`` axis: all that a model remembers of the past."""


class Observation(NamedTuple):
    """Inputs of a model at one step (or, with a ``time`` axis, along a sequence).

    `value` is always finite: a missing value is replaced by a stand-in. `observed` is the mask of
    observed values; None means that all are observed. `known` holds the known covariates (a
    holiday, a price) of the steps to be predicted, step after step, followed by the static
    covariates; `past` holds the covariates that are observed together with the value. Both are None
    if there are none.
    """

    value: Float[Array, "*axes channel"]
    observed: Bool[Array, "*axes channel"] | None = None
    known: Float[Array, "*axes covariate"] | None = None
    past: Float[Array, "*axes accompanying"] | None = None


@runtime_checkable
class Step(Protocol):
    """A model as a step function: a frozen tree of arrays with these two methods. `models.Body`
    adds optional methods."""

    def initial_state(self, batch: int) -> State:
        """Return the state before the first observation, for `batch` sequences."""
        ...

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch out"]]:
        """Process one observation; return the new state and the parameters of the next value's
        distribution."""
        ...


@runtime_checkable
class TokenStep(Protocol):
    """A step function on tokens, which returns a probability for every token of the vocabulary.

    Count models and networks have the same interface, over batches. The arrays of a state have a
    leading ``batch`` axis, so that a beam search can keep and reorder sequences. Tokens are numbers
    of the vocabulary; number 1 ends a sequence.
    """

    @property
    def size(self) -> int:
        """The size of the vocabulary, with the end token and the unknown one."""
        ...

    def counts(self) -> Any:
        """The model as n-gram tables, over which sums are exact; refused by a model without such
        tables."""
        ...

    def start(self, batch: int) -> tuple[State, Float[Array | np.ndarray, "batch vocab"]]:
        """Return the state before the first token of `batch` sequences, and the log probability, in
        nats, of each token as the first one."""
        ...

    def step(
        self, state: State, token: Int[np.ndarray, " batch"]
    ) -> tuple[State, Float[Array | np.ndarray, "batch vocab"]]:
        """Process one token; return the new state and the log probability, in nats, of each token
        as the next one."""
        ...

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """Return the log probability, in nats, of every token given the tokens before it in its
        sequence. `tokens` holds all sequences in one array, `offsets` where each begins. The
        results equal those of `step`, which is slower."""
        ...


@dataclass(frozen=True)
class Channels:
    """Widths of a model's input: `value` channels, a mask channel for each or not, `known` and
    `past` covariates.

    `known` counts all known covariates: those of each step ahead, and then the `static` ones. An
    embedded value has `embedded` columns.
    """

    value: int
    mask: bool = False
    known: int = 0
    past: int = 0
    static: int = 0
    embedded: int = 0

    @property
    def row(self) -> int:
        """The columns observed at a step: values, then the mask, then past covariates."""
        return (self.embedded or self.value) * (2 if self.mask else 1) + self.past

    @property
    def width(self) -> int:
        """The columns of the input array: those observed, then known covariates."""
        return self.row + self.known


class Prediction(NamedTuple):
    """Forecasts of the steps after each history, in the panel's unit: a point forecast and, if
    requested, quantiles.

    `mean`, the column `forecast` of a table, is the mean of the scaled values, transformed back to
    the panel's unit. That is the mean for an affine scaler, and the median for a nonlinear one
    (`log`, `asinh`) with a symmetric head. `probabilities` are those in (0, 1) of the quantiles,
    rising; `quantiles` has one column for each and is empty where there are none.
    """

    mean: Float[np.ndarray, "series horizon channel"]
    quantiles: Float[np.ndarray, "series horizon channel quantile"] = np.zeros((0, 0, 0, 0))
    probabilities: tuple[float, ...] = ()

    def interval(
        self, level: float
    ) -> tuple[
        Float[np.ndarray, "series horizon channel"], Float[np.ndarray, "series horizon channel"]
    ]:
        """Lower and upper bound of the central interval of `level`, in percent, such as 80; refused
        if it was not requested."""
        ends = probabilities(level)
        if not set(ends) <= set(self.probabilities):
            raise Refusal(
                f"This prediction has no interval of {level:g} %. Ask for it: "
                f"`predict(levels=[{level:g}])`."
            )
        low, high = (self.quantiles[..., self.probabilities.index(p)] for p in ends)
        return low, high


@dataclass(frozen=True)
class Learning:
    """The course of training: losses by epoch (empty for an exact fit), and why it stopped."""

    losses: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    stopped: str = "the fit is exact, in closed form"


Listener = Callable[[Any], None]
"""Receives events as they happen, one for each compiled chunk of training or each backtest
origin."""
