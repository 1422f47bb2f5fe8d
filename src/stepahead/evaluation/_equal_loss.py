"""A test of equal loss: is one forecast's loss significantly lower than another's, given origins
whose forecasts overlap?"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from .._check import Refusal

MANY_SERIES = 10
"""The number of series from which on the variation between series counts as sampling error too;
with fewer it cannot be estimated."""


class EqualLoss(NamedTuple):
    """Result of `diebold_mariano`: the mean difference, its standard error, their quotient, the
    degrees of freedom, and the one-sided p-values of "the model is better" and "the model is
    worse"."""

    mean: float
    error: float
    statistic: float
    freedom: int
    p: float
    p_worse: float


def diebold_mariano(
    difference: Float[np.ndarray, " origin *series"], span: float = 1.0
) -> EqualLoss:
    """Test whether a loss difference (model − rival) at consecutive origins has mean 0
    (Diebold and Mariano 1995), with a variance that allows for overlapping forecasts.

    `span` is the number of steps ahead over the steps between origins: errors `l` origins apart
    share a part max(0, 1 − l / span) of their steps. Let d_o be the difference at origin o (the
    mean over series), o = 1 … n, and c_j the cosine √(2/n)·cos(πj(o − ½)/n). The variance of the
    mean is λ₀ / (n B) · Σ_j (c_j·d)² / λ_j over j = 1 … B, where λ_j = c_j'Γc_j and λ₀ = 1'Γ1 / n
    are what the shared steps alone, Γ, would give; the statistic mean / error is compared with
    Student's t of B = min(⌊n / span⌋, ⌊n^⅔⌋) degrees of freedom. Under Γ the size is exact for
    Gaussian differences; with weaker dependence the test is conservative. Without the weights λ
    this is the equal-weighted cosine estimator (Müller 2004; Lazarus, Lewis, Stock and Watson
    2018; compared for this test by Coroneo and Iacone 2020), which rejects too often when
    many forecasts overlap, as does the rectangular estimator with the correction of Harvey,
    Leybourne and Newbold (1997): `benchmarks/trust.py` prints size and power of all three.

    With at least 10 series, the variance between series is added (clusters by time and by series:
    Cameron, Gelbach and Miller 2011; Thompson 2011), and the degrees of freedom are at most the
    number of series less one. NaN entries are left out. Differences that are all 0 (equal
    forecasts) are no evidence: both p-values are 1. Fewer origins than `span`: the same.

    >>> test = diebold_mariano(np.array([-1.0, -2.0, -1.5, -0.5, -1.0, -0.75, -1.25, -1.5]))
    >>> round(test.mean, 4), test.freedom, test.p < 0.01, test.p_worse > 0.99
    (-1.1875, 4, True, True)
    """
    if not span > 0:
        raise Refusal(f"`span` must be above 0, but it is {span!r}. Give steps ahead over spacing.")
    d = np.asarray(difference, np.float64).reshape(len(difference), -1)
    d = d[~np.isnan(d).all(axis=1)]
    origins, freedom = len(d), min(int(len(d) / max(span, 1.0)), int(len(d) ** (2 / 3) + 1e-9))
    if freedom < 1:
        return EqualLoss(float(np.nanmean(d)) if origins else np.nan, np.nan, 0.0, 0, 1.0, 1.0)
    by_origin = np.nanmean(d, axis=1)
    mean = float(by_origin.mean())
    there = ~np.isnan(d)
    # the part of each entry in the error of the mean: its sum over series is that of the origin
    parts = np.where(there, d - mean, 0.0) / (there.sum(axis=1, keepdims=True) * origins)
    variance = float(_of_sums(parts.sum(axis=1, keepdims=True), span, freedom)[0])
    series = int(there.any(axis=0).sum())
    if series >= MANY_SERIES:
        within = float(_of_sums(parts, span, freedom).sum())
        between = float((parts.sum(axis=0) ** 2).sum())
        variance += max(0.0, (between - within) * series / (series - 1))
        freedom = min(freedom, series - 1)
    return _tested(mean, variance, freedom, 1e-24)


