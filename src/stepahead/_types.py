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
"""A JAX random key, as made by `jax.random.key(0)`, or its whole number alone."""


def checked_key(key: Key) -> Key:
    """The key itself; refuse what is neither a key of JAX nor a whole number from 0 on.

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
"""The number of the token that stands for all that are not in the vocabulary, `<unk>`."""

END = 1
"""The number of the token that ends a sequence, `</s>`. Models begin with it too: before the first
token, the last sequence ended."""

State = Any
"""A tree of arrays, each with a leading ``batch`` axis: all that a model remembers of the past."""


class Observation(NamedTuple):
    """Inputs of a model at one step (or, with a ``time`` axis, along a sequence).

    `value` is always finite: a missing value is replaced by a stand-in. `observed` is the mask of
    observed values; None means all. `known` holds the known covariates of the steps to be predicted
    (a holiday, a price), one step ahead after the other, and then static covariates; `past` the
    covariates that are observed together with the value. Both are None where there are none.
    """

    value: Float[Array, "*axes channel"]
    observed: Bool[Array, "*axes channel"] | None = None
    known: Float[Array, "*axes covariate"] | None = None
    past: Float[Array, "*axes accompanying"] | None = None


@runtime_checkable
class Step(Protocol):
    """A model as a step function: any frozen tree of arrays with these two methods. `models.Body`
    adds optional methods."""

    def initial_state(self, batch: int) -> State:
        """The state before anything was seen, for `batch` sequences."""
        ...

    def step(self, state: State, x: Observation) -> tuple[State, Float[Array, "batch out"]]:
        """Process one observation; return the new state and the parameters of the next value's
        distribution."""
        ...


@runtime_checkable
class TokenStep(Protocol):
    """A step on tokens: what comes next is a probability for every token of the vocabulary.

    Count models and recurrent ones answer it alike, over batches; the leaves of their states have a
    leading ``batch`` axis, so that a search can keep and reorder sequences. Tokens are numbers of a
    vocabulary; number 1 is the end of a sequence.
    """

    @property
    def size(self) -> int:
        """The number of tokens, the end token and the unknown one included."""
        ...

    def counts(self) -> Any:
        """The model as n-gram tables, over which sums are exact; refused by one that has none."""
        ...

    def start(self, batch: int) -> tuple[State, Float[Array | np.ndarray, "batch vocab"]]:
        """The state before the first token of `batch` sequences, and the log probability in nats of
        every token to be it."""
        ...

    def step(
        self, state: State, token: Int[np.ndarray, " batch"]
    ) -> tuple[State, Float[Array | np.ndarray, "batch vocab"]]:
        """Take in one token; return the new state and the log probability in nats of every token to
        come next."""
        ...

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """The log probability in nats of every token of many sequences (a flat array and where each
        begins) given those before it in its sequence: the same numbers as step by step, faster."""
        ...


@dataclass(frozen=True)
class Channels:
    """Widths of a model's input: `value` channels, a mask channel beside each or not, `known` and
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
        """Columns of what is seen at a step: values, then the mask, then past covariates."""
        return (self.embedded or self.value) * (2 if self.mask else 1) + self.past

    @property
    def width(self) -> int:
        """Columns of the array that a body is fed: what is seen, then what is known beforehand."""
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
    """The course of training: losses by epoch (empty where the fit was exact), and why it
    stopped."""

    losses: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    stopped: str = "the fit is exact, in closed form"


Listener = Callable[[Any], None]
"""Receives events (one per compiled chunk of training, one per backtest origin) as they happen."""
