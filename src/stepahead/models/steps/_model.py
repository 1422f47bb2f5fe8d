"""`Model`: a body with a head; and `unroll`, the teacher-forced pass along sequences."""

from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from ..._check import Refusal, whole
from ..._types import Channels, Key, Observation, State
from ...ops import as_key, floating_leaves
from ..body import Body, body_of, floating, scan_inside
from ..cells import RecurrentBody
from ..heads import Head, Outputs


class Specification(Protocol):
    """The specification of a model: sizes only, no arrays. Users write, print and save it."""

    def build(self, channels: Channels, head: Head, key: Key) -> Any:
        """Build the body: a frozen tree of arrays whose output feeds `head`."""
        ...


class ModelState(NamedTuple):
    """The body's state, and the model's own prediction of the next value, which replaces a missing
    one."""

    body: State
    prediction: Float[Array, "batch channel"]


class Model(eqx.Module):
    """A body and the head that reads its output. Itself a step: `state, out = model.step(state,
    x)`.

    `out` is `[batch, horizon, channel, parameter]`. If `x.observed` is False, the input of the body
    is the model's own one-step prediction (for a windowed body, its last value).
    """

    body: Body
    head: Head = eqx.field(static=True)
    channels: Channels = eqx.field(static=True)

    @property
    def dtype(self) -> jnp.dtype:
        """The floating-point type of the arrays; float32 if there are none."""
        return dtype_of(self.body)

    def initial_state(
        self, batch: int, before: Float[Array, "batch channel"] | None = None
    ) -> ModelState:
        """The state before the first observation; `before` replaces values that are missing at the
        first steps.

        By default they are 0, the middle of a scaled series. A lag window starts filled with
        `before`.
        """
        if before is None:
            return ModelState(
                self.body.initial_state(batch), jnp.zeros((batch, self.channels.value), self.dtype)
            )
        return ModelState(self.body.begin(self.head.encode(before)), before)

    def step(
        self, state: ModelState, x: Observation
    ) -> tuple[ModelState, Float[Array, "batch horizon channel parameter"]]:
        """Process one observation `[batch, channel]`; return the new state and the head parameters
        of the next values."""
        body, out = self.body.step(state.body, x._replace(value=self.fed(state, x)))
        out = self.shaped(out)
        return ModelState(body, self.head.mean(out)[:, 0]), out

    def fed(self, state: ModelState, x: Observation) -> Float[Array, "batch channel"]:
        """The input of the body: the value, or its stand-in if it is missing."""
        value = self.head.encode(x.value)
        if x.observed is None:
            return value
        return jnp.where(
            x.observed, value, self.body.stand_in(state.body, self.head.encode(state.prediction))
        )

    def reaching(self, horizon: int) -> "Model":
        """The same model with an output of at least `horizon` steps, where the body has one for any
        number of steps (a latent state); else itself, which is fed its own predictions."""
        body = self.body.reaching(horizon)
        if body is self.body:
            return self
        return Model(body, replace(self.head, horizon=horizon), self.channels)

    def one_step(self) -> "Model":
        """The same model with an output of one step where the body can have one; else itself."""
        body = self.body.one_step()
        return (
            self if body is self.body else Model(body, replace(self.head, horizon=1), self.channels)
        )

    def shaped(self, out: Float[Array, "*axes"]) -> Float[Array, "..."]:
        """The body's output as `[..., horizon, channel, parameter]`."""
        return with_axes(out, self.head, self.channels)


def with_axes(
    out: Float[Array, "*axes"], head: Outputs, channels: Channels
) -> Float[Array, "*axes"]:
    """The output of a step, `[batch, …]`, or along sequences, `[batch, time, …]`, with its flat
    numbers reshaped to `[horizon, channel, parameter]`.

    >>> from stepahead.models import Point
    >>> with_axes(jnp.ones((1, 1, 1)), Point(), Channels(1)).shape  # one sequence of one step
    (1, 1, 1, 1, 1)
    """
    if out.ndim > 3:
        return out
    return out.reshape(*out.shape[:-1], head.horizon, channels.value, head.parameters)


def dtype_of(body: eqx.Module) -> jnp.dtype:
    """The floating-point type of a body's arrays; float32 if it has none."""
    first = next(floating_leaves(body), None)
    return jnp.dtype(jnp.float32) if first is None else floating(first)


class UnrollResult(NamedTuple):
    """The outputs of a model along sequences, its final state, and its gates over time if asked
    for."""

    out: Float[Array, "batch time horizon channel parameter"]
    state: ModelState
    gates: PyTree | None = None


