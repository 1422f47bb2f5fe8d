"""`PretrainedFit`: the pretrained network with the series that it forecasts."""

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from safetensors import safe_open
from safetensors.numpy import load_file

from ..classical import Ahead, LocalFit, Rows, normal_quantiles
from ._forecast import LONGEST_CONTEXT, context, one_step_ahead
from ._network import Weights
from ._tokens import LEVELS
from ._views import LONG_SEASON, STRIDES, forecast_by_views

LARGEST = 300.0
"""The largest logarithm of a forecast: its exponential is finite, and so are sums of a few of
them."""

FILE = Path(__file__).with_name("weights.safetensors")
"""The weights in the package; the card in the file says how they were trained."""


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """Weights of the pretrained network, in half precision, and their names. A saved forecaster
    contains them, so that it forecasts the same when a later version of the package has others."""

    names: tuple[str, ...]
    arrays: tuple[np.ndarray, ...]

    @cached_property
    def weights(self) -> Weights:
        """The weights by name, in single precision."""
        pairs = zip(self.names, self.arrays, strict=True)
        return {name: array.astype(np.float32) for name, array in pairs}

    @classmethod
    def of(cls, weights: Weights) -> "Network":
        """These weights, rounded to half precision."""
        arrays = tuple(np.asarray(array, np.float16) for array in weights.values())
        return cls(tuple(weights), arrays)

    def __repr__(self) -> str:
        """The number of weights."""
        return f"Network({sum(array.size for array in self.arrays):,} weights)"


@cache
def carried() -> Network:
    """The network in the package."""
    kept = load_file(FILE)
    return Network(tuple(kept), tuple(kept.values()))


def card() -> dict[str, Any]:
    """The card of the package's weights: the training data, the network, the number of updates and
    the seed, the scores, the licence and the limits, and under `start` the card of the weights that
    training began with.

    >>> card()["data"]
    'series drawn by stepahead.data.synthetic.families alone'
    """
    with safe_open(FILE, "numpy") as opened:
        return dict(json.loads(opened.metadata()["card"]))


