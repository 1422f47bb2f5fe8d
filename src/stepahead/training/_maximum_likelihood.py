"""Exact maximum likelihood: the parameters of every series, by one vectorised search."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ..models import Assembly
from ..ops import maximise
from ..ops.kalman import Parameters, SeriesData, kalman_score, slowly_identified

TINY = 1e-30
"""The step along the imaginary axis for derivatives by a complex step, which have no rounding
error."""

TRIED = 2
"""The number of most likely starts from which the search continues."""

Free = Float[np.ndarray, "series parameter"]


class LikelihoodFit(NamedTuple):
    """The parameters of each series, in its unit; the log likelihood there, NaN where there was no
    search; whether the search converged; and the number of rounds."""

    parameters: Free
    log_likelihood: Float[np.ndarray, " series"]
    settled: Bool[np.ndarray, " series"]
    rounds: int


def maximum_likelihood(
    model: Assembly, data: SeriesData, units: Float[np.ndarray, " series"] | None = None
) -> LikelihoodFit:
    """Maximise the diffuse log likelihood of each series of `data` separately.

    The search starts from the most likely of the components' starts, in units in which the changes
    of the series have a size near 1 (`units`, by default measured), and uses the exact score. A
    series without variation, or with no more values than there are unknown initial states, gets
    variances of 0: its likelihood has no maximum.
    """
    units = change_sizes(data) if units is None else units
    counts = counted_values(data)
    searched = (units > 0) & (counts > model.structure.unknowns)
    chosen = np.flatnonzero(searched)
    parameters = in_units(
        model, np.zeros((len(units), len(model.parameters))), np.zeros(len(units))
    )
    value, settled, rounds = np.full(len(units), np.nan), np.ones(len(units), bool), 0
    if len(chosen):
        rows = np.tile(chosen, TRIED)
        search = searched_for(model, data.take(rows), units[rows], counts[rows])
        starts = search.likeliest(TRIED)
        found = maximise(search.slope, starts)
        best = found.value.reshape(-1, len(chosen)).argmax(axis=0) * len(chosen) + np.arange(
            len(chosen)
        )
        parameters[chosen] = in_units(model, found.place[best], units[chosen])
        value[chosen] = found.value[best] * counts[chosen]
        settled[chosen], rounds = found.settled[best], found.rounds
    return LikelihoodFit(parameters, value, settled, rounds)


def in_units(model: Assembly, x: np.ndarray, units: Float[np.ndarray, " series"]) -> np.ndarray:
    """Return the parameters in the unit of the series, for unconstrained numbers x."""
    variances = np.array([each.variance for each in model.parameters], bool)
    return model.bounded(x) * np.where(variances, units[:, None] ** 2, 1.0)


class Search(NamedTuple):
    """The function that is maximised: the log likelihood of each row per observed value."""

    model: Assembly
    data: SeriesData
    units: Float[np.ndarray, " row"]
    counts: Int[np.ndarray, " row"]
    slow: Bool[np.ndarray, " row"]

    def slope(self, x: Free, rows: Int[np.ndarray, " row"]) -> tuple[np.ndarray, Free]:
        """Return the log likelihood of these rows and its gradient: the score with respect to the
        system's entries times their derivatives."""
        structure = self.model.structure
        data = self.data if len(rows) == len(self.units) else self.data.take(rows)
        numbers = self._numbers(x, rows)
        moves = not all(each.variance for each in self.model.parameters)
        slow = self.slow[rows]
        value, slopes = kalman_score(structure, numbers, data, dynamics=moves, slow=slow)
        gradient = np.zeros_like(x)
        for k in range(x.shape[1]):
            turned = x.astype(complex)
            turned[:, k] += 1j * TINY
            by = Parameters(*(each.imag / TINY for each in self._numbers(turned, rows)))
            gradient[:, k] = (
                (slopes.transition * by.transition).sum(axis=1)
                + (slopes.shock * by.shock).sum(axis=1)
                + slopes.noise * by.noise
                + (slopes.start_cov * by.start_cov).sum(axis=(1, 2))
            )
        counts = self.counts[rows]
        return value / counts, gradient / counts[:, None]

    def likeliest(self, tried: int) -> Free:
        """Return the `tried` most likely starts for each series, each with the common size of its
        variances that fits best; there are `tried` blocks of all series."""
        count = len(self.units) // tried
        first = np.arange(count)
        data, options = self.data.take(first), self.model.starts()
        variances = np.array([each.variance for each in self.model.parameters], bool)
        places, values = [], []
        seen = np.maximum(self.counts[first] - self.model.structure.unknowns, 1)
        for option in options:
            x = np.tile(option, (count, 1))
            numbers = self._numbers(x, first)
            value, slopes = kalman_score(
                self.model.structure, numbers, data, dynamics=False, slow=self.slow[first]
            )
            # The derivative by the common size of all variances is ½ (Σ e²/F − number of values).
            by_size = slopes.noise * numbers.noise + (slopes.shock * numbers.shock).sum(axis=1)
            by_size += (slopes.start_cov * numbers.start_cov).sum(axis=(1, 2))
            size = np.clip(1 + 2 * by_size / seen, 1e-8, 1e8)
            places.append(np.where(variances, x * np.sqrt(size)[:, None], x))
            # the likelihood once all variances are multiplied by this size
            values.append(value - 0.5 * seen * np.log(size) - 0.5 * seen * (1 - size))
        order = np.argsort(-np.array(values), axis=0, kind="stable")[
            np.minimum(np.arange(tried), len(options) - 1)
        ]
        return np.array(places)[order, first].reshape(-1, options.shape[1])

    def _numbers(self, x: np.ndarray, rows: Int[np.ndarray, " row"]) -> Parameters:
        return self.model.numbers(in_units(self.model, x, self.units[rows]))


def searched_for(
    model: Assembly, data: SeriesData, units: np.ndarray, counts: np.ndarray
) -> Search:
    """Return the search of these rows, with the mask of series whose initial state is identified
    slowly: it hardly depends on the parameters, so it is computed at the first start."""
    first = in_units(model, np.tile(model.starts()[0], (len(units), 1)), units)
    slow = slowly_identified(model.structure, model.numbers(first), data)
    return Search(model, data, units, counts, slow)


def change_sizes(data: SeriesData) -> Float[np.ndarray, " series"]:
    """Return the root mean square change between consecutive observed values of each series; 0 if
    there is none.

    >>> one = SeriesData(np.array([1.0, np.nan, 3.0]), np.array([0, 3]), np.zeros((3, 0)))
    >>> change_sizes(one).tolist()
    [2.0]
    """
    series = np.repeat(np.arange(len(data.offsets) - 1), data.lengths)
    seen = np.flatnonzero(~np.isnan(data.values))
    inside = series[seen][1:] == series[seen][:-1]
    squares = np.where(inside, np.diff(data.values[seen]), 0.0) ** 2
    own = series[seen][1:]
    total = np.bincount(own, squares, minlength=len(data.offsets) - 1)
    number = np.bincount(own, inside, minlength=len(data.offsets) - 1)
    return np.sqrt(total / np.maximum(number, 1))


def counted_values(data: SeriesData) -> Int[np.ndarray, " series"]:
    """Return the number of observed values of each series."""
    return np.add.reduceat((~np.isnan(data.values)).astype(int), data.offsets[:-1])
