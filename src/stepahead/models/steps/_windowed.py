"""Windowed autoregression: regression of the next values on the last τ observations. The state is
that window."""

import itertools
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ..._check import Refusal, whole
from ..._settings import Settings
from ..._types import Channels, Key, Observation
from ..body import Body, draws_of, glorot, last_seen, seen_columns, zeros
from ..heads import Head, Location, Outputs, location_of
from ._baselines import LocationBody, no_errors
from ._model import dtype_of


def lag_order(lags: int | tuple[int, ...]) -> tuple[int, ...]:
    """Lags, oldest first: `4` means the last four values; lag 1 is the newest.

    >>> lag_order(4), lag_order((1, 12, 2))
    ((4, 3, 2, 1), (12, 2, 1))
    """
    if isinstance(lags, int):
        return tuple(range(whole("lags", lags), 0, -1))
    chosen = tuple(sorted({whole("lags", lag) for lag in lags}, reverse=True))
    if not chosen:
        raise Refusal(
            "`lags` must name at least one past value, but it is empty. Give 4, or (1, 2, 12)."
        )
    return chosen


class Window(eqx.Module):
    """The lag window: a state of the last τ = max(lags) rows, oldest first, and the features taken
    from it.

    A row holds the values, a mask of observed values (if the model has one), and past covariates. A
    missing value is replaced by the last one before it. Before the first step the window holds
    zeros, or the value given to `begin`. Known covariates are no lags: they are appended to the
    features.
    """

    lags: tuple[int, ...] = eqx.field(static=True)
    channels: Channels = eqx.field(static=True)

    @property
    def reach(self) -> int:
        """τ, the oldest lag."""
        return self.lags[0]

    @property
    def features(self) -> int:
        """The number of regressors."""
        return len(self.lags) * self.channels.row + self.channels.known

    def empty(self, batch: int, dtype: jnp.dtype) -> Float[Array, "batch lag column"]:
        """A window of zeros."""
        return jnp.zeros((batch, self.reach, self.channels.row), dtype)

    def stood_at(
        self, before: Float[Array, "batch channel"], dtype: jnp.dtype
    ) -> Float[Array, "batch lag column"]:
        """Return a window filled with this value as not observed; everything else is 0."""
        # Two operations only: this runs before every forecast, outside of compiled programs.
        held = before[:, None].astype(dtype)
        rest = ((0, 0), (0, 0), (0, self.channels.row - self.channels.value))
        return jnp.broadcast_to(
            jnp.pad(held, rest) if self.channels.row > self.channels.value else held,
            (len(before), self.reach, self.channels.row),
        )

    def rows(self, x: Observation) -> Float[Array, "*axes column"]:
        """One row for each observation: values, then the mask, then past covariates."""
        return seen_columns(x, self.channels)

    def newest(self, window: Float[Array, "batch lag column"]) -> Float[Array, "batch channel"]:
        """The last value, which replaces a missing one."""
        return window[:, -1, : self.channels.value]

    def cut(
        self, rows: Float[Array, "batch time column"], ends: Int[Array, "batch chosen"]
    ) -> Float[Array, "batch chosen feature"]:
        """The lagged rows of the windows whose newest row is at `ends`, flattened oldest first."""
        places = ends[:, :, None] + 1 - jnp.asarray(self.lags)
        batch = jnp.arange(rows.shape[0])[:, None, None]
        taken = rows[batch, places]
        return taken.reshape(*ends.shape, len(self.lags) * rows.shape[-1])

    def slide(
        self,
        window: Float[Array, "batch lag column"],
        xs: Observation,
        lengths: Int[Array, " batch"] | None,
        at: Int[Array, "batch chosen"] | None,
    ) -> tuple[Float[Array, "batch chosen feature"], Float[Array, "batch lag column"]]:
        """Features after each step of `xs` (or those at `at`), and the window after the last."""
        batch, time = xs.value.shape[:2]
        rows = jnp.concatenate([window.astype(xs.value.dtype), self.rows(xs)], axis=1)
        places = jnp.broadcast_to(jnp.arange(time), (batch, time)) if at is None else at
        features = self.cut(rows, places + self.reach)
        if xs.known is not None:
            known = xs.known if at is None else jnp.take_along_axis(xs.known, at[..., None], axis=1)
            features = jnp.concatenate([features, known], axis=-1)
        ends = jnp.full((batch,), time) if lengths is None else lengths
        kept = ends[:, None] + jnp.arange(self.reach)
        return features, jnp.take_along_axis(rows, kept[..., None], axis=1)

    def push(
        self, window: Float[Array, "batch lag column"], x: Observation
    ) -> tuple[Float[Array, "batch feature"], Float[Array, "batch lag column"]]:
        """One step: drop the oldest row, append the newest."""
        window = jnp.concatenate(
            [window[:, 1:], self.rows(x)[:, None].astype(window.dtype)], axis=1
        )
        taken = window[:, self.reach - jnp.asarray(self.lags)].reshape(window.shape[0], -1)
        return (taken if x.known is None else jnp.concatenate([taken, x.known], axis=-1)), window


