"""`GrowingPanel`: a panel to which steps can be appended without copying the earlier ones."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._covariates import place_rows, row_ranges
from ._gaps import missing_at_end
from ._join import concatenated
from ._panel import Panel


class Appended(NamedTuple):
    """New steps of some series, `owner`, each from its own step `begin` on; `earlier` are those
    appended before."""

    earlier: "Appended | None"
    values: Float[np.ndarray, "total channel"]
    owner: Int[np.ndarray, " some"]
    begin: Int[np.ndarray, " some"]
    lengths: Int[np.ndarray, " some"]


@dataclass(frozen=True, eq=False)
class GrowingPanel:
    """Series that grow. It is immutable: `appended` returns a new one. The cost depends on the new
    steps and the number of series, not on the length of the series.

    `base` holds the original series, `newer` the appended steps, newest first, and `lengths` the
    present numbers of steps; `longer` holds the last steps, from near the ends of the series on. A
    panel with covariates is copied at every step, because known covariates are overwritten by new
    ones.

    >>> grown = GrowingPanel.of(Panel.from_arrays([[1.0, 2.0], [5.0]], ids=["a", "b"]))
    >>> grown = grown.appended(Panel.from_arrays([[9.0]], ids=["a"], start=3))
    >>> grown.whole.values[:, 0].tolist(), grown.ends.values[:, 0].tolist()
    ([1.0, 2.0, nan, 9.0, 5.0], [9.0, 5.0])
    """

    base: Panel
    lengths: Int[np.ndarray, " series"]
    longer: Panel
    newer: Appended | None = None

    @classmethod
    def of(cls, panel: Panel) -> "GrowingPanel":
        """Return this panel, before any steps are appended."""
        return cls(panel, panel.lengths, panel)

    def appended(self, new: Panel) -> "GrowingPanel":
        """Return it with new steps, which must continue the series: see `concatenated`."""
        before = self.ends
        longer = concatenated(before, new)
        if longer.covariates is not None:
            return GrowingPanel.of(longer)
        lengths = self.lengths + longer.lengths - before.lengths
        places = {name: number for number, name in enumerate(before.ids)}
        owner = np.array([places[name] for name in new.ids])
        laid = "whole" in vars(self)  # then the appended steps are there already
        piece = Appended(
            None if laid else self.newer, new.values, owner, lengths[owner] - new.lengths,
            new.lengths,
        )  # fmt: skip
        return GrowingPanel(self.whole if laid else self.base, lengths, longer, piece)

    @cached_property
    def ends(self) -> Panel:
        """The end of every series, from the last value of each channel on; whole series if there
        are covariates."""
        if self.longer.covariates is not None:
            return self.longer
        late = missing_at_end(self.longer).max(axis=1)
        lengths = self.longer.lengths
        return self.longer.slice(lengths - late - 1, lengths)

    @cached_property
    def whole(self) -> Panel:
        """The whole series, concatenated at this call."""
        pieces, at = [], self.newer
        while at is not None:
            pieces.append(at)
            at = at.earlier
        if not pieces:
            return self.base
        base = self.base
        offsets = np.append(0, np.cumsum(self.lengths))
        to_base, _ = row_ranges(offsets[:-1], base.lengths)
        owner, begin, lengths = (
            np.concatenate(part) for part in zip(*(piece[2:] for piece in pieces), strict=True)
        )
        to_new, _ = row_ranges(offsets[owner] + begin, lengths)
        came = np.concatenate([piece.values for piece in pieces])
        total = int(offsets[-1])
        steps = np.arange(total) - np.repeat(offsets[:-1], self.lengths)
        first = np.repeat(base.times[base.offsets[:-1]], self.lengths)
        return Panel(
            values=place_rows(total, (base.values, to_base), (came, to_new)),
            offsets=offsets,
            ids=base.ids,
            times=base.frequency.advance(first, steps),
            frequency=base.frequency,
            names=base.names,
            kind=base.kind,
            source=base.source,
        )
