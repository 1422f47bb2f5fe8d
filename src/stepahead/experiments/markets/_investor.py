"""Selection bias: the best of 1,000 random walks has an excellent past and no future, and only a
test that accounts for all 1,000 shows it.

Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, "Sequence Models", whose exercises ask
what can go wrong if a security is chosen by its past returns; no number is printed. Theory: the
largest of 1,000 standard normal numbers is 3.241 on average; the best of 1,000 tests at 5 % means
nothing, as some p-value is below 0.05 in all but 0.95¹⁰⁰⁰ of draws; after Holm's correction there
is a false finding in 5 % of draws.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import stdtr

from ...evaluation import holm
from ...plots import Figure, overlay_plot, save_figure
from .._result import Result, Row, Table, numbers_to_hit

WALKS, DAYS, DRAWS = 1000, 250, 500
LEVEL = 0.05
LARGEST = 3.2414
"""The mean of the largest of 1,000 independent standard normal numbers."""
SKILL = 0.4
"""The daily drift, in daily standard deviations, of the one walk that has a future: its t-value
after a year is about 6."""


class Bought(NamedTuple):
    """One draw: the walk with the best past, its mean return before and after in standard errors,
    and the results of the tests."""

    past: float
    future: float
    beaten: float
    p: float
    corrected: float
    path: Float[np.ndarray, " day"]


def bought(seed: int, drift: float = 0.0) -> Bought:
    """Draw 1,000 walks of two years, the first with `drift`; after one year buy the walk that rose
    most, and hold it for the second year.

    `beaten` is the share of the other walks that did worse in the second year. `p` are the p-values
    of the one-sided t-test that the mean return of the bought walk is above 0: alone, and after
    Holm's correction over all 1,000.
    """
    returns = np.random.default_rng(seed).normal(size=(WALKS, 2 * DAYS))
    returns[0] += drift
    past, future = returns[:, :DAYS], returns[:, DAYS:]
    best = int(np.argmax(past.mean(axis=1)))
    p = p_values(past)
    after = future.mean(axis=1)
    beaten = float(np.mean(np.delete(after, best) < after[best]))
    root = float(np.sqrt(DAYS))
    return Bought(
        float(past[best].mean() * root),
        float(after[best] * root),
        beaten,
        float(p[best]),
        float(holm(p)[best]),
        np.cumsum(returns[best]),
    )


def p_values(returns: Float[np.ndarray, "walk day"]) -> Float[np.ndarray, " walk"]:
    """The p-value of the one-sided t-test that its mean return is above 0, for each walk.

    >>> p_values(np.array([[1.0, 2.0, 3.0], [-1.0, 0.0, 1.0]])).round(3).tolist()
    [0.037, 0.5]
    """
    days = returns.shape[1]
    t = returns.mean(axis=1) / (returns.std(axis=1, ddof=1) / np.sqrt(days))
    return np.asarray(stdtr(days - 1, -t))


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Many draws with no skill among the walks, and as many with one walk that has some."""
    draws = 20 if quick else DRAWS
    luck = [bought(seed) for seed in range(draws)]
    say(f"{draws} draws of {WALKS:,} walks without drift")
    skill = [bought(seed, SKILL) for seed in range(draws)]
    say(f"{draws} draws with one walk that drifts")
    listed = _rows(luck, skill)
    tables = (
        numbers_to_hit("The best of 1,000 random walks", listed),
        _table(luck, skill),
    )
    lesson = (
        "Whoever keeps the best of 1,000 pasts has the largest of 1,000 random numbers. Its "
        "p-value, computed as if there were no other walk, is misleading in nearly every draw. "
        "Corrected for 1,000 tests it is not, and still finds a drift that exists."
    )
    return Result(
        tuple(listed), tables, (lesson,), (save_figure(picture(luck), out / "investors-trap.png"),)
    )


def _rows(luck: list[Bought], skill: list[Bought]) -> list[Row]:
    """The numbers to reproduce."""
    return [
        Row(
            "past of the walk bought, standard errors: mean of the draws",
            [_mean(luck, "past")],
            reach=(LARGEST - 0.1, LARGEST + 0.1),
        ),
        Row("its future: mean of the draws", [_mean(luck, "future")], reach=(-0.15, 0.15)),
        Row(
            "share of the other walks that it beats from then on: mean",
            [_mean(luck, "beaten")],
            reach=(0.46, 0.54),
        ),
        Row("draws in which its own test says p < 0.05", [_found(luck, "p")], reach=(0.999, 1)),
        Row(
            "draws in which the test of all 1,000 (Holm) says so",
            [_found(luck, "corrected")],
            reach=(0, 0.08),
        ),
        Row(
            "one walk with a drift: draws in which Holm finds it",
            [_found(skill, "corrected")],
            reach=(0.9, 1),
        ),
        Row(
            "its future, standard errors: mean of the draws",
            [_mean(skill, "future")],
            reach=(5.5, 6.8),
        ),
    ]


def _table(luck: list[Bought], skill: list[Bought]) -> Table:
    """Past and future of the bought walk, without and with a walk that has skill."""
    lines = [
        ("1,000 walks, the best bought", "past", "future", "its own p < 0.05", "corrected p < 0.05")
    ]
    for name, one in (("all without drift", luck), ("one with a drift of 0.4", skill)):
        lines.append(
            (
                name,
                f"{_mean(one, 'past'):.2f}",
                f"{_mean(one, 'future'):.2f}",
                f"{_found(one, 'p'):.1%}",
                f"{_found(one, 'corrected'):.1%}",
            )
        )
    return Table(
        f"Mean return in standard errors, and what the tests say in {len(luck)} draws of {DAYS} "
        "days before and after",
        lines,
    )


def picture(luck: list[Bought]) -> Figure:
    """A figure of the bought walks in three draws, and the mean over all draws, before and after
    buying."""
    paths = np.array([one.path for one in luck])
    return overlay_plot(
        np.arange(1.0, 2 * DAYS + 1),
        paths[2],
        {"first draw": paths[0], "second draw": paths[1], "all, mean": paths.mean(axis=0)},
        origin=float(DAYS),
        origin_label="bought here",
        target="sum of returns, standard deviations of a day",
        time="day",
        title="The best of 1,000 random walks, before and after it was bought",
        subtitle=f"Grey, blue and orange: one draw each; green: the mean of {len(luck)}",
    )


def _mean(found: list[Bought], part: str) -> float:
    return float(np.mean([one._asdict()[part] for one in found]))


def _found(found: list[Bought], part: str) -> float:
    return float(np.mean([one._asdict()[part] < LEVEL for one in found]))
