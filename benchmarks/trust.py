"""Size and power of tests of equal loss at rolling origins whose forecasts overlap.

Draws loss differences whose truth is known and prints the share of one-sided rejections at 5 % by
four estimators of the variance of the mean:

- rectangular: all autocovariances of the overlap, corrected by Harvey, Leybourne and Newbold (1997)
- cosines: equal-weighted cosines, B = ⌊0.4 n^⅔⌋ (Lazarus et al. 2018; Coroneo and Iacone 2020)
- few cosines: the same with B at most n / span
- weighted cosines: ours, `evaluation.diebold_mariano`

Size: differences with mean 0 (it should be 5 or less). Power: the same differences less two
standard errors of their mean.
"""

import numpy as np
from scipy.special import stdtr

from stepahead.evaluation import diebold_mariano

DRAWS = 2000
CASES = ((12, 1), (30, 1), (30, 3), (30, 6), (36, 12), (60, 12), (100, 12), (200, 24), (300, 12))
KINDS = ("overlapping", "equal forecasts", "white", "persistent")


def rectangular(d: np.ndarray, span: int) -> np.ndarray:
    """p-values by the rectangular estimator; Bartlett's where that is not positive."""
    n, rest = d.shape[1], d - d.mean(axis=1, keepdims=True)
    c = [(rest[:, lag:] * rest[:, : n - lag]).sum(axis=1) / n for lag in range(span)]
    variance = c[0] + 2 * sum(c[1:])
    bartlett = c[0] + 2 * sum((1 - lag / span) * c[lag] for lag in range(1, span))
    variance = np.where(variance > 0, variance, bartlett)
    correction = np.sqrt((n + 1 - 2 * span + span * (span - 1) / n) / n)
    return stdtr(n - 1, correction * d.mean(axis=1) / np.sqrt(variance / n))


def cosines(d: np.ndarray, count: int) -> np.ndarray:
    """p-values by equal-weighted cosines."""
    n = d.shape[1]
    at = (np.arange(n) + 0.5) / n
    waves = np.sqrt(2 / n) * np.cos(np.pi * np.arange(1, count + 1)[:, None] * at)
    return stdtr(count, np.sqrt(n) * d.mean(axis=1) / np.sqrt(((d @ waves.T) ** 2).mean(axis=1)))


def sums(shocks: np.ndarray, span: int) -> np.ndarray:
    """Sums of `span` neighbours."""
    return np.lib.stride_tricks.sliding_window_view(shocks, span, axis=1).sum(axis=-1)


def differences(kind: str, n: int, span: int, rng: np.random.Generator) -> np.ndarray:
    """Draws with mean 0, `[draw, origin]`."""
    long = (DRAWS, n + span - 1)
    if kind == "overlapping":
        return sums(rng.normal(size=long), span)
    if kind == "equal forecasts":
        return np.abs(sums(rng.normal(size=long), span)) - np.abs(sums(rng.normal(size=long), span))
    if kind == "white":
        return rng.normal(size=(DRAWS, n))
    shocks = rng.normal(size=(DRAWS, n + span + 99))
    for t in range(1, shocks.shape[1]):
        shocks[:, t] += 0.3 * shocks[:, t - 1]
    return sums(shocks[:, 100:], span)


def main() -> None:
    """Print one row a case."""
    rng = np.random.default_rng(0)
    print(f"{DRAWS:,} draws a row; percent rejected at 5 %: size / power")
    print(f"{'differences':16s}{'n':>5s}{'span':>6s}{'B':>5s}", end="")
    for name in ("rectangular", "cosines", "few cosines", "weighted"):
        print(f"{name:>16s}", end="")
    print()
    for kind in KINDS:
        for n, span in CASES:
            null = differences(kind, n, span, rng)
            better = null - 2 * null.mean(axis=1).std()
            count = max(1, int(0.4 * n ** (2 / 3)))
            found = []
            for d in (null, better):
                ours = [diebold_mariano(row, span) for row in d]
                p = (
                    rectangular(d, span),
                    cosines(d, count),
                    cosines(d, max(1, min(count, n // span))),
                    np.array([test.p for test in ours]),
                )
                found.append([100 * np.mean(each < 0.05) for each in p])
            print(f"{kind:16s}{n:5d}{span:6d}{ours[0].freedom:5d}", end="")
            for size, power in zip(*found, strict=True):
                print(f"{size:9.1f} /{power:5.1f}", end="")
            print(flush=True)


if __name__ == "__main__":
    main()
