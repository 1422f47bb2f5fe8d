"""Hidden Markov models of series: the scores that forward-backward needs, and the updates."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from ..._check import Refusal, counted
from ..._types import Key
from ...data import Panel, carried_forward, format_stamp
from ...models import HMM, Emission, Full, HMMBody, Weighted, lagged
from ...native import Source, Totals
from ...ops import LogChain, in_double
from .._by_sequence import BySequence
from .._descent import Epoch, Progress, Trained
from ._baum_welch import BaumWelch, Hidden, along, one_of_each, ordered
from ._known_states import clamped_to
from ._learning import baum_welch
from ._state_gradient import learn_by_gradient
from ._unconstrained import IMPOSSIBLE
from ._unfolded import Unfolded


class ObservedNumbers:
    """The values of a panel, with gaps and unequal lengths."""

    def __init__(self, panel: Panel, lags: int, prior: float) -> None:
        self.panel, self.prior = panel, prior
        self.offsets: Int[np.ndarray, " boundary"] = panel.offsets
        self.observed: Bool[np.ndarray, "total channel"] = panel.observed
        filled = carried_forward(panel) if lags else panel.values
        self.values = np.where(np.isnan(filled), 0.0, filled)
        self.lagged = np.zeros((len(self.values), lags, panel.channels))
        if lags:
            self._fill_lags(lags)
        with np.errstate(invalid="ignore"):
            seen = np.where(panel.observed, self.values, np.nan)
            self.mean, self.spread = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0)

    def _fill_lags(self, lags: int) -> None:
        """Mark steps without a complete window of past values, which are not used."""
        place = np.arange(len(self.values)) - np.repeat(self.offsets[:-1], self.panel.lengths)
        seen = self.observed.copy()
        for first, last in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            self.lagged[first:last] = lagged(self.values[first:last], lags)
            seen[first:last] &= lagged(self.observed[first:last], lags).all(axis=1)
        self.observed = seen & (place >= lags)[:, None]

    @cached_property
    def _on_device(self) -> tuple[Any, Any, Any]:
        with jax.enable_x64(True):
            return jax.device_put((self.values, self.observed, self.lagged))

    def scores(
        self, emission: Emission, rows: Int[np.ndarray, " row"] | None = None
    ) -> Float[np.ndarray, "row state"]:
        """Return log p(x_t | state) under this emission, for all or these rows."""
        with jax.enable_x64(True):
            if rows is None:
                return np.asarray(_scores(emission, *self._on_device))
            parts = (self.values[rows], self.observed[rows], self.lagged[rows])
            return np.asarray(_scores(emission, *jax.device_put(parts)))

    def learned(self, emission: Emission, posterior: Float[np.ndarray, "total state"]) -> Emission:
        """Return the emission fitted to the values with these weights."""
        parts = self.values, self.observed, self.lagged, posterior, self.prior
        return emission.learned(Weighted(*parts, self.mean, self.spread))

    @cached_property
    def _with_gaps(self) -> Float[np.ndarray, "total channel"]:
        return np.where(self.observed, self.values, np.nan)

    def source(
        self, emission: Emission, rows: Int[np.ndarray, " row"] | None = None
    ) -> Source | None:
        """Return the values, if every channel is normal and independent; else None."""
        normal = emission.normal()
        if normal is None:
            return None
        values = self._with_gaps if rows is None else self._with_gaps[rows]
        return Source(values=values, mean=normal[0].T, deviation=normal[1].T)

    def learned_from(self, emission: Emission, totals: Totals) -> Emission:
        """Return the emission fitted to two values for every state and channel that have the mean
        and the spread of the sums: for normal channels these are sufficient."""
        normal = emission.normal()
        assert normal is not None  # the totals come from `source`
        states, channels = normal[0].shape
        count, off, square = np.moveaxis(totals.emitted.reshape(channels, 3, states), 1, 0)
        held = np.maximum(count, np.finfo(float).tiny)
        spread = np.sqrt(np.maximum(square / held - np.square(off / held), 0.0))
        ends = normal[0].T + off / held + spread * np.array([-1.0, 1.0])[:, None, None]
        # one row for each of two values, channel and state, with all else missing
        values = np.repeat(ends.reshape(-1, 1), channels, axis=1)
        observed = np.tile(np.repeat(np.eye(channels, dtype=bool), states, axis=0), (2, 1))
        weights = np.tile((count[..., None] * np.eye(states)).reshape(-1, states) / 2, (2, 1))
        lagged = np.zeros((len(values), 0, channels))
        parts = values, observed, lagged, weights, self.prior, self.mean, self.spread
        return emission.learned(Weighted(*parts))

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Return initial probabilities, in turn by: clusters of values, segments of time, clusters
        of distances from the mean."""
        if number % 3 == 1:
            span = max(1, len(self.values) // (5 * states))
            blocks = draws.integers(states, size=len(self.values) // span + 1)
            return one_of_each(np.repeat(blocks, span)[: len(self.values)], states)
        unit = np.maximum(self.spread, 1e-12)
        points = np.where(self.observed, (self.values - self.mean) / unit, 0.0)
        if self.lagged.size:
            points = np.concatenate([points, points - (self.lagged[:, -1] - self.mean) / unit], 1)
        points = np.abs(points) if number % 3 == 2 else points
        return one_of_each(_clusters(points, states, draws), states)

    def where(self, row: int) -> str:
        """Return the series and the time."""
        series = self.panel.ids[self.panel.series_of_step[row]]
        return f"the value of series '{series}' at {format_stamp(self.panel.times[row])}"


@eqx.filter_jit
def _scores(emission: Emission, values: Any, observed: Any, lags: Any) -> Any:
    return emission.scores(values, observed, lags)


class EmittedNumbers:
    """The values for training by gradient descent: `known` states (from 1 on) exclude the
    others."""

    def __init__(
        self, observed: ObservedNumbers, blank: Emission, known: Int[np.ndarray, " total"] | None
    ) -> None:
        self.observed, self.blank, self.known = observed, blank, known

    def free(self, emission: Emission) -> Any:
        """Return its unconstrained parameters."""
        with jax.enable_x64(True):
            return emission.unconstrained()

    def of(self, numbers: Any) -> Emission:
        """Return the emission with these parameters."""
        return self.blank.constrained(numbers)

    def scores(
        self, numbers: Any, rows: Int[Array, "batch time"]
    ) -> Float[Array, "batch time state"]:
        """Return log p(x | state) of these rows under unconstrained parameters."""
        seen = self.observed
        parts = (jnp.asarray(part)[rows] for part in (seen.values, seen.observed, seen.lagged))
        scores = self.of(numbers).scores(*parts)
        if self.known is None:
            return scores
        known = jnp.asarray(self.known)[rows][..., None]
        state = np.arange(scores.shape[-1]) // self.blank.copies + 1
        return jnp.where((known == 0) | (known == state), scores, IMPOSSIBLE)


def _clusters(
    points: Float[np.ndarray, "total column"], states: int, draws: np.random.Generator
) -> Int[np.ndarray, " total"]:
    """k-means: centres drawn far apart (Arthur & Vassilvitskii 2007), then ten iterations."""
    centres = points[draws.integers(len(points))][None]
    while len(centres) < states:
        far = np.square(points[:, None] - centres).sum(axis=2).min(axis=1)
        total = far.sum()
        chosen = (
            draws.choice(len(points), p=far / total) if total > 0 else draws.integers(len(points))
        )
        centres = np.concatenate([centres, points[chosen][None]])
    for _ in range(10):
        path = np.square(points[:, None] - centres).sum(axis=2).argmin(axis=1)
        counts = np.bincount(path, minlength=states)[:, None]
        sums = np.stack([np.bincount(path, column, minlength=states) for column in points.T], 1)
        centres = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    return path


class ObservedInOrder(ObservedNumbers):
    """The values of sequences that pass through the states in order."""

    def guess(
        self, states: int, number: int, draws: np.random.Generator
    ) -> Float[np.ndarray, "total state"]:
        """Return equal parts of every sequence, randomly shifted for all but the first start."""
        path = along(self.offsets, states)
        moved = draws.random(len(path)) < 0.1 * (number > 0)
        return one_of_each(np.where(moved, draws.integers(states, size=len(path)), path), states)


def learn_states(
    body: HMMBody,
    spec: HMM,
    panel: Panel,
    recipe: BaumWelch | BySequence,
    *,
    key: Key,
    known: Int[np.ndarray, " total"] | None = None,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Fit a hidden Markov model to the series of a panel, by expectation maximisation or by
    gradient descent, depending on the `recipe`; `model` of the result is the body.

    `known` holds the states of steps at which they are known, from 1 on, and 0 elsewhere. Without
    it, states are numbered by the mean of the first channel if all transitions are allowed.
    `resume` maps the start of the run to the progress from which it continues.
    """
    check_enough(spec.states, panel)
    in_order = spec.states > 1 and int(spec.transition.start(spec.states).sum()) == 1
    kind = ObservedInOrder if in_order else ObservedNumbers
    expected = recipe if isinstance(recipe, BaumWelch) else BaumWelch(restarts=1)
    observed = kind(panel, body.emission.lags, expected.prior)
    if not observed.observed.any():
        raise Refusal(
            f"No step has {counted(body.emission.lags, 'value')} right before it, which the "
            "emission regresses on. Give longer series, or fewer lags."
        )
    blank = Hidden(
        LogChain(
            np.asarray(body.log_start, np.float64), np.asarray(body.log_transition, np.float64)
        ),
        in_double(body.emission).around(observed.mean, observed.spread),
    )
    clamped, expected = clamped_to(known, observed, spec.states, expected)
    copies = spec.durations
    unfolded = clamped if copies == 1 else Unfolded(clamped, copies)
    told: dict[str, Any] = {"key": key, "on_event": on_event, "resume": resume}
    if isinstance(recipe, BaumWelch):
        done = baum_welch(blank, unfolded, spec.structure, expected, **told)
    else:
        emitted = EmittedNumbers(observed, blank.emission, known)
        done = learn_by_gradient(blank, unfolded, emitted, spec.structure, recipe, **told)
    hidden = done.model
    if known is None and spec.transition == Full():
        with jax.enable_x64(True):
            recent = jnp.asarray(np.tile(observed.mean, (1, body.emission.lags, 1)))
            middle = hidden.emission.marginals(recent)
            means = np.asarray(hidden.emission.head.mean(middle))[0, ::copies, 0]
        hidden = ordered(hidden, np.argsort(means, kind="stable"), copies)
    learned = HMMBody(hidden.chain.start, hidden.chain.transition, hidden.emission, body.ahead)
    return done._replace(model=learned)


def check_enough(states: int, panel: Panel) -> None:
    """Refuse fewer observations than states."""
    seen = int(panel.observed.any(axis=1).sum())
    if seen < states:
        raise Refusal(
            f"A hidden Markov model of {counted(states, 'state')} needs at least as many "
            f"observations, but there are {seen}. Give more data, or ask for fewer states."
        )
