"""The direction of time: a test on series whose direction theory identifies, and on one whose
direction cannot be identified.

Source: Peters, Janzing, Gretton, Schölkopf, "Detecting the direction of causal time series", 2009,
whose experiments are of this kind; the processes here are different, so no number is printed. To
reach: no evidence for a linear process with Gaussian noise, which is the same process backward, in
nine of ten draws (each of two tests at 5 % is wrong once in twenty); the right direction for noise
that is not Gaussian, or a map that is not linear, in 85 of 100 draws (95 is the most that the level
allows), and never the wrong one.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ...data import Panel
from ...evaluation import Direction, direction_of_time
from ...plots import direction_plot, save_figure
from .._result import Result, Row, Table, numbers_to_hit

STEPS, BURNT, DRAWS = 400, 50, 40


class Process(NamedTuple):
    """x' = step(x) + noise; `identifiable` is True if theory identifies its direction."""

    step: Callable[[float], float]
    noise: Callable[[np.random.Generator, int], Float[np.ndarray, " time"]]
    identifiable: bool


PROCESSES = {
    "2·sin(1.2x), Gaussian noise": Process(
        lambda x: 2 * float(np.sin(1.2 * x)), lambda rng, n: 0.5 * rng.normal(size=n), True
    ),
    "0.7x, exponential noise": Process(
        lambda x: 0.7 * x, lambda rng, n: rng.exponential(size=n) - 1, True
    ),
    "0.7x, uniform noise": Process(
        lambda x: 0.7 * x, lambda rng, n: rng.uniform(-1.7, 1.7, n), True
    ),
    "0.7x, Gaussian noise": Process(lambda x: 0.7 * x, lambda rng, n: rng.normal(size=n), False),
}


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Test every process many times."""
    draws = 3 if quick else DRAWS
    rows, files = [], []
    lines: list[tuple[str, ...]] = [
        ("process", "forward", "backward", "no evidence", "variance left, forward", "backward")
    ]
    for number, (name, process) in enumerate(PROCESSES.items()):
        found = [direction_of_time(drawn(process, seed), key=seed) for seed in range(draws)]
        counts = {
            verdict: sum(one.verdict == verdict for one in found)
            for verdict in ("forward", "backward", "no evidence")
        }
        wanted = "forward" if process.identifiable else "no evidence"
        rows.append(
            Row(
                f"{name}: share of draws with the verdict '{wanted}'",
                [counts[wanted] / draws],
                reach=(0.85 if process.identifiable else 0.9, 1.0),
            )
        )
        left = [100 * float(np.mean([way(one) for one in found])) for way in (_forward, _backward)]
        lines.append(
            (
                name,
                *(str(count) for count in counts.values()),
                *(f"{value:.0f} %" for value in left),
            )
        )
        say(f"{name}: {found[0]}")
        files.append(
            save_figure(
                direction_plot(found[0], title=f"{name}: {found[0].verdict}"),
                out / f"direction-{number + 1}.png",
            )
        )
    tables = (
        numbers_to_hit("The verdicts", rows),
        Table(f"In how many of {draws} draws of {STEPS} steps", lines),
    )
    return Result(
        tuple(rows),
        tables,
        ("Errors alone do not tell: linear processes are forecast as well backward as forward.",),
        tuple(files),
    )


def drawn(process: Process, seed: int) -> Panel:
    """One series, without its burn-in."""
    shocks = process.noise(np.random.default_rng(seed), STEPS + BURNT)
    x = np.zeros(len(shocks))
    for t in range(1, len(x)):
        x[t] = process.step(x[t - 1]) + shocks[t]
    return Panel.from_arrays([x[BURNT:]])


def _forward(found: Direction) -> float:
    return found.forward.error


def _backward(found: Direction) -> float:
    return found.backward.error
