"""Random convolutions of numeric series: the share of steps at which each exceeds a threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from ._features import FeatureMethod, SequenceFeatures

LENGTH = 9
"""Weights of a kernel: six of −1 and three of 2."""

KERNELS = np.array(list(combinations(range(LENGTH), 3)))
"""The positions of the weight 2 in each of the 84 kernels."""

MOST_DILATIONS = 32

CHUNK = 4_000_000
"""The most numbers that are processed at a time."""


@dataclass(frozen=True)
class Convolutions(FeatureMethod):
    """About `count` features of a series: for each of 84 fixed kernels at several dilations, over a
    random choice of channels, the share of steps at which the convolution exceeds a threshold,
    which is a quantile of the convolutions of training series. Half of them are of the series, half
    of its changes.

    The kernels are those of MiniRocket (Dempster, Schmidt & Webb 2021), the changes of MultiRocket
    (Tan et al. 2022).

    >>> series = np.sin(np.arange(40.0))[:, None]
    >>> fitted = Convolutions(84 * 4).learned(series, np.array([0, 20, 40]), seed=0)
    >>> fitted.matrix(series, np.array([0, 20, 40])).shape
    (2, 336)
    """

    count: int = 10_000

    def learned(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"], seed: int
    ) -> "ConvolutionFeatures":
        """Draw dilations, channels and thresholds."""
        draws = np.random.default_rng(seed)
        lengths = np.diff(offsets)
        reach = max(float(np.quantile(lengths, 0.9)) - 1, LENGTH - 1) / (LENGTH - 1)
        each = max(1, self.count // (2 * len(KERNELS)))
        most = min(each, MOST_DILATIONS)
        powers = np.linspace(0, np.log2(reach), most)
        dilations, shares = np.unique((2**powers).astype(np.int32), return_counts=True)
        thresholds = np.maximum(1, shares * each // most).astype(np.int32)
        thresholds[0] += max(0, each - thresholds.sum())
        channels = rows.shape[1]
        size = (2, len(dilations), len(KERNELS))
        widest = min(channels, LENGTH)
        counts = (2 ** draws.uniform(0, np.log2(widest + 1), size)).astype(int)
        ranks = draws.random((*size, channels)).argsort(axis=-1).argsort(axis=-1)
        chosen = (ranks < counts[..., None]).astype(np.int8)
        bare = ConvolutionFeatures(dilations, thresholds, chosen, np.zeros(0, np.float32))
        some = draws.permutation(len(lengths))[: max(16, 2_000 // max(1, int(lengths.mean())))]
        biases = [
            np.quantile(
                np.concatenate([one.output[k][one.inside] for one in parts]),
                _spread(int(thresholds[parts[0].dilation]), draws),
            )
            for parts in _together(bare, rows, offsets, some)
            for k in range(len(KERNELS))
        ]
        return ConvolutionFeatures(
            dilations, thresholds, chosen, np.concatenate(biases).astype(np.float32)
        )


class _Convolved(NamedTuple):
    """The results of all kernels for some series, at one dilation."""

    series: np.ndarray
    kind: int
    dilation: int
    output: Float32[np.ndarray, "kernel series time"]
    inside: np.ndarray


@dataclass(frozen=True, eq=False)
class ConvolutionFeatures(SequenceFeatures):
    """Dilations, the number of thresholds at each, the channels of every convolution, and its
    thresholds."""

    dilations: Int[np.ndarray, " dilation"]
    thresholds: Int[np.ndarray, " dilation"]
    channels: Int[np.ndarray, "kind dilation kernel channel"]
    biases: Float32[np.ndarray, " feature"]

    def matrix(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence feature"]:
        """Return the shares of steps above the thresholds, in [0, 1]."""
        found = np.zeros((len(offsets) - 1, len(self.biases)), np.float32)
        begins = np.concatenate([[0], np.cumsum(np.repeat(self.thresholds, len(KERNELS)))])
        half = len(self.biases) // 2
        everyone = np.arange(len(offsets) - 1)
        for one in self.convolved(rows, offsets, everyone):
            steps = np.maximum(one.inside.sum(axis=1), 1)
            count = int(self.thresholds[one.dilation])
            for k in range(len(KERNELS)):
                start = one.kind * half + begins[one.dilation * len(KERNELS) + k]
                for place in range(start, start + count):
                    above = (one.output[k] > self.biases[place]) & one.inside
                    found[one.series, place] = above.sum(axis=1) / steps
        return found

    def convolved(
        self, rows: np.ndarray, offsets: np.ndarray, chosen: np.ndarray
    ) -> Iterator[_Convolved]:
        """Yield all convolutions of the chosen series, one kind (series or changes) and one
        dilation at a time, in chunks of series of similar length. Beyond its ends a series is 0."""
        lengths = np.diff(offsets)
        order = chosen[np.argsort(lengths[chosen], kind="stable")]
        values = np.asarray(rows, np.float32)
        for kind in (0, 1):
            for dilation, stretch in enumerate(self.dilations):
                for part in _chunks(order, lengths, values.shape[1]):
                    padded, inside = _padded(values, offsets, part, bool(kind))
                    yield _Convolved(
                        part,
                        kind,
                        dilation,
                        _convolve(padded, int(stretch), self.channels[kind, dilation]),
                        inside,
                    )


def _spread(count: int, draws: np.random.Generator) -> np.ndarray:
    """Probabilities spread evenly over (0, 1), from a random start."""
    golden = (np.sqrt(5) - 1) / 2
    return (draws.random() + golden * np.arange(count)) % 1.0


def _together(
    bare: ConvolutionFeatures, rows: np.ndarray, offsets: np.ndarray, chosen: np.ndarray
) -> Iterator[list[_Convolved]]:
    """The convolutions of one kind and dilation, for all chunks."""
    parts: list[_Convolved] = []
    for one in bare.convolved(rows, offsets, chosen):
        if parts and (one.kind, one.dilation) != (parts[0].kind, parts[0].dilation):
            yield parts
            parts = []
        parts.append(one)
    yield parts


def _chunks(order: np.ndarray, lengths: np.ndarray, channels: int) -> Iterator[np.ndarray]:
    """Series in order of length, in chunks of `CHUNK` numbers."""
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and (
            (stop - start + 1) * lengths[order[stop]] * (LENGTH * channels + len(KERNELS)) <= CHUNK
        ):
            stop += 1
        yield order[start:stop]
        start = stop


def _padded(
    values: np.ndarray, offsets: np.ndarray, part: np.ndarray, changes: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The series as one array `[series, channel, time]`, 0 after their ends, and a mask of their
    steps. With `changes`, the differences from step to step; the first is 0."""
    lengths = np.diff(offsets)[part]
    steps = np.arange(int(lengths.max()))
    inside = steps < lengths[:, None]
    at = np.minimum(offsets[part][:, None] + steps, len(values) - 1)
    held = np.where(inside[..., None], values[at], np.float32(0))
    if changes:
        moved = np.diff(held, axis=1, prepend=held[:, :1])
        held = np.where(inside[..., None], moved, np.float32(0))
    return np.moveaxis(held, 2, 1), inside


def _convolve(
    padded: np.ndarray, stretch: int, channels: np.ndarray
) -> Float32[np.ndarray, "kernel series time"]:
    """The convolution with every kernel, summed over its channels."""
    series, width, steps = padded.shape
    reach = stretch * (LENGTH // 2)
    wide = np.pad(padded, ((0, 0), (0, 0), (reach, reach)))
    shifted = np.stack([wide[:, :, k * stretch : k * stretch + steps] for k in range(LENGTH)])
    flat = np.moveaxis(shifted, 2, 0).reshape(width, LENGTH, series * steps)
    total = flat.sum(axis=1)
    weights = channels.astype(np.float32)
    output = np.empty((len(KERNELS), series * steps), np.float32)
    for k, places in enumerate(KERNELS):
        use = np.flatnonzero(weights[k])
        three = flat[use][:, places].sum(axis=(0, 1))
        output[k] = 3 * three - total[use].sum(axis=0)
    return output.reshape(len(KERNELS), series, steps)
