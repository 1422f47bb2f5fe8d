"""Ablations of the pretraining: short runs of the same length, each with one thing left out.

    STEPAHEAD_DATA=… python pretraining/ablations.py FOLDER [--updates 600] [--only breaks weeks]

Every run trains a network of 128 units from the same seed by `--updates` small updates of 2,048
patches, and forecasts some series of four sets one horizon before their end (`SETS`), relative to
the seasonal naive forecast. The whole is run with two seeds: what differs by less than these two
do says nothing. Rows are kept in FOLDER/ablations.csv, and those that it holds are not run again.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "accuracy"))

from defaults import earlier, naive, quantiles_of, score
from sets import Set, sets

import stepahead as sa
from stepahead.data import season_of
from stepahead.data.synthetic.families import FAMILIES, mixture
from stepahead.forecasting import Pretrained
from stepahead.pretrained import (
    PATCH,
    WIDTH,
    Batch,
    Network,
    exercise,
    initial_weights,
    loss,
    seasons_told,
)

SETS = ("M3 quarterly", "M3 monthly", "tourism monthly", "M4 hourly")
SERIES = 150
"""Series of a set, evenly spaced, that are forecast."""

PATCHES, LENGTHS = 2048, (3, 5, 8, 12, 20, 32, 64)
MEMORY = 0.99
"""Of the mean of the weights along training."""

Draw = Callable[[np.random.Generator], Batch]


def drawn(
    rng: np.random.Generator, phases: bool = True, even: bool = False, **options: Any
) -> Batch:
    """A batch as in training; without the seasons told, or with patches that all weigh the same."""
    patches = int(rng.choice(LENGTHS))
    draw = mixture(rng, PATCHES // patches, (patches + 1) * PATCH, **options)
    told = seasons_told(rng, draw.seasons, draw.values.shape[1])
    made = exercise(rng, draw.values, told if phases else np.zeros_like(told))
    return made._replace(weights=(made.weights > 0).astype(np.float32)) if even else made


RUNS: dict[str, tuple[int, Draw]] = {
    "the whole": (0, drawn),
    "the whole, another seed": (1, drawn),
    **{f"without {name}": (0, partial(drawn, without=(name,))) for name in FAMILIES},
    "without breaks": (0, partial(drawn, breaks=False)),
    "without any change": (0, partial(drawn, changed=False)),
    "without the phase": (0, partial(drawn, phases=False)),
    "without weights of patches": (0, partial(drawn, even=True)),
}


@cache
def updating(updates: int) -> tuple[Any, Any]:
    """The rule of so many updates, and one update by it, compiled once for all runs."""
    rate = optax.warmup_cosine_decay_schedule(0.0, 3e-3, updates // 6, updates)
    rule = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(rate, b2=0.95))

    @jax.jit
    def update(weights: Any, state: Any, mean: Any, *each: Any) -> Any:
        slope = jax.grad(loss)(weights, *each)
        change, state = rule.update(slope, state, weights)
        weights = optax.apply_updates(weights, change)
        return (
            weights,
            state,
            jax.tree.map(lambda m, w: MEMORY * m + (1 - MEMORY) * w, mean, weights),
        )

    return rule, update


def trained(draw: Draw, seed: int, updates: int) -> Network:
    """The mean of the weights along a short training."""
    begun = initial_weights(np.random.default_rng(seed), WIDTH, 128, 2)
    weights = jax.tree.map(jax.numpy.asarray, begun)
    rule, update = updating(updates)
    state, mean = rule.init(weights), weights
    for number in range(updates):
        each = draw(np.random.default_rng((seed, number)))
        weights, state, mean = update(weights, state, mean, *each)
    return Network.of(jax.tree.map(np.asarray, mean))


def judged(network: Network, some: list[Set]) -> list[float]:
    """MASE and quantile loss of naive on each set."""
    result: list[float] = []
    for one in some:
        spec = Pretrained(network=network, resampled=False, adjusted=False)
        done = sa.fit(spec, one.train, one.horizon, key=0, season=season_of(one.train))
        base, found = score(one, *naive(one)), score(one, *quantiles_of(done, one.horizon))
        result += [found[0] / base[0], found[1] / base[1]]
    return result


def chosen() -> list[Set]:
    """The sets, one horizon before their end, and `SERIES` of each."""
    some = [earlier(one, 1) for one in sets("") if one.name in SETS]
    places = [np.unique(np.linspace(0, len(one.train) - 1, SERIES).astype(int)) for one in some]
    return [
        Set(one.name, one.train.take(at), [one.test[k] for k in at], one.season)
        for one, at in zip(some, places, strict=True)
    ]


def main() -> None:
    """Run what FOLDER does not hold yet, and print each row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--updates", type=int, default=600)
    parser.add_argument("--only", nargs="*", default=[""], help="parts of the names of runs")
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    file = told.folder / "ablations.csv"
    done = {tuple(row[:2]) for row in csv.reader(file.open())} if file.exists() else set()
    some = chosen()
    print(f"{'':28s}" + "".join(f"{one.name:>18s}" for one in some) + f"{'mean':>18s}{'cpu s':>7s}")
    for name, (seed, draw) in RUNS.items():
        if (name, str(told.updates)) in done or not any(part in name for part in told.only):
            continue
        before = time.process_time()
        shares = judged(trained(draw, seed, told.updates), some)
        spent = time.process_time() - before
        means = [float(np.exp(np.log(shares[k::2]).mean())) for k in (0, 1)]
        with file.open("a", newline="") as out:
            csv.writer(out).writerow([name, told.updates, *np.round([*shares, *means], 4), spent])
        print(f"{name:28s}" + "".join(f"{each:9.3f}" for each in [*shares, *means]), end="")
        print(f"{spent:7.0f}", flush=True)


if __name__ == "__main__":
    main()
