"""Factors of the distances from the median, fitted on held-out synthetic series.

    python pretraining/widening.py [--weights FILE] [--series 600]

Series of the mixture, by seeds that training never draws, are forecast 24 steps ahead as at use,
with the widths that their own past sets. By level and group of steps: the share of actual values
below the quantile, and the factor of its distance from the median with which that share would be
the level.
"""

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from stepahead.data.synthetic.families import mixture
from stepahead.pretrained import LEVELS, forecast, seasons_told
from stepahead.pretrained._fit import FILE

HORIZON = 24
LENGTHS = (24, 48, 96, 192, 384)
"""Steps of the histories."""

GROUPS = ((0, 1), (1, 4), (4, 8), (8, 16), (16, 24))
"""Steps that are scored together."""

SEED = 2**31
"""Of training no seed is as large."""


def held_out(weights: dict[str, np.ndarray], series: int) -> tuple[np.ndarray, np.ndarray]:
    """Actual values and quantiles of so many series of each length, in units of the widths of the
    80 % intervals around their medians."""
    actual, told = [], []
    for number, length in enumerate(LENGTHS):
        rng = np.random.default_rng((SEED, number))
        draw = mixture(rng, series, length + HORIZON)
        seasons = seasons_told(rng, draw.seasons, length + HORIZON)
        history, later = draw.values[:, :length], draw.values[:, length:]
        able = (~np.isnan(history)).sum(axis=1) >= 3
        actual.append(later[able])
        told.append(forecast(weights, list(history[able]), seasons[able], HORIZON))
    return np.concatenate(actual), np.concatenate(told)


def fitted(actual: np.ndarray, told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By group of steps and level: the share of values below, and the factor that it asks for."""
    middle = len(LEVELS) // 2
    below, factors = np.empty((2, len(GROUPS), len(LEVELS)))
    for group, (first, last) in enumerate(GROUPS):
        y, q = actual[:, first:last].ravel(), told[:, first:last].reshape(-1, len(LEVELS))
        seen = ~np.isnan(y)
        for place, level in enumerate(LEVELS):
            below[group, place] = (y[seen] < q[seen, place]).mean()
            distance = np.abs(q[:, place] - q[:, middle])
            use = seen & (distance > 0)
            sign = 1 if place > middle else -1
            share = sign * (y - q[:, middle])[use] / distance[use]
            factors[group, place] = (
                1 if place == middle else np.quantile(share, max(level, 1 - level))
            )
    return below, factors


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=FILE)
    parser.add_argument("--series", type=int, default=600)
    told = parser.parse_args()
    kept = {name: array.astype(np.float32) for name, array in load_file(told.weights).items()}
    actual, quantiles = held_out(kept, told.series)
    for name, table in zip(("values below, %", "factor"), fitted(actual, quantiles), strict=True):
        print(f"{name:16s}" + "".join(f"{level:7.3g}" for level in LEVELS))
        for (first, last), row in zip(GROUPS, table, strict=True):
            cells = row * 100 if name != "factor" else row
            digits = 1 if name != "factor" else 2
            steps = f"steps {first + 1} to {last}" if last > first + 1 else f"step {last}"
            print(f"{steps:16s}" + "".join(f"{each:7.{digits}f}" for each in cells))


if __name__ == "__main__":
    main()
