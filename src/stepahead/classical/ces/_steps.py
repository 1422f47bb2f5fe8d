"""The recursion of complex exponential smoothing, for many series and rates at a time."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

CES_FORMS = ("none", "simple", "partial", "full")
"""The kinds of season."""

RATES = (2, 2, 3, 4)
"""The number of rates of each form."""


class Pair(NamedTuple):
    """Coefficients of one pair of states, level l and second component c, each `[series, lane]`: l
    ← l + a·c + g·e and c ← k·l + b·c + h·e for an error e."""

    a: np.ndarray
    g: np.ndarray
    k: np.ndarray
    b: np.ndarray
    h: np.ndarray


class States(NamedTuple):
    """The pair of the step before, `[series, lane, 2]`, and those of one season before, `[series,
    lane, 2, place]`, where place t mod m belongs to step t."""

    near: np.ndarray
    late: np.ndarray


def pairs(form: int, rates: Float[np.ndarray, "series lane rate"]) -> tuple[Pair, Pair]:
    """Return the coefficients of the pair of the step before, and of the one of the season
    before."""
    zero, one = np.zeros(rates.shape[:2]), np.ones(rates.shape[:2])
    gone = Pair(zero, zero, zero, zero, zero)

    def pair(r0: np.ndarray, r1: np.ndarray) -> Pair:
        return Pair(r1 - 1, r0 - r1, one, 1 - r0, r0 + r1)

    first = pair(rates[..., 0], rates[..., 1])
    if form == 0:
        return first, gone
    if form == 1:
        return gone, first
    if form == 2:
        return first, Pair(zero, rates[..., 2], zero, zero, zero)
    return first, pair(rates[..., 2], rates[..., 3])


def run(
    both: tuple[Pair, Pair],
    begin: States,
    values: Float[np.ndarray, "series time"],
    lengths: Int[np.ndarray, " series"],
) -> tuple[Float[np.ndarray, "series lane time"], States]:
    """Return forecasts of every step, with the coefficients `both` from the states `begin`, and the
    states after each series' last step. Missing values count as an error of 0."""
    near = np.ascontiguousarray(np.moveaxis(begin.near, -1, 0))
    late = np.moveaxis(begin.late, (3, 2), (0, 1)).copy()  # place, state, series, lane
    told = np.empty((values.shape[1], *near.shape[1:]))
    first, other = map(_columns, both)
    plain, seasonal = (
        bool(state.any() or columns[2].any()) for state, columns in ((near, first), (late, other))
    )
    there = ~np.isnan(values.T[:, :, None])
    held, whole = np.where(there, values.T[:, :, None], 0.0), there.all(axis=(1, 2)).tolist()
    shortest = int(lengths.min(initial=0))
    for t, f in enumerate(told):
        far = late[t % len(late)]
        np.add(near[0], far[0], out=f)
        e = held[t] - f
        if not whole[t]:
            e *= there[t]
        new = _moved(first, near, e) if plain else near
        old = _moved(other, far, e) if seasonal else far
        if t >= shortest:
            going = (t < lengths)[:, None]
            new, old = np.where(going, new, near), np.where(going, old, far)
        near = new
        if seasonal:
            late[t % len(late)] = old
    after = States(np.moveaxis(near, 0, -1), np.moveaxis(late, (0, 1), (3, 2)))
    return np.moveaxis(told, 0, -1), after


def _columns(pair: Pair) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects of the level, the second component and the error on both states of the next step,
    `[state, series, lane]`."""
    one = np.ones_like(pair.k)
    return np.stack([one, pair.k]), np.stack([pair.a, pair.b]), np.stack([pair.g, pair.h])


def _moved(
    columns: tuple[np.ndarray, np.ndarray, np.ndarray], state: np.ndarray, e: np.ndarray
) -> np.ndarray:
    """The pair of states one step later."""
    of_level, of_shadow, of_error = columns
    new = of_level * state[0]
    new += of_shadow * state[1]
    new += of_error * e
    return new


def responses(
    both: tuple[Pair, Pair], season: int, steps: int
) -> Float[np.ndarray, "series lane step"]:
    """Return the effects of a unit error on the forecasts of the following steps."""
    shape = both[0].a.shape
    now = States(np.zeros((*shape, 2)), np.zeros((*shape, 2, season)))
    first = np.full((shape[0], steps + 1), np.nan)
    first[:, 0] = 1.0
    told, _ = run(both, now, first, np.full(shape[0], steps + 1))
    return told[..., 1:]