class WindowedBody(Body):
    """A body whose state is the lag window; a subclass defines the output as a function of the
    window."""

    window: eqx.AbstractVar[Window]

    @abstractmethod
    def regress(self, features: Float[Array, "*axes feature"]) -> Float[Array, "..."]:
        """The output for the rows of a window."""

    @property
    def needs(self) -> int:
        """The oldest lag."""
        return self.window.reach

    @property
    def reach(self) -> int:
        """The oldest lag."""
        return self.window.reach

    def initial_state(self, batch: int) -> Float[Array, "batch lag column"]:
        """A window of zeros."""
        return self.window.empty(batch, dtype_of(self))

    def begin(self, before: Float[Array, "batch channel"]) -> Float[Array, "batch lag column"]:
        """A window of this value."""
        return self.window.stood_at(before, dtype_of(self))

    def step(self, state: Array, x: Observation) -> tuple[Array, Float[Array, "batch ..."]]:
        """Push one row and regress."""
        features, state = self.window.push(state, x)
        return state, self.regress(features)

    @property
    def holds_last(self) -> bool:
        """True."""
        return True

    def stand_in(
        self, state: Array, predicted: Float[Array, "batch channel"]
    ) -> Float[Array, "batch channel"]:
        """The last value."""
        return self.window.newest(state)

    def close_gaps(
        self, state: Array, xs: Observation, step_by_step: Callable[[], Array]
    ) -> Float[Array, "batch time channel"]:
        """The last observed values, all at once."""
        return last_seen(self.window.newest(state), xs)

    def unroll(
        self,
        state: Array,
        xs: Observation,
        *,
        lengths: Array | None,
        at: Array | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen ..."], Array]:
        """All windows of a sequence at once."""
        features, state = self.window.slide(state, xs, lengths, at)
        return self.regress(features), state


@dataclass(frozen=True)
class LinearAR(Settings):
    """Linear autoregression: ŷ(t+k) = b_k + Σ_j w_kj · x(t+1−lag_j), all steps ahead and channels
    at once.

    `lags=4` means the last four values; `lags=(1, 2, 12)` exactly these. Fitted in closed form by
    least squares, with the penalty `ridge`·|w|² on the sum of squares (the intercept is not
    penalised), or by gradient like every other model.
    """

    lags: int | tuple[int, ...]
    ridge: float = 0.0

    def __post_init__(self) -> None:
        lag_order(self.lags)
        if not self.ridge >= 0:
            raise Refusal(f"`ridge` must be 0 or more, but it is {self.ridge!r}.")

    def build(self, channels: Channels, head: Head, key: Key) -> "LinearBody":
        """Draw Glorot-uniform weights and zero intercepts."""
        window = Window(lag_order(self.lags), channels)
        outputs = head.horizon * channels.value
        draws = draws_of(key)
        weight = glorot(draws, outputs, window.features)
        return LinearBody(
            weight=weight,
            bias=zeros(draws, outputs),
            shape=no_errors(channels, head, draws),
            head=location_of(head),
            window=window,
            ridge=self.ridge,
        )


class LinearBody(WindowedBody, LocationBody):
    """State: the lag window."""

    weight: Float[Array, "output feature"]
    bias: Float[Array, " output"]
    shape: Float[Array, "horizon channel parameter"]
    head: Location = eqx.field(static=True)
    window: Window
    ridge: float = eqx.field(static=True)

    def regress(
        self, features: Float[Array, "*axes feature"]
    ) -> Float[Array, "*axes horizon channel parameter"]:
        """A location, linear in the window, with the errors around it."""
        location = features @ self.weight.T + self.bias
        return self.head.at(
            location.reshape(*location.shape[:-1], *self.shape.shape[:2]), self.shape
        )


@dataclass(frozen=True)
class MLPAR(Settings):
    """Autoregression by a multilayer perceptron with ReLU on the lag window; Glorot-uniform
    weights, zero biases."""

    lags: int | tuple[int, ...]
    hidden: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        lag_order(self.lags)
        for width in self.hidden:
            whole("hidden", width)

    def build(self, channels: Channels, head: Outputs, key: Key) -> "MLPBody":
        """Draw the weights."""
        window = Window(lag_order(self.lags), channels)
        sizes = (window.features, *self.hidden, head.horizon * channels.value * head.parameters)
        draws = draws_of(key)
        weights = tuple(glorot(draws, after, before) for before, after in itertools.pairwise(sizes))
        biases = tuple(zeros(draws, size) for size in sizes[1:])
        return MLPBody(weights=weights, biases=biases, window=window)


class MLPBody(WindowedBody):
    """State: the lag window."""

    weights: tuple[Float[Array, "_ _"], ...]
    biases: tuple[Float[Array, " _"], ...]
    window: Window

    def regress(self, features: Float[Array, "*axes feature"]) -> Float[Array, "*axes out"]:
        """Layers of ReLU, then a linear one."""
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            features = jax.nn.relu(features @ weight.T + bias)
        return features @ self.weights[-1].T + self.biases[-1]