@dataclass(frozen=True, eq=False)
class PretrainedFit(LocalFit):
    """The pretrained network and the series; nothing is fitted.

    `past` holds the last steps of every series that the network reads, as rows that end together
    (NaN before a series begins and where values are missing). `seasons` are their periods, 0 for
    none; `averaged` as in `forecast`; with `resampled` or `adjusted` the forecasts are those of
    `forecast_by_views`. With `logs`, series whose values are all positive are read as logarithms
    and are not `adjusted`.
    """

    network: Network
    past: Float[np.ndarray, "series time"]
    seasons: Int[np.ndarray, "series 2"]
    averaged: bool = True
    resampled: bool = False
    logs: bool = False
    adjusted: bool = False

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`; the point forecast is the median."""
        most = int(skip.max(initial=0))
        weights, all_steps = self.network.weights, most + horizon
        read, logged = self._read(self._each())
        told = forecast_by_views(
            weights,
            read,
            self.seasons,
            all_steps,
            self.averaged,
            self.resampled,
            self.adjusted and not self.logs,
        )
        for number in np.flatnonzero(logged):
            told[number] = np.exp(np.minimum(near(told[number], read[number]), LARGEST))
        steps = skip[:, None] + np.arange(horizon)
        told = np.take_along_axis(told, steps[:, :, None], axis=1)
        return told[:, :, len(LEVELS) // 2], between_levels(told, probabilities)

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; each series on the scale of the whole series."""
        read, logged = self._read(_series(rows))
        told = one_step_ahead(self.network.weights, read, self.seasons)
        pairs = zip(told, logged, strict=True)
        return np.concatenate([np.exp(each) if one else each for each, one in pairs])

    def advanced(self, rows: Rows) -> "PretrainedFit":
        """As `LocalFit.advanced`."""
        both = zip(self._each(), _series(rows), strict=True)
        longer = [np.concatenate(each) for each in both]
        kept = newest(longer, self.seasons, self.resampled)
        return replace(self, past=kept)

    def forms(self) -> list[str]:
        """A text for each series with the seasons that the network gets."""
        told = [" and ".join(map(str, season[season > 0])) for season in self.seasons]
        on = " on logs" if self.logs else ""
        return [f"pretrained network{on}{each and f', season {each}'}" for each in told]

    def _read(
        self, series: list[np.ndarray]
    ) -> tuple[list[np.ndarray], Bool[np.ndarray, " series"]]:
        """The series as the network reads them, and a mask of those that are logarithms."""
        logged = np.array([self.logs and positive(each) for each in series], bool)
        pairs = zip(series, logged, strict=True)
        return [np.log(each) if one else each for each, one in pairs], logged

    def _each(self) -> list[np.ndarray]:
        begins = (~np.isnan(self.past)).argmax(axis=1)
        return [row[begin:] for row, begin in zip(self.past, begins, strict=True)]


def fit_pretrained(
    rows: Rows,
    seasons: tuple[int, ...],
    network: Network | None = None,
    averaged: bool = False,
    resampled: bool = True,
    logs: bool = False,
    adjusted: bool = False,
) -> PretrainedFit:
    """The pretrained network (None: that of the package) for these series with these seasons; see
    `PretrainedFit` for the options."""
    periods = np.array([*told_seasons(seasons), 0, 0][:2])
    each = np.tile(periods, (len(rows), 1))
    past = newest(_series(rows), each, resampled)
    return PretrainedFit(network or carried(), past, each, averaged, resampled, logs, adjusted)


def told_seasons(seasons: tuple[int, ...]) -> tuple[int, ...]:
    """The seasons that the network gets: the first two that fit into the longest context that it
    reads.

    >>> told_seasons((24, 168, 8766))
    (24, 168)
    """
    return tuple(each for each in seasons if each <= LONGEST_CONTEXT)[:2]


def positive(values: Float[np.ndarray, " step"]) -> bool:
    """True if no observed value is 0 or below."""
    return not (values <= 0).any()


def near(
    told: Float[np.ndarray, "step level"], values: Float[np.ndarray, " time"]
) -> Float[np.ndarray, "step level"]:
    """Limit quantiles of logarithms: they leave the range of the n past values by at most half of
    that range, and at step h > n by h/(2n) of it.

    Without the limit, one change of level gives quantiles that widen with each step, and their
    exponentials have no bound: on M3 monthly, one horizon earlier, a quantile loss of 6.87 times
    that of naive, with it 0.77.

    >>> near(np.array([[-9.0, 3.5, 9.0]] * 4), np.array([1.0, 3.0])).tolist()
    [[0.0, 3.5, 4.0], [0.0, 3.5, 4.0], [-0.5, 3.5, 4.5], [-1.0, 3.5, 5.0]]
    """
    low, high = np.nanmin(values), np.nanmax(values)
    steps = np.arange(1, len(told) + 1) / np.isfinite(values).sum()
    beyond = (high - low) / 2 * np.maximum(steps, 1.0)[:, None]
    return np.clip(told, low - beyond, high + beyond)


def newest(
    series: list[np.ndarray], seasons: Int[np.ndarray, "series 2"], resampled: bool
) -> Float[np.ndarray, "series time"]:
    """The last steps of every series that the network reads (with `resampled`, those that the
    coarsest view reads), as rows that end together, with NaN before the beginning."""
    stride = np.where(resampled & (seasons[:, 0] >= LONG_SEASON), max(STRIDES), 1)
    most = int((context(seasons) * stride).max(initial=0))
    width = min(most, max((len(each) for each in series), default=0))
    past = np.full((len(series), width), np.nan)
    for row, each in zip(past, series, strict=True):
        kept = each[-width:]
        row[width - len(kept) :] = kept
    return past


def _series(rows: Rows) -> list[np.ndarray]:
    begin, end = rows.offsets[:-1], rows.offsets[1:]
    return [rows.values[a:b] for a, b in zip(begin, end, strict=True)]


def between_levels(
    told: Float[np.ndarray, "series step level"], probabilities: tuple[float, ...]
) -> Float[np.ndarray, "series step probability"]:
    """Quantiles at other probabilities than `LEVELS`: linear interpolation over the standard normal
    quantile, with the slope of the outermost two beyond them.

    >>> from statistics import NormalDist
    >>> told = np.array([[[NormalDist(5, 2).inv_cdf(level) for level in LEVELS]]])
    >>> between_levels(told, (0.005, 0.25, 0.5)).ravel().round(2).tolist()
    [-0.15, 3.65, 5.0]
    """
    at, wanted = normal_quantiles(LEVELS), normal_quantiles(probabilities)
    right = np.clip(np.searchsorted(at, wanted), 1, len(at) - 1)
    share = (wanted - at[right - 1]) / (at[right] - at[right - 1])
    return told[:, :, right - 1] * (1 - share) + told[:, :, right] * share
