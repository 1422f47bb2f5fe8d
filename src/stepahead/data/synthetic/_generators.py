"""Synthetic series for which the error of the best possible forecast is known.

Every generator has the same form: `generator(steps, *, key, series=1, ...)` returns float64
`[series, time]`, one independent series per row, and the same key gives the same numbers. Random
numbers are drawn by JAX (in float32 unless it runs in float64) and everything else is computed in
float64 by NumPy. "Best MSE" is the smallest possible expected squared error, in the square of the
series' unit.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, between, whole
from ..._types import Key


class Regimes(NamedTuple):
    """The result of `regime_switch`: the values, and the regime of each, counted from 0."""

    values: Float[np.ndarray, "series time"]
    regime: Int[np.ndarray, "series time"]


def noisy_sine(
    steps: int = 1000, *, key: Key, series: int = 1, rate: float = 0.01, sd: float = 0.2
) -> Float[np.ndarray, "series time"]:
    """Draw x_t = sin(rate·t) + N(0, sd²) for t = 1 … steps.

    Best MSE: sd² at every step ahead, with the sine known (0.04 at the default). Without noise two
    lags are exact: x_{t+1} = 2·cos(rate)·x_t − x_{t−1}. The best linear map of four noisy lags
    reaches 0.0501 over the first 1000 steps at the defaults.

    >>> x = noisy_sine(1000, key=jax.random.key(0), sd=0.0)[0]
    >>> bool(np.allclose(x[2:], 2 * np.cos(0.01) * x[1:-1] - x[:-2], atol=1e-12))
    True
    """
    t = np.arange(1, whole("steps", steps) + 1)
    return np.sin(rate * t) + _normal(key, whole("series", series), steps, sd)


def two_sines(
    steps: int, *, key: Key, series: int = 1, noise: float = 0.1
) -> Float[np.ndarray, "series time"]:
    """Draw 0.5·sin((t−o₁)(10f₁+10)) + 0.2·sin((t−o₂)(20f₂+20)) + noise·(u_t − 0.5), t = linspace(0,
    1, steps).

    The frequencies f₁, f₂ and offsets o₁, o₂ are uniform on [0, 1), drawn for each series; u_t is
    uniform on [0, 1), drawn for each step. Best MSE: noise²/12, with the sines known (0.000833 at
    the default). Because t always ends at 1, a series of more steps runs slower, not longer.
    Source: Géron, Hands-On Machine Learning, chapter 15.

    >>> x = two_sines(51, key=jax.random.key(0), series=2000)
    >>> x.shape, bool(abs(x).max() < 0.75), round(float(((x[:, -1] - x[:, -2]) ** 2).mean()), 2)
    ((2000, 51), True, 0.02)
    """
    waves, dust = jax.random.split(key)
    f1, f2, o1, o2 = np.asarray(
        jax.random.uniform(waves, (4, whole("series", series), 1)), dtype=np.float64
    )
    t = np.linspace(0, 1, whole("steps", steps))
    u = np.asarray(jax.random.uniform(dust, (series, steps)), dtype=np.float64)
    return (
        0.5 * np.sin((t - o1) * (10 * f1 + 10))
        + 0.2 * np.sin((t - o2) * (20 * f2 + 20))
        + noise * (u - 0.5)
    )


def ar_process(
    coefficients: Sequence[float],
    steps: int,
    *,
    key: Key,
    series: int = 1,
    sd: float = 1.0,
    mean: float = 0.0,
) -> Float[np.ndarray, "series time"]:
    """Draw the autoregression x_t − mean = Σ_i φ_i·(x_{t−i} − mean) + N(0, sd²), stationary from
    its first step on.

    `coefficients` are φ₁ … φ_p, newest lag first. The first p steps are drawn jointly from the
    stationary distribution (for AR(1): N(mean, sd²/(1−φ²))), so no burn-in is needed. Best MSE by
    step ahead: `ar_error`. Coefficients that are not stationary are refused.

    >>> x = ar_process([0.9], 3, key=jax.random.key(0), series=20_000)
    >>> bool(abs(x[:, 0].var() - 1 / (1 - 0.9**2)) < 0.2)
    True
    """
    phi = _stationary(coefficients)
    order = len(phi)
    noise = _normal(key, whole("series", series), max(whole("steps", steps), order), sd)
    x = np.empty_like(noise)
    x[:, :order] = noise[:, :order] @ np.linalg.cholesky(_covariance(phi)).T
    for t in range(order, x.shape[1]):
        x[:, t] = x[:, t - order : t] @ phi[::-1] + noise[:, t]
    return mean + x[:, :steps]


def ar_error(
    coefficients: Sequence[float], sd: float, horizon: int
) -> Float[np.ndarray, " horizon"]:
    """Return the best MSE of an autoregression at k = 1 … horizon steps ahead: sd²·Σ_{j<k} ψ_j², in
    the square of the unit.

    ψ₀ = 1 and ψ_j = Σ_i φ_i·ψ_{j−i}; for AR(1) this is sd²(1−φ²ᵏ)/(1−φ²). It holds for any
    coefficients; φ = 1 gives the random walk's k·sd². Source: Box and Jenkins, Time Series
    Analysis, chapter 5.

    >>> ar_error([0.5], 1.0, 3).tolist()
    [1.0, 1.25, 1.3125]
    >>> ar_error([1.0], 2.0, 3).tolist()
    [4.0, 8.0, 12.0]
    """
    phi = np.asarray(coefficients, dtype=np.float64)
    psi = np.zeros(whole("horizon", horizon))
    psi[0] = 1
    for j in range(1, horizon):
        back = min(j, len(phi))
        psi[j] = phi[:back] @ psi[j - back : j][::-1]
    return sd**2 * np.cumsum(psi**2)


def random_walk(
    steps: int,
    *,
    key: Key,
    series: int = 1,
    sd: float = 1.0,
    drift: float = 0.0,
    start: float = 0.0,
) -> Float[np.ndarray, "series time"]:
    """Draw x_t = x_{t−1} + drift + N(0, sd²), with x_1 one such step away from `start`.

    Best MSE: k·sd² at k steps ahead, by the forecast x_t + k·drift; without drift, by the last
    value.

    >>> x = random_walk(200, key=jax.random.key(0), series=500)
    >>> round(float(((x[:, 4:] - x[:, :-4]) ** 2).mean()), 1)
    4.0
    """
    return start + np.cumsum(
        drift + _normal(key, whole("series", series), whole("steps", steps), sd), axis=1
    )


def regime_switch(
    steps: int,
    *,
    key: Key,
    series: int = 1,
    levels: Sequence[float] = (-1.0, 1.0),
    stay: float = 0.95,
    sd: float = 0.5,
) -> Regimes:
    """Draw x_t = level of the hidden regime s_t + N(0, sd²); s_t stays with probability `stay`,
    else moves to any other one.

    The first regime is drawn from the stationary distribution, which is uniform. For two levels a
    distance D apart: a forecast that knows the present regime has the one-step MSE sd² +
    stay·(1−stay)·D² (0.25 + 0.19 = 0.44 at the defaults), a lower bound for forecasts from the
    values alone; the constant mean of the levels has sd² + D²/4 (1.25).

    >>> x, regime = regime_switch(500, key=jax.random.key(0), series=40)
    >>> (
    ...     round(float((regime[:, 1:] == regime[:, :-1]).mean()), 2),
    ...     bool(abs(x[regime == 1].mean() - 1) < 0.02),
    ... )
    (0.95, True)
    """
    count = len(levels)
    if count < 2:
        raise Refusal(
            f"`levels` must hold at least two regimes, but it holds {count}. Give two or more "
            "levels."
        )
    between("stay", stay, 0, 1)
    first, moves, targets, noise = jax.random.split(key, 4)
    shape = (whole("series", series), whole("steps", steps))
    moved = np.asarray(jax.random.uniform(moves, shape)) >= stay
    hop = np.where(moved, np.asarray(jax.random.randint(targets, shape, 1, count)), 0)
    hop[:, 0] = np.asarray(jax.random.randint(first, shape[:1], 0, count))
    regime = np.cumsum(hop, axis=1) % count
    return Regimes(
        np.asarray(levels, dtype=np.float64)[regime] + _normal(noise, *shape, sd), regime
    )


def decaying_jump(
    steps: int,
    *,
    key: Key,
    series: int = 1,
    at: int | None = None,
    level: float = 0.0,
    jump: float = 3.0,
    decay: float = 20.0,
    sd: float = 0.2,
) -> Float[np.ndarray, "series time"]:
    """Draw level + N(0, sd²), plus jump·exp(−(t−at)/decay) from step `at` on (t = 0 … steps−1; `at`
    in the middle by default).

    Not stationary: for example, a film's ratings after a prize, whose effect decays. Best MSE: sd²,
    with the jump known; the constant `level`, estimated before `at`, has the MSE sd² +
    jump²·exp(−2(t−at)/decay) at step t after it.

    >>> decaying_jump(6, key=jax.random.key(0), at=3, jump=1.0, decay=1.0, sd=0.0).round(3).tolist()
    [[0.0, 0.0, 0.0, 1.0, 0.368, 0.135]]
    """
    after = _after(steps, at)
    effect = np.where(after >= 0, jump * np.exp(-np.maximum(after, 0) / decay), 0.0)
    return level + effect + _normal(key, whole("series", series), steps, sd)


def adapting_baseline(
    steps: int,
    *,
    key: Key,
    series: int = 1,
    at: int | None = None,
    level: float = 0.0,
    shift: float = 3.0,
    rate: float = 0.1,
    sd: float = 0.2,
) -> Float[np.ndarray, "series time"]:
    """Draw level + N(0, sd²), plus shift·(1 − (1−rate)^(t−at+1)) from step `at` on (`at` in the
    middle by default).

    Not stationary: the baseline b adapts to a new level, b_t = b_{t−1} + rate·(level + shift −
    b_{t−1}), as people get used to a change. Best MSE: sd², with the baseline known; the MSE of the
    constant `level`, estimated before `at`, tends to sd² + shift².

    >>> adapting_baseline(5, key=jax.random.key(0), at=2, shift=1.0, rate=0.5, sd=0.0).tolist()
    [[0.0, 0.0, 0.5, 0.75, 0.875]]
    """
    after = _after(steps, at)
    moved = np.where(
        after >= 0,
        shift * (1 - (1 - between("rate", rate, 0, 1)) ** (np.maximum(after, 0) + 1)),
        0.0,
    )
    return level + moved + _normal(key, whole("series", series), steps, sd)


def seasonal(
    steps: int,
    *,
    key: Key,
    series: int = 1,
    season: int = 12,
    amplitude: float = 1.0,
    trend: float = 0.0,
    level: float = 0.0,
    sd: float = 0.2,
) -> Float[np.ndarray, "series time"]:
    """Draw level + trend·t + amplitude·sin(2πt/season) + N(0, sd²) for t = 0 … steps−1.

    Not stationary: its mean depends on the step. Best MSE: sd²; the value one season ago has 2·sd²
    + (trend·season)².

    >>> seasonal(5, key=jax.random.key(0), season=4, trend=10.0, sd=0.0).round(6).tolist()
    [[0.0, 11.0, 20.0, 29.0, 40.0]]
    """
    t = np.arange(whole("steps", steps))
    wave = amplitude * np.sin(2 * np.pi * t / whole("season", season))
    return level + trend * t + wave + _normal(key, whole("series", series), steps, sd)


def _normal(key: Key, series: int, steps: int, sd: float) -> Float[np.ndarray, "series time"]:
    if not sd >= 0:
        raise Refusal(
            f"`sd` must be at least 0, but it is {sd!r}. Give the standard deviation of the noise."
        )
    return sd * np.asarray(jax.random.normal(key, (series, steps)), dtype=np.float64)


def _after(steps: int, at: int | None) -> Int[np.ndarray, " time"]:
    """Steps since `at`, negative before it."""
    return np.arange(whole("steps", steps)) - (steps // 2 if at is None else whole("at", at, 0))


def _stationary(coefficients: Sequence[float]) -> Float[np.ndarray, " lag"]:
    """The coefficients as an array; refuse those that are not stationary."""
    phi = np.asarray(coefficients, dtype=np.float64)
    if phi.ndim != 1 or len(phi) == 0:
        raise Refusal(
            "`coefficients` must hold at least one number, the newest lag first, for instance "
            "[0.9]."
        )
    largest = float(np.abs(np.linalg.eigvals(_companion(phi))).max())
    if not largest < 1:
        raise Refusal(
            f"`coefficients` must be stationary, but {phi.tolist()} has a root of size "
            f"{largest:.4g}, and it must be below 1. "
            "Shrink them, or use `random_walk` for a unit root."
        )
    return phi


def _companion(phi: Float[np.ndarray, " lag"]) -> Float[np.ndarray, "lag lag"]:
    return np.vstack([phi, np.eye(len(phi) - 1, len(phi))])


def _covariance(phi: Float[np.ndarray, " lag"]) -> Float[np.ndarray, "lag lag"]:
    """The stationary covariance V of `lag` neighbouring steps at sd = 1: V = A·V·Aᵀ + e₁e₁ᵀ with A
    the companion matrix."""
    order = len(phi)
    step = _companion(phi)
    shock = np.zeros(order * order)
    shock[0] = 1
    return np.linalg.solve(np.eye(order * order) - np.kron(step, step), shock).reshape(order, order)
