"""`SeriesGenerator`: what `fit` returns for series of numbers that are described by vectors. It
makes a series of a vector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from .._check import Refusal, counted, overflowed, whole
from .._types import Key, Learning, Observation
from ..data import Conditioned, Panel, RowScale
from ..fitted import Fitted
from ..models import (
    Head,
    ModelState,
    RowDecoder,
    density_of,
    finite_along,
    like_lengths,
    rollout,
)
from ..ops import as_key
from ._generator import checked_vectors


@dataclass(frozen=True, eq=False)
class RowScore:
    """Log densities (of 0 and 1: log probabilities) in nats of every row of many series, summed
    over channels; where each begins."""

    log_probs: Float[np.ndarray, " row"]
    offsets: Int[np.ndarray, " boundary"]

    @property
    def totals(self) -> Float[np.ndarray, " series"]:
        """Of every whole series."""
        return np.add.reduceat(self.log_probs, self.offsets[:-1])

    @property
    def per_row(self) -> float:
        """The mean over all rows of all series."""
        return float(self.log_probs.mean())

    @property
    def per_series(self) -> float:
        """The mean over series of the mean over each one's rows."""
        return float((self.totals / np.diff(self.offsets)).mean())


@dataclass(frozen=True, eq=False)
class SeriesGenerator(Fitted):
    """A model of rows of numbers, each series begun from a vector of so many `features`, and the
    scale at which it works."""

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
        """An untrained decoder of such vectors into rows of these channels."""
        return fields["spec"].of_rows(len(fields["names"]), fields["features"], fields["head"], key)

    def mean(self, vectors: ArrayLike, length: int) -> Float[np.ndarray, "series time channel"]:
        """The series that each vector (`[feature]` or `[series, feature]`) becomes when the model
        is fed its own means."""
        return self._rolled(vectors, whole("length", length), None, None)

    def sample(
        self, vectors: ArrayLike, length: int, *, key: Key, opening: ArrayLike | None = None
    ) -> Float[np.ndarray, "series time channel"]:
        """Draw a series of `length` rows for each vector; those that follow an `opening` (`[time,
        channel]`), where one is given."""
        return self._rolled(vectors, whole("length", length), key, opening)

    def score(self, described: Conditioned) -> RowScore:
        """The log density of every row given its vector and the rows before it, in the unit of the
        data."""
        panel = described.targets
        if not isinstance(panel, Panel):
            raise Refusal(
                "The model speaks in rows of numbers, but these are tokens. Give "
                "Conditioned(vectors, Panel)."
            )
        vectors, rows = checked_vectors(described.vectors, self.features), self.scale.rows(panel)
        found = np.zeros(len(rows))
        for batch in like_lengths(panel.offsets):
            spare = len(batch.lengths) - len(batch.members)
            given = np.pad(vectors[batch.members], ((0, spare), (0, 0)))
            said = _scored(
                self.model,
                jnp.asarray(given),
                jnp.asarray(rows[batch.rows]),
                jnp.asarray(batch.lengths),
            )
            sequence, step = batch.inside
            found[batch.rows[sequence, step]] = np.asarray(said, np.float64)[sequence, step]
        return RowScore(
            finite_along(found, panel.offsets, "row") - np.log(self.scale.deviation).sum(),
            panel.offsets,
        )

    def _rolled(
        self, vectors: ArrayLike, length: int, key: Key | None, opening: ArrayLike | None
    ) -> Float[np.ndarray, "series time channel"]:
        given = jnp.asarray(checked_vectors(vectors, self.features))
        keys = None if key is None else jax.random.split(as_key(key), len(given))
        first = (
            np.zeros((0, len(self.names))) if opening is None else np.asarray(opening, np.float64)
        )
        if first.ndim != 2 or first.shape[1] != len(self.names) or not np.isfinite(first).all():
            raise Refusal(
                "`opening` must be finite numbers [time, channel] of "
                f"{counted(len(self.names), 'channel')}, but its shape is "
                f"{first.shape}."
            )
        before = jnp.asarray((first - self.scale.mean) / self.scale.deviation, jnp.float32)
        values = np.asarray(_rolled(self.model, given, before, length, keys), np.float64)
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            raise overflowed(
                float(values[tuple(bad[0])]), f"row {bad[0, 1] + 1} of series {bad[0, 0] + 1}"
            )
        return values * self.scale.deviation + self.scale.mean


@eqx.filter_jit
def _scored(
    model: RowDecoder, given: Array, rows: Array, lengths: Array
) -> Float[Array, "batch time"]:
    return (
        density_of(model.net.head)
        .log_density(model.out(given, rows, lengths, None), rows)
        .sum(axis=-1)
    )


@eqx.filter_jit
def _rolled(
    model: RowDecoder,
    given: Array,
    opening: Float[Array, "before channel"],
    length: int,
    keys: Array | None,
) -> Float[Array, "series time channel"]:
    def feed(carry: tuple[ModelState, Array], row: Array) -> tuple[tuple[ModelState, Array], None]:
        value = jnp.broadcast_to(row, (len(given), len(row)))
        return model.net.step(carry[0], Observation(value)), None

    (state, out), _ = jax.lax.scan(feed, model.start(given), opening)
    return rollout(model.net, state, out, length, keys).values
