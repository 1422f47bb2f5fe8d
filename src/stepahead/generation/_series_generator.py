"""`SeriesGenerator`: a fitted model of numeric series conditioned on vectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from .._check import Refusal, counted, options_known, overflowed, whole
from .._fitted import FittedNetwork
from .._types import Key, Learning, Observation
from ..data import ConditionalSequences, Panel, RowScale
from ..models import (
    Head,
    ModelState,
    RowDecoder,
    check_finite_steps,
    density_of,
    length_batches,
    rollout,
)
from ..ops import as_key
from ._generator import checked_vectors


@dataclass(frozen=True, eq=False)
class RowScore:
    """Log densities (for 0/1 data log probabilities), in nats, of every row of many series, summed
    over channels; `offsets` hold the start of each series."""

    log_probs: Float[np.ndarray, " row"]
    offsets: Int[np.ndarray, " boundary"]

    @property
    def totals(self) -> Float[np.ndarray, " series"]:
        """The sum over each series."""
        return np.add.reduceat(self.log_probs, self.offsets[:-1])

    @property
    def per_row(self) -> float:
        """The mean over all rows of all series."""
        return float(self.log_probs.mean())

    @property
    def per_series(self) -> float:
        """The mean over series of the mean over the rows of each."""
        return float((self.totals / np.diff(self.offsets)).mean())


@dataclass(frozen=True, eq=False)
class SeriesGenerator(FittedNetwork):
    """A fitted model of rows of numbers, each series conditioned on a vector of `features` numbers,
    and its scale."""

    spec: Any
    model: RowDecoder
    head: Head
    scale: RowScale
    names: tuple[str, ...]
    features: int
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "series generator"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> RowDecoder:
        """Return an untrained decoder from vectors to rows of these channels."""
        return fields["spec"].of_rows(len(fields["names"]), fields["features"], fields["head"], key)

    def mean(self, vectors: ArrayLike, length: int) -> Float[np.ndarray, "series time channel"]:
        """Return the series of `length` rows for each of the `vectors` (`[feature]` or `[series,
        feature]`) if the model is fed its own means."""
        return self._rollout(vectors, whole("length", length), None, None)

    @options_known()
    def sample(
        self, vectors: ArrayLike, length: int, *, key: Key, opening: ArrayLike | None = None
    ) -> Float[np.ndarray, "series time channel"]:
        """Draw a series of `length` rows for each of the `vectors`. With an `opening` (`[time,
        channel]`), the drawn rows follow it."""
        return self._rollout(vectors, whole("length", length), key, opening)

    @options_known()
    def score(self, data: ConditionalSequences) -> RowScore:
        """Return the log density of every row given its vector and the rows before it, in the unit
        of the data."""
        panel = data.targets
        if not isinstance(panel, Panel):
            raise Refusal(
                "The model speaks in rows of numbers, but these are tokens. Give "
                "ConditionalSequences(vectors, Panel)."
            )
        vectors, rows = checked_vectors(data.vectors, self.features), self.scale.rows(panel)
        found = np.zeros(len(rows))
        for batch in length_batches(panel.offsets):
            spare = len(batch.lengths) - len(batch.members)
            conditions = np.pad(vectors[batch.members], ((0, spare), (0, 0)))
            arrays = map(jnp.asarray, (conditions, rows[batch.rows], batch.lengths))
            log_probs = _log_densities(self.model, *arrays)
            sequence, step = batch.inside
            found[batch.rows[sequence, step]] = np.asarray(log_probs, np.float64)[sequence, step]
        # The density of the data is that of the scaled rows, over the product of the deviations.
        log_probs = (
            check_finite_steps(found, panel.offsets, "row") - np.log(self.scale.deviation).sum()
        )
        return RowScore(log_probs, panel.offsets)

    def _rollout(
        self, vectors: ArrayLike, length: int, key: Key | None, opening: ArrayLike | None
    ) -> Float[np.ndarray, "series time channel"]:
        conditions = jnp.asarray(checked_vectors(vectors, self.features))
        keys = None if key is None else jax.random.split(as_key(key), len(conditions))
        first = (
            np.zeros((0, len(self.names))) if opening is None else np.asarray(opening, np.float64)
        )
        if first.ndim != 2 or first.shape[1] != len(self.names) or not np.isfinite(first).all():
            raise Refusal(
                "`opening` must be finite numbers [time, channel] of "
                f"{counted(len(self.names), 'channel')}, but its shape is {first.shape}."
            )
        before = jnp.asarray((first - self.scale.mean) / self.scale.deviation, jnp.float32)
        values = np.asarray(_rollout(self.model, conditions, before, length, keys), np.float64)
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            raise overflowed(
                float(values[tuple(bad[0])]), f"row {bad[0, 1] + 1} of series {bad[0, 0] + 1}"
            )
        return values * self.scale.deviation + self.scale.mean


@eqx.filter_jit
def _log_densities(
    model: RowDecoder, conditions: Array, rows: Array, lengths: Array
) -> Float[Array, "batch time"]:
    out = model.out(conditions, rows, lengths, None)
    return density_of(model.net.head).log_density(out, rows).sum(axis=-1)


@eqx.filter_jit
def _rollout(
    model: RowDecoder,
    conditions: Array,
    opening: Float[Array, "before channel"],
    length: int,
    keys: Array | None,
) -> Float[Array, "series time channel"]:
    def feed(carry: tuple[ModelState, Array], row: Array) -> tuple[tuple[ModelState, Array], None]:
        value = jnp.broadcast_to(row, (len(conditions), len(row)))
        return model.net.step(carry[0], Observation(value)), None

    (state, out), _ = jax.lax.scan(feed, model.start(conditions), opening)
    return rollout(model.net, state, out, length, keys).values