class Moments(NamedTuple):
    """Sums over series of loss differences, which can be added over chunks of series and suffice
    for `diebold_mariano`: by origin, the sum and the number of differences; by pair of origins, the
    sum of products of the differences, that of a difference with the indicator of the other, and
    the number of series observed at both; and the number of all series.

    >>> draws = np.random.default_rng(0).normal(size=(9, 14))
    >>> parts = Moments.of(draws[:, :6]), Moments.of(draws[:, 6:])
    >>> together = Moments.joined(parts).test(2.0)
    >>> abs(together.p - diebold_mariano(draws, 2.0).p) < 1e-12
    True
    """

    total: Float[np.ndarray, " origin"]
    number: Float[np.ndarray, " origin"]
    products: Float[np.ndarray, "origin origin"]
    beside: Float[np.ndarray, "origin origin"]
    shared: Float[np.ndarray, "origin origin"]
    series: float

    @classmethod
    def of(cls, difference: Float[np.ndarray, "origin series"]) -> "Moments":
        """Return the sums of these series; NaN marks missing differences."""
        there = ~np.isnan(difference)
        d, seen = np.where(there, difference, 0.0), there.astype(np.float64)
        counted = float(there.any(axis=0).sum())
        return cls(d.sum(axis=1), seen.sum(axis=1), d @ d.T, d @ seen.T, seen @ seen.T, counted)

    @classmethod
    def joined(cls, parts: "Sequence[Moments]") -> "Moments":
        """Return the sums of all parts (at least one), added in this order."""
        total = parts[0]
        for part in parts[1:]:
            total = cls(
                total.total + part.total,
                total.number + part.number,
                total.products + part.products,
                total.beside + part.beside,
                total.shared + part.shared,
                total.series + part.series,
            )
        return total

    def test(self, span: float = 1.0) -> EqualLoss:
        """Return the test of these differences: see `diebold_mariano`."""
        at = np.flatnonzero(self.number)
        count = self.number[at]
        freedom = min(int(len(at) / max(span, 1.0)), int(len(at) ** (2 / 3) + 1e-9))
        if freedom < 1:
            mean = float(self.total.sum() / count.sum()) if len(at) else np.nan
            return EqualLoss(mean, np.nan, 0.0, 0, 1.0, 1.0)
        mean = float((self.total[at] / count).mean())
        pairs = np.ix_(at, at)
        apart = self.products[pairs] - mean * (self.beside[pairs] + self.beside[pairs].T)
        # products of the parts of each entry in the error of the mean, summed over series
        parts = (apart + mean**2 * self.shared[pairs]) / np.outer(count, count) / len(at) ** 2
        sums = (self.total[at] - mean * count) / (count * len(at))  # over series, of every origin
        variance = float(_of_sums(sums[:, None], span, freedom)[0])
        if self.series >= MANY_SERIES:
            between = float(parts.sum()) - _of_products(parts, span, freedom)
            variance += max(0.0, between * self.series / (self.series - 1))
            freedom = min(freedom, int(self.series) - 1)
        return _tested(mean, variance, freedom, 1e-12)  # sums of squares lose half the digits


def _tested(mean: float, variance: float, freedom: int, rounding: float) -> EqualLoss:
    """The result, by mean and variance; a variance below `rounding` times the square of the mean
    counts as 0."""
    if not variance > rounding * max(mean**2, np.finfo(np.float64).tiny):
        surely = np.sign(mean) * np.inf if mean else 0.0
        return EqualLoss(mean, 0.0, surely, freedom, float(mean >= 0), float(mean <= 0))
    error = float(np.sqrt(variance))
    statistic = mean / error
    p, p_worse = student_distribution(statistic, freedom), student_distribution(-statistic, freedom)
    return EqualLoss(mean, error, statistic, freedom, p, p_worse)


def student_distribution(t: float, freedom: int) -> float:
    """Return the probability that Student's t with a whole number of degrees of freedom is at most
    `t`, by a finite sum. (SciPy has this function too, but importing it takes longer than a
    forecast.)

    With θ = atan(t / √ν), P = (1 + A) / 2, where A = sin θ · (1 + ½ cos² θ + ½·¾ cos⁴ θ + …) for
    even ν and (2/π) · (θ + sin θ · (cos θ + ⅔ cos³ θ + ⅔·⅘ cos⁵ θ + …)) for odd ν, up to the power
    ν − 2. Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4. The absolute error is below 1e-15;
    the relative error is not, if P is small.

    >>> round(student_distribution(-2.228, 10), 4), round(student_distribution(3.182, 3), 4)
    (0.025, 0.975)
    """
    angle = math.atan2(t, math.sqrt(freedom))
    cosine, odd = math.cos(angle), freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for power in range(odd, freedom - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    area = math.sin(angle) * total
    if odd:
        area = 2 / math.pi * (angle + area)
    return min(1.0, max(0.0, (1 + area) / 2))


def _of_sums(
    parts: Float[np.ndarray, "origin column"], span: float, count: int
) -> Float[np.ndarray, " column"]:
    """Variance of the sum over origins of each column, from its first `count` cosines."""
    cosines, own, zero = _cosines(len(parts), span, count)
    return len(parts) * zero * (1 / own @ (cosines @ parts) ** 2) / count


def _of_products(products: Float[np.ndarray, "origin origin"], span: float, count: int) -> float:
    """The sum of that over many columns, from the sums of the products of their rows."""
    cosines, own, zero = _cosines(len(products), span, count)
    squares = ((cosines @ products) * cosines).sum(axis=1)
    return float(len(products) * zero * (1 / own @ squares) / count)


@lru_cache(maxsize=8)  # the same for every rival and series
def _cosines(
    origins: int, span: float, count: int
) -> tuple[Float[np.ndarray, "cosine origin"], Float[np.ndarray, " cosine"], float]:
    """The cosines c_1 … c_B, and the variances λ_1 … λ_B and λ₀ that they and the (scaled) mean
    have if forecasts overlap and are otherwise independent."""
    at = (np.arange(origins) + 0.5) / origins
    cosines = np.sqrt(2 / origins) * np.cos(np.pi * np.arange(1, count + 1)[:, None] * at)
    own, zero = np.ones(count), 1.0  # what an origin shares with itself
    for lag in range(1, min(math.ceil(span), origins)):
        shared = 2 * (1 - lag / span)
        own += shared * np.einsum("bo,bo->b", cosines[:, lag:], cosines[:, :-lag])
        zero += shared * (origins - lag) / origins
    return cosines, own, zero


def holm(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """Return p-values corrected for the number of tests m: the i-th smallest is multiplied by m − i
    + 1, then they are made monotone and limited to 1.

    The probability of any false finding stays below the level, however the tests depend on each
    other. Source: Holm 1979.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(steps, 1.0)
    return result
