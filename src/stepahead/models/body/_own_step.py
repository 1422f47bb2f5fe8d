"""Check of a user's own step: it is run for two steps, and errors name the method and the
remedy."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from ..._check import Refusal
from ..._types import Channels, Key, Observation, State
from ..heads import Head
from ._body import Body, PlainStep

BATCH = 3
"""Sequences in the check: a size that is unlikely to be an axis of the state by chance."""


def body_of(spec: Any, channels: Channels, head: Head, key: Key) -> Body:
    """The body of a specification. One of a user's class is run for two steps, refused if it fails,
    and wrapped if it has the two methods only.

    Refused: an object without the two methods or that is not a tree of arrays, a step that does not
    return `state, out`, an output or state of the wrong shape, outputs that are not finite, and any
    exception of the step.
    """
    if type(spec).__module__.startswith(__name__.split(".")[0] + "."):
        body = spec.build(channels, head, key)
    else:
        name = f"{type(spec).__name__}.build"
        body = _call_user(name, "`channels, head, key`", spec.build, channels, head, key)
    if not type(body).__module__.startswith(__name__.split(".")[0] + "."):
        _check_two_steps(spec, body, channels, head)
    return body if isinstance(body, Body) else PlainStep(body)


def _check_two_steps(spec: Any, body: PyTree, channels: Channels, head: Head) -> None:
    name = type(body).__name__
    if isinstance(body, type) or not (hasattr(body, "initial_state") and hasattr(body, "step")):
        raise Refusal(
            f"`{type(spec).__name__}.build` must return an object with `initial_state(batch)` and "
            "`step(state, x)`, but it returned "
            f"{_show(body)}."
        )
    if len(jax.tree.leaves(body)) == 1 and jax.tree.leaves(body)[0] is body:
        raise Refusal(
            f"`{name}` must be a tree of arrays, so that it can be trained and saved, but it is a "
            "plain class. "
            "Derive it from `equinox.Module`."
        )
    state = _call_user(f"{name}.initial_state", f"a batch of {BATCH}", body.initial_state, BATCH)
    for leaf in jax.tree.leaves(state):
        if np.shape(leaf)[:1] != (BATCH,):
            raise Refusal(
                f"`{name}.initial_state(batch)` must give arrays whose first axis is the batch, "
                f"here {BATCH}, but one of them is "
                f"{_show(leaf)}."
            )
    for value in (0.0, 1.0):
        x = _observation(value, body, channels, head)
        given = f"`x.value` of shape {x.value.shape} and the state {_show(state)}"
        answer = _call_user(f"{name}.step", given, body.step, state, x)
        state = _checked(name, answer, state, channels, head)


def _call_user(method: str, given: str, call: Callable[..., PyTree], *arguments: object) -> PyTree:
    """Call a user's method; an exception is reported as a fault of that method."""
    try:
        return call(*arguments)
    except Refusal:
        raise
    except Exception as wrong:  # the user's code may raise anything; the cause stays attached
        message = str(wrong).strip().split("\n")[0].rstrip(".")
        raise Refusal(
            f"`{method}`, given {given}, stopped with {type(wrong).__name__}: {message}."
        ) from wrong


def _observation(value: float, body: PyTree, channels: Channels, head: Head) -> Observation:
    """An observation of this value everywhere, nothing missing, in the precision of the body."""
    weights = [
        leaf for leaf in jax.tree.leaves(body) if jnp.issubdtype(jnp.result_type(leaf), jnp.inexact)
    ]
    dtype = jnp.result_type(weights[0]) if weights else jnp.float32

    def full(width: int) -> PyTree:
        return jnp.full((BATCH, width), value, dtype) if width else None

    observed = jnp.ones((BATCH, channels.value), bool) if channels.mask else None
    return Observation(
        head.encode(full(channels.value)), observed, full(channels.known), full(channels.past)
    )


def _shape(value: PyTree) -> tuple[int, ...] | None:
    """The shape of an array; None for anything else that a user's step may return."""
    return value.shape if isinstance(value, jax.Array | np.ndarray) else None


def _checked(name: str, answer: PyTree, before: State, channels: Channels, head: Head) -> State:
    """The new state; refuse an answer that is not `state, out` of the right shapes."""
    axes = (head.horizon, channels.value, head.parameters)
    fits = {(BATCH, *axes), (BATCH, int(np.prod(axes)))}
    wanted = (
        f"`{name}.step` must return `state, out`: the state as it came in, {_show(before)}, and "
        "`out` [batch, horizon, channel, parameter] "
        f"= {(BATCH, *axes)}, or flat, {(BATCH, int(np.prod(axes)))}"
    )
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Refusal(f"{wanted}. It returned {_show(answer)}.")
    state, out = answer
    if _outline(state) != _outline(before) or _shape(out) not in fits:
        swapped = _shape(state) in fits and _outline(out) == _outline(before)
        hint = (
            " That is the other way round: return the state first."
            if swapped
            else f" ({head!r} takes {axes[2]} a channel and step ahead.)"
        )
        raise Refusal(
            f"{wanted}. It returned the state {_show(state)} and `out` {_show(out)}.{hint}"
        )
    for what, part in (("state", state), ("out", out)):
        _refuse_broken(name, what, part)
    return state


def _outline(tree: PyTree) -> PyTree:
    """Structure, shapes and types of a state, which must not change from step to step."""
    return jax.tree.structure(tree), [
        (np.shape(leaf), jnp.result_type(leaf)) for leaf in jax.tree.leaves(tree)
    ]


def _refuse_broken(name: str, what: str, part: PyTree) -> None:
    """Refuse numbers that are not finite. Under a JAX transformation there are no numbers to check
    yet."""
    for leaf in jax.tree.leaves(part):
        if isinstance(leaf, jax.core.Tracer) or not jnp.issubdtype(
            jnp.result_type(leaf), jnp.inexact
        ):
            continue
        broken = np.asarray(leaf)[~np.isfinite(np.asarray(leaf))]
        if broken.size:
            raise Refusal(
                f"`{name}.step` gave {broken.flat[0]} in its {what} before anything was learned, "
                "though all that it was given was 0 or 1. "
                "Look for a division by 0, a logarithm or a root of what may be 0 or less."
            )


def _show(value: object) -> str:
    """A short description for messages: shape and type of an array, the parts of a tuple."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{tuple(value.shape)} of {value.dtype}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_show, value))})" if len(value) else "()"
    text = repr(value)
    return text if len(text) < 60 else f"a {type(value).__name__}"
