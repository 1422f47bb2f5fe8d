"""Intermittent demand, summed over blocks of several lengths."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._fit import Ahead, LocalFit
from .._rows import Rows
from ._intermittent import IntermittentFit, fit_intermittent, hurdle

MOST_LEVELS = 12
"""The most steps in a block."""


@dataclass(frozen=True, eq=False)
class ImapaFit(LocalFit):
    """The mean of the forecasts with several block lengths. `first` is the index of a series in
    `blocks`, which has every series once for each of its block lengths."""

    first: Int[np.ndarray, " series"]
    blocks: IntermittentFit

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`; quantiles as in `IntermittentFit`."""
        mean = self._mean(self.blocks.means())
        sizes = np.diff(self.blocks.offsets)[self.first]
        offsets = np.append(0, np.cumsum(sizes))
        begin = np.repeat(self.blocks.offsets[self.first] - offsets[:-1], sizes)
        own = self.blocks.sizes[begin + np.arange(offsets[-1])]
        known = replace(self.blocks, sizes=own, offsets=offsets)
        return hurdle(mean, known, horizon, probabilities)

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        every = rows.take(self._owner)
        told = Rows(self.blocks.one_step(every), every.offsets).padded()
        mean = np.add.reduceat(told, self.first) / self._number[:, None]
        return mean[np.arange(mean.shape[1]) < rows.lengths[:, None]]

    def advanced(self, rows: Rows) -> "ImapaFit":
        """As `LocalFit.advanced`."""
        return replace(self, blocks=self.blocks.advanced(rows.take(self._owner)))

    def take(self, which: Int[np.ndarray, " some"]) -> "ImapaFit":
        """As `LocalFit.take`."""
        number = self._number[which]
        first = np.append(0, np.cumsum(number))
        lanes = np.arange(first[-1]) + np.repeat(self.first[which] - first[:-1], number)
        return ImapaFit(first[:-1], self.blocks.take(lanes))

    def forms(self) -> list[str]:
        """Descriptions such as `IMAPA, blocks of 1 to 3`."""
        return [f"IMAPA, blocks of 1 to {number}" for number in self._number]

    @property
    def _number(self) -> Int[np.ndarray, " series"]:
        """The number of block lengths by series."""
        return np.diff(np.append(self.first, len(self.blocks.rate)))

    @property
    def _owner(self) -> Int[np.ndarray, " lane"]:
        return np.repeat(np.arange(len(self.first)), self._number)

    def _mean(self, lanes: Float[np.ndarray, " lane"]) -> Float[np.ndarray, " series"]:
        return np.add.reduceat(lanes, self.first) / self._number


def fit_imapa(rows: Rows) -> ImapaFit:
    """Smooth sums over blocks of 1, 2, ... steps, up to the mean number of steps between demands
    (12 at most), each as ADIDA does, and average their forecasts per step.

    Source: Petropoulos & Kourentzes 2015.

    >>> rows = Rows(np.array([0.0, 3, 0, 3, 0, 3, 0, 3]), np.array([0, 8]))
    >>> fit = fit_imapa(rows)
    >>> fit.forms(), fit.ahead(np.array([0]), 1, ())[0].round(2).tolist()
    (['IMAPA, blocks of 1 to 2'], [[1.5]])
    """
    there = ~np.isnan(rows.values)
    came = rows.total((there & (rows.values != 0)) * 1.0)
    between = np.round(rows.total(there * 1.0) / np.maximum(came, 1))
    number = np.clip(between, 1, MOST_LEVELS).astype(np.int64)
    first = np.append(0, np.cumsum(number)[:-1])
    owner = np.repeat(np.arange(len(rows)), number)
    window = (np.arange(len(owner)) - first[owner] + 1).astype(np.float64)
    return ImapaFit(first, fit_intermittent(rows.take(owner), "adida", window))
