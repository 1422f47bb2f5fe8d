"""Exponential smoothing models as generators."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from ._draw import Draw, log_uniform, one_season, periods


def smoothing(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw from ETS models, with a form for each series: error and season additive or
    multiplicative, trend none, additive or damped.

    With mean m_t = (l + φb) ⊕ s and error e_t: y_t = m_t + e_t or m_t(1 + e_t); l' = l + φb + αε,
    b' = φb + βε, s' = s + γε, with ε the error in the unit of the state. α is uniform on [0, 1), β
    = α·U², γ = (1 − α)·U²; the season starts as a smooth or a rough pattern. Source: Hyndman and
    others, Forecasting with Exponential Smoothing (2008), table 2.3.

    >>> draw = smoothing(np.random.default_rng(0), 4, 40)
    >>> draw.values.shape, bool(np.isfinite(draw.values).all())
    ((4, 40), True)
    """
    period = periods(rng, series, steps, none=0.35)
    level = log_uniform(rng, 1, 1000, series)
    ratio = rng.random(series) < 0.5
    pattern = season_pattern(rng, period, int(period.max(initial=1))) * rng.uniform(
        0.02, 0.6, series
    )
    pattern = np.where(ratio, np.exp(pattern), level * pattern)
    pattern[:, period == 0] = ratio[period == 0]
    trending = rng.random(series) < 0.6
    growth = trending * level * rng.standard_normal(series) * log_uniform(rng, 1e-4, 3e-2, series)
    damp = np.where(rng.random(series) < 0.5, 1.0, rng.uniform(0.8, 1.0, series))
    alpha = rng.random(series) ** 1.5
    beta = trending * alpha * rng.random(series) ** 2 * 0.3
    gamma = (1 - alpha) * rng.random(series) ** 2 * 0.5
    noise = log_uniform(rng, 5e-3, 0.2, series)
    relative = ratio | (rng.random(series) < 0.3)
    e = rng.standard_normal((steps, series)) * noise
    models = SmoothingModels(
        level, growth, pattern, np.maximum(period, 1), alpha, beta, gamma, damp, relative, ratio
    )
    return Draw(models.values(e).T.copy(), one_season(period))


@dataclass(frozen=True)
class SmoothingModels:
    """ETS models, one for each series, as `smoothing` draws them: the first state (`level`,
    `growth`, and the season `pattern` of `period` steps, at least 1), the rates α, β and γ and the
    damping φ (`damp`).

    `relative` is True if errors are a share of the mean (additive errors are shares of the first
    level), `ratio` if the season is multiplicative.
    """

    level: Float[np.ndarray, " series"]
    growth: Float[np.ndarray, " series"]
    pattern: Float[np.ndarray, "period series"]
    period: Int[np.ndarray, " series"]
    alpha: Float[np.ndarray, " series"]
    beta: Float[np.ndarray, " series"]
    gamma: Float[np.ndarray, " series"]
    damp: Float[np.ndarray, " series"]
    relative: Bool[np.ndarray, " series"]
    ratio: Bool[np.ndarray, " series"]

    def values(self, e: Float[np.ndarray, "time series"]) -> Float[np.ndarray, "time series"]:
        """The values for these errors.

        A mean below a thousandth of the first level is raised to that, so that multiplicative forms
        stay positive.

        >>> one, no = np.ones(1), np.zeros(1)
        >>> models = SmoothingModels(
        ...     one, no, no[None], one.astype(int), 0.5 * one, no, no, one, no > 0, no > 0
        ... )
        >>> models.values(np.array([[1.0], [0.0]])).ravel().tolist()
        [2.0, 1.5]
        """
        level, growth, season, ratio = self.level, self.growth, self.pattern.copy(), self.ratio
        column = np.arange(len(level))
        y = np.empty_like(e)
        floor = 1e-3 * self.level
        for t in range(len(e)):
            now = t % self.period
            s = season[now, column]
            base = level + self.damp * growth
            base = np.where(self.relative | ratio, np.maximum(base, floor), base)
            mean = np.where(ratio, base * s, base + s)
            error = e[t] * np.where(self.relative, mean, self.level)
            y[t] = mean + error
            state = np.where(ratio, error / np.where(ratio, s, 1), error)
            level = base + self.alpha * state
            growth = self.damp * growth + self.beta * state
            season[now, column] = s + self.gamma * np.where(ratio, error / base, error)
        return y


def season_pattern(
    rng: np.random.Generator, period: Int[np.ndarray, " series"], longest: int
) -> Float[np.ndarray, "period series"]:
    """Draw patterns of mean 0 and standard deviation 1 over one period, a column for each series; 0
    beyond the period.

    Half are sums of up to six harmonics with weights 1/h, half have an independent normal number at
    each place.

    >>> p = season_pattern(np.random.default_rng(0), np.array([4, 7]), 7)
    >>> p.shape, [round(float(p[:n, k].std()), 6) for k, n in enumerate((4, 7))]
    ((7, 2), [1.0, 1.0])
    """
    series = len(period)
    place = np.arange(longest)[:, None]
    inside = place < period
    wave = np.zeros((longest, series))
    for h in range(1, 7):
        angle = 2 * np.pi * h * place / np.maximum(period, 1) + rng.uniform(0, 2 * np.pi, series)
        wave += rng.standard_normal(series) / h * np.cos(angle)
    rough = rng.standard_normal((longest, series))
    pattern = np.where(rng.random(series) < 0.5, wave, rough) * inside
    count = np.maximum(inside.sum(axis=0), 1)
    pattern = (pattern - pattern.sum(axis=0) / count) * inside
    return pattern / np.maximum(np.sqrt((pattern**2).sum(axis=0) / count), 1e-6)
