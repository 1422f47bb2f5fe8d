"""Coefficients, Fourier terms and states of the recursion, and their positions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

LAGS = 3
"""The largest number of lags of the errors e and of the ARMA errors d."""

FIRST = 2 + 2 * LAGS
"""The entries of a state before the Fourier terms: level, growth, lags and errors."""

RATES = 4 + 2 * LAGS
"""The coefficients before those of the seasons: ω, α, β, φ, those of lags and of errors."""


@dataclass(frozen=True, eq=False)
class Waves:
    """The Fourier terms of every series, shortest season first: `angle` in radians per step, and
    the index of the `season`, −1 after the last."""

    angle: Float[np.ndarray, "series wave"]
    season: Int[np.ndarray, "series wave"]

    def take(self, which: np.ndarray) -> "Waves":
        """Return those of some series."""
        return Waves(self.angle[which], self.season[which])


def most_waves(seasons: tuple[float, ...]) -> tuple[int, ...]:
    """Return the largest number of harmonics of each season."""
    return tuple(len(_own(seasons, place)) for place in range(len(seasons)))


def waves_of(seasons: tuple[float, ...], count: Int[np.ndarray, "series season"]) -> Waves:
    """Return this number of harmonics of each season, without those that a shorter season has
    already.

    >>> waves_of((4, 8), np.array([[2, 1]])).season.tolist()
    [[0, 0, 1]]
    """
    width = int(count.sum(axis=1).max(initial=0))
    angle, season = np.zeros((len(count), width)), np.full((len(count), width), -1)
    begin = np.zeros(len(count), np.int64)
    for place in range(len(seasons)):
        own = _own(seasons, place)
        for wave in range(int(count[:, place].max(initial=0))):
            some = np.flatnonzero(count[:, place] > wave)
            angle[some, begin[some] + wave], season[some, begin[some] + wave] = own[wave], place
        begin += count[:, place]
    return Waves(angle, season)


def _own(seasons: tuple[float, ...], place: int) -> list[float]:
    """The angles of a season's harmonics, without those of shorter seasons."""
    season = seasons[place]
    ratio = np.arange(1, int(season / 2) + 1) / season
    shared = [np.abs(ratio * m - np.round(ratio * m)) < 1e-9 * m for m in seasons[:place]]
    kept = ratio[~np.any(shared, axis=0)] if shared else ratio
    return (2 * np.pi * kept).tolist()


def powered(values: np.ndarray, omega: np.ndarray, mean_log: np.ndarray) -> np.ndarray:
    """Return (y^ω − 1) / ω, the log if ω is 0, divided by the derivative at the geometric mean, so
    that the errors of all powers have the same unit. If ω is 1, the value itself."""
    plain = omega == 1
    size = np.log(np.where(~plain & (values > 0), values, np.nan))
    near = omega < 1e-8
    power = np.where(near, size, np.expm1(omega * size) / np.where(near, 1.0, omega))
    return np.where(plain, values, power * np.exp((1 - omega) * mean_log))


def unpowered(values: np.ndarray, omega: np.ndarray, mean_log: np.ndarray) -> np.ndarray:
    """Return the values with these transformed values; 0 below the transform of 0."""
    plain, near = omega == 1, omega < 1e-8
    power = values * np.where(plain, 1.0, np.exp((omega - 1) * mean_log))
    with np.errstate(divide="ignore"):
        size = np.where(near, power, np.log(np.maximum(1 + omega * power, 0.0)))
    size = np.where(near, size, size / np.where(near, 1.0, omega))
    return np.where(plain, values, np.exp(np.where(plain, 0.0, size)))


class Recursion:
    """The recursion of many series and lanes of coefficients at a time: level l, growth b, Fourier
    terms (s, u), and d, the ARMA error by which they are updated.

    ŷ = l + φb + Σs + Σϕ_i d_i + Σθ_i e_i; e = y − ŷ; d = Σϕ_i d_i + Σθ_i e_i + e; l ← l + φb + αd;
    b ← φb + βd; and each Fourier term is rotated by its angle after s ← s + γd, with the γ of its
    season.
    """

    def __init__(self, rates: Float[np.ndarray, "series lane rate"], waves: Waves):
        used, place = waves.season >= 0, np.maximum(waves.season, 0)

        gains = np.take_along_axis(rates[..., RATES:], place[:, None], axis=2)
        self.rates, self.wide, self.used = rates, waves.angle.shape[1], used[:, None]
        self.gain = np.where(self.used, gains, 0.0)
        turn = np.sin(waves.angle)[:, None]
        self.cosine, self.sine = np.cos(waves.angle)[:, None], np.where(abs(turn) < 1e-12, 0, turn)

    def expected(self, x: np.ndarray) -> np.ndarray:
        """Return the expected transformed value of this step, `[series, lane]`, for states with one
        more axis."""
        waves = np.sum(x[..., FIRST : FIRST + self.wide] * self.used, axis=-1)
        return x[..., 0] + self.rates[..., 3] * x[..., 1] + waves + self._arma(x)

    def moved(self, x: np.ndarray, error: np.ndarray) -> np.ndarray:
        """Return the state after a step with this error."""
        d, phi = error + self._arma(x), self.rates[..., 3]
        new = np.empty(np.broadcast_shapes(x.shape, (*d.shape, 1)))
        new[..., 0] = x[..., 0] + phi * x[..., 1] + self.rates[..., 1] * d
        new[..., 1] = phi * x[..., 1] + self.rates[..., 2] * d
        new[..., 3:FIRST] = x[..., 2 : FIRST - 1]
        new[..., 2], new[..., 2 + LAGS] = d, error
        s, u = x[..., FIRST : FIRST + self.wide], x[..., FIRST + self.wide :]
        a, b = s + self.gain * d[..., None], u
        new[..., FIRST : FIRST + self.wide] = a * self.cosine + b * self.sine
        new[..., FIRST + self.wide :] = b * self.cosine - a * self.sine
        return new

    def _arma(self, x: np.ndarray) -> np.ndarray:
        return np.sum(self.rates[..., 4:RATES] * x[..., 2:FIRST], axis=-1)
