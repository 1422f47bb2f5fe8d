"""A mixture of all families, with changes as in recorded data: mixed, mirrored, subsampled,
rounded, with gaps."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from ...._check import known_name, whole
from ._breaks import broken
from ._calendar import calendar
from ._counts import counts, intermittent
from ._draw import Draw, Family
from ._gaussian import gaussian_process
from ._sarima import double_sarima, sarima
from ._shapes import spikes, steps_and_holds, trend_season_irregular
from ._smoothing import smoothing
from ._structural import structural
from ._walks import regimes, walk, weekdays
from ._weeks import weeks

FAMILIES: Mapping[str, tuple[Family, float]] = {
    "sarima": (sarima, 0.12),
    "double_sarima": (double_sarima, 0.10),
    "smoothing": (smoothing, 0.13),
    "structural": (structural, 0.15),
    "gaussian_process": (gaussian_process, 0.10),
    "calendar": (calendar, 0.07),
    "walk": (walk, 0.03),
    "weekdays": (weekdays, 0.04),
    "regimes": (regimes, 0.03),
    "trend_season_irregular": (trend_season_irregular, 0.04),
    "spikes": (spikes, 0.02),
    "steps_and_holds": (steps_and_holds, 0.02),
    "counts": (counts, 0.03),
    "intermittent": (intermittent, 0.02),
    "weeks": (weeks, 0.10),
}
"""Every family by its name, with its share of the mixture."""

UNBROKEN = {"walk", "weekdays", "regimes", "steps_and_holds", "counts", "intermittent"}
"""Families that already contain structural breaks, or whose values are on a grid that breaks would
destroy."""

LARGEST = 1e6
"""The largest absolute value of a series; larger values are clipped."""


def mixture(
    rng: np.random.Generator,
    series: int,
    steps: int,
    *,
    without: tuple[str, ...] = (),
    changed: bool = True,
    breaks: bool = True,
) -> Draw:
    """Draw series from all families, in random order; a missing value is NaN.

    `without` leaves families out (their share goes to the others). With `changed`, series are
    modified: most of those without breaks of their own get breaks (`broken`, unless `breaks` is
    false); one call in ten subsamples all series to every second … fourth step; 20 % are mixed with
    another series, 10 % mirrored, 8 % rounded to 5 … 50 levels, 4 % clipped above or below, and 10
    % lose single values or blocks. A season survives subsampling if its period is a multiple of the
    stride.

    >>> draw = mixture(np.random.default_rng(0), 100, 64)
    >>> draw.values.shape, bool(np.isnan(draw.values).any())
    ((100, 64), True)
    >>> mixture(np.random.default_rng(0), 5, 64, without=("walks",))
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: There is no family 'walks'. There are: ...
    """
    series, steps = whole("series", series), whole("steps", steps, 3)
    for name in without:
        known_name("family", name, FAMILIES)
    kept = {name: pair for name, pair in FAMILIES.items() if name not in without}
    shares = np.array([share for _, share in kept.values()])
    number = rng.multinomial(series, shares / shares.sum())
    stride = rng.choice([1, 2, 3, 4], p=[0.9, 0.04, 0.03, 0.03]) if changed else 1
    draws = []
    for (name, (family, _)), n in zip(kept.items(), number, strict=True):
        if n:
            draw = family(rng, int(n), steps * int(stride))
            breaking = changed and breaks and name not in UNBROKEN
            draws.append(draw._replace(values=broken(rng, *draw)) if breaking else draw)
    order = rng.permutation(series)
    values = np.concatenate([draw.values for draw in draws])[order]
    seasons = np.concatenate([draw.seasons for draw in draws])[order]
    if changed:
        values, seasons = _thinned(values, seasons, int(stride), steps)
        values, seasons = _mixed(rng, values, seasons)
        values = _with_gaps(rng, _coarse(rng, _flipped(rng, values)))
    return Draw(np.clip(values, -LARGEST, LARGEST), seasons)


def _thinned(
    values: Float[np.ndarray, "series longer"],
    seasons: Int[np.ndarray, "series 2"],
    stride: int,
    steps: int,
) -> tuple[Float[np.ndarray, "series time"], Int[np.ndarray, "series 2"]]:
    """Every `stride`-th value, and the seasons that are then whole numbers of at least two."""
    left = np.where(seasons % stride == 0, seasons // stride, 0)
    left = np.where(left < 2, 0, left)
    left = np.where(left[:, :1] == 0, left[:, ::-1], left)
    return values[:, ::stride][:, :steps], left


def _mixed(
    rng: np.random.Generator,
    values: Float[np.ndarray, "series time"],
    seasons: Int[np.ndarray, "series 2"],
) -> tuple[Float[np.ndarray, "series time"], Int[np.ndarray, "series 2"]]:
    """One series in five becomes a weighted sum with the next one, both standardised; it keeps its
    own seasons, or takes those of the other if it has none."""
    rows = np.flatnonzero(rng.random(len(values)) < 0.2)
    other = (rows + 1) % len(values)
    weight = rng.uniform(0.3, 0.9, (len(rows), 1))
    own, its = (_standard(values[which]) for which in (rows, other))
    result, periods = values.copy(), seasons.copy()
    result[rows] = weight * own + (1 - weight) * its
    none = seasons[rows, 0] == 0
    periods[rows] = np.where(none[:, None], seasons[other], seasons[rows])
    return result, periods


def _standard(values: Float[np.ndarray, "series time"]) -> Float[np.ndarray, "series time"]:
    """Standardised values; a constant series becomes 0."""
    sd = values.std(axis=1, keepdims=True)
    return (values - values.mean(axis=1, keepdims=True)) / np.where(sd > 0, sd, 1)


def _flipped(
    rng: np.random.Generator, values: Float[np.ndarray, "series time"]
) -> Float[np.ndarray, "series time"]:
    """One series in ten is mirrored within its own range."""
    upside = (rng.random(len(values)) < 0.1)[:, None]
    turned = values.max(axis=1, keepdims=True) + values.min(axis=1, keepdims=True) - values
    return np.where(upside, turned, values)


def _coarse(
    rng: np.random.Generator, values: Float[np.ndarray, "series time"]
) -> Float[np.ndarray, "series time"]:
    """8 % are rounded to a grid of 5 … 50 levels over their range, 4 % clipped at a quantile."""
    kind = rng.random(len(values))[:, None]
    low = values.min(axis=1, keepdims=True)
    range_ = values.max(axis=1, keepdims=True) - low
    unit = np.where(range_ > 0, range_, 1) / rng.integers(5, 51, (len(values), 1))
    rounded = low + np.round((values - low) / unit) * unit
    bounds = np.quantile(values, [0.2, 0.8], axis=1)[:, :, None]
    cut = np.where(kind < 0.10, np.maximum(values, bounds[0]), np.minimum(values, bounds[1]))
    return np.where(kind < 0.08, rounded, np.where(kind < 0.12, cut, values))


def _with_gaps(
    rng: np.random.Generator, values: Float[np.ndarray, "series time"]
) -> Float[np.ndarray, "series time"]:
    """One series in twenty loses up to a fifth of its values, one in twenty a block of up to a
    quarter of its length; the first and the last value are kept."""
    series, steps = values.shape
    kind = rng.random((series, 1))
    single = (kind < 0.05) & (rng.random((series, steps)) < rng.uniform(0, 0.2, (series, 1)))
    start = rng.integers(steps, size=(series, 1))
    length = 1 + rng.integers(max(1, steps // 4), size=(series, 1))
    place = np.arange(steps)
    block = (kind >= 0.05) & (kind < 0.10) & (place >= start) & (place < start + length)
    gone = single | block
    gone[:, [0, -1]] = False
    return np.where(gone, np.nan, values)