def build(spec: Specification, channels: Channels | int, head: Head, key: Key) -> Model:
    """Build a model from its specification: a frozen tree of arrays, the same for the same key,
    traced or not.

    `jax.vmap(lambda key: build(spec, 1, head, key))(keys)` makes an ensemble: every array has an
    axis of members in front.

    >>> import jax
    >>> from stepahead import models
    >>> model = models.build(models.GRU(8, layers=2), 1, models.Gaussian(), jax.random.key(0))
    >>> model.body.layers[1].recurrent.shape  # r, z, n stacked: 3·8 rows
    (24, 8)
    """
    channels = channels if isinstance(channels, Channels) else Channels(whole("channels", channels))
    return Model(body_of(spec, channels, head, as_key(key)), head, channels)


def unroll(
    model: Model,
    xs: Observation,
    state: ModelState | None = None,
    *,
    lengths: Int[Array, " batch"] | None = None,
    at: Int[Array, "batch chosen"] | None = None,
    key: Key | None = None,
    gates: bool = False,
) -> UnrollResult:
    """Run a model along sequences on the true values (teacher forcing): all one-step-ahead outputs.

    `xs.value` is `[batch, time, channel]`; `out[:, t]` describes the steps after `t`. The stand-in
    for a missing value counts as data: no gradient flows through it. A sequence is valid up to its
    `lengths` (None: all of it); past them, the state stays the same and outputs are arbitrary. With
    `at`, only the outputs at those positions are computed (`chosen` takes the place of `time`).
    With a `key`, dropout is drawn, as in training. With `gates=True`, a recurrent model also
    returns its gates over time.

    Two halves with the state passed on equal the whole:

    >>> import jax, jax.numpy as jnp
    >>> from stepahead import models
    >>> model = models.build(models.GRU(4), 1, models.Point(), jax.random.key(0))
    >>> xs = jnp.sin(jnp.arange(10.0))[None, :, None]
    >>> whole = unroll(model, models.Observation(xs))
    >>> half = unroll(model, models.Observation(xs[:, :5]))
    >>> rest = unroll(model, models.Observation(xs[:, 5:]), half.state)
    >>> bool(jnp.allclose(rest.out, whole.out[:, 5:], atol=1e-6))
    True
    """
    batch, time = xs.value.shape[:2]
    state = model.initial_state(batch) if state is None else state
    if gates:
        return _with_gates(model, xs, state)
    fed = xs._replace(value=model.head.encode(xs.value))
    if xs.observed is not None:
        fed = xs._replace(
            value=model.body.close_gaps(
                state.body, fed, lambda: _step_by_step(model, xs, state, lengths)
            )
        )
    ends = jnp.full((batch,), time, jnp.int32) if lengths is None else lengths
    final = jnp.maximum(ends - 1, 0)[:, None]
    wanted = None if at is None else jnp.concatenate([at, final], axis=1)
    out, body = model.body.unroll(state.body, fed, lengths=lengths, at=wanted, key=key)
    out = model.shaped(out)
    if at is not None:
        last, out = out[:, -1], out[:, :-1]
    elif lengths is None:
        last = out[:, -1]
    else:
        last = jnp.take_along_axis(out, final.reshape(batch, 1, 1, 1, 1), axis=1)[:, 0]
    prediction = jnp.where((ends > 0)[:, None], model.head.mean(last)[:, 0], state.prediction)
    return UnrollResult(out, ModelState(body, prediction))


def _step_by_step(
    model: Model, xs: Observation, state: ModelState, lengths: Int[Array, " batch"] | None
) -> Float[Array, "batch time channel"]:
    """The inputs of the body along sequences with gaps, filled one step after the other; no
    gradient flows through them."""
    model, state = jax.lax.stop_gradient((model, state))

    def step(state: ModelState, x: Observation) -> tuple[ModelState, Array]:
        return model.step(state, x)[0], model.fed(state, x)

    return scan_inside(step, state, xs, lengths)[1]


def _with_gates(model: Model, xs: Observation, state: ModelState) -> UnrollResult:
    if not isinstance(model.body, RecurrentBody) or xs.observed is not None:
        raise Refusal(
            "`gates=True` needs a recurrent model (RNN, LSTM, GRU) and sequences without gaps "
            "(`observed=None`)."
        )
    plain = unroll(model, xs, state)
    return plain._replace(
        gates=model.body.gates(state.body, xs._replace(value=model.head.encode(xs.value)))
    )
