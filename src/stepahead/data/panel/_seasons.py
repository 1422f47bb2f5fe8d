"""Seasons of a panel: candidates come from the calendar of its frequency, and a test of the values
selects among them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from ._panel import Panel

CHANCE = 0.005
"""The significance level of the test: the largest probability of such a season in noise or in a
random walk."""
_SERIES = 20
"""The most series and channels that are tested."""
_CYCLES = 100
"""The most cycles, the latest ones, that are tested."""
_WAVES = (1, 3, 12)
"""Numbers of harmonics of a season (its length over 1, 2, ...) that are tested together: few for a
smooth season, many for one with sharp peaks."""
_QUARTER = 0.25
"""The share of the tested series in which a season must be significant."""
_ROUNDING = 1e-9
"""The largest residual that rounding errors leave of values of size 1."""
_SEEN = 0.5
"""The share of steps that must have an observed value, among places of the season that ever have
one: closed hours do not count as gaps."""


def season_of(panel: Panel) -> int:
    """Return the default season: the shortest of the frequency, or 1 if the median series is
    shorter than two of it.

    >>> from stepahead.data import Frequency
    >>> [
    ...     season_of(Panel.from_arrays(np.zeros((1, n)), frequency=Frequency.integer(season=12)))
    ...     for n in (23, 24)
    ... ]
    [1, 12]
    """
    season = panel.frequency.season
    return season if fits_twice(panel, season) else 1


def fits_twice(panel: Panel, season: float) -> bool:
    """Return True if the median series contains two seasons of this length."""
    return bool(np.median(panel.lengths) >= 2 * season)


def seasons(panel: Panel) -> tuple[int, ...]:
    r"""Return the seasons among `panel.frequency.seasons` that are significant in the values,
    shortest first.

    A season of m steps has harmonics of m, m/2, m/3, ... steps. The trend (a line through the means
    of the seasons) and shorter seasons are removed. If there is no season, the power of the
    differenced series at such a harmonic, divided by the mean power at the L frequencies around it,
    exceeds r with probability (1 + r/L)^−L, in white noise and in a random walk alike. Fisher's
    method combines the p-values of the first harmonic, of the first 3 and of the first 12; the
    season of a series is significant if the smallest of these, times their number, is below 0.005.
    Up to 20 series of two seasons or more are tested: the panel has the season if it is significant
    in a quarter of them, or in their summed power. Positive values are replaced by their
    logarithms, and gaps are interpolated. In simulated noise and random walks a season is found in
    1 of 100 cases, in 3 of 100 if they are only two seasons long. Sources: Fisher, Statistical
    Methods for Research Workers, 21.1; Brockwell, Davis, Time Series: Theory and Methods, 10.4.

    >>> from stepahead.data import Frequency
    >>> week = np.tile([0.0, 0, 0, 0, 0, 3, 5], 6) + np.random.default_rng(0).normal(size=42)
    >>> seasons(
    ...     Panel.from_arrays(
    ...         [week], start=np.datetime64("2024-01-01"), frequency=Frequency.parse("D")
    ...     )
    ... )
    (7,)
    """
    able = [season for season in panel.frequency.seasons if fits_twice(panel, season)]
    return tuple(
        season
        for place, season in enumerate(able)
        if _shows(_sample(panel, season), season, able[:place])
    )


def season_and_longer(panel: Panel, season: int) -> tuple[int, ...]:
    r"""Return `season` (1 is none), and longer ones that are significant in the values (see
    `seasons`).

    >>> from stepahead.data import Frequency
    >>> week = np.repeat([2.0, 2, 2, 2, 2, 7, 9], 24) + np.tile(np.cos(np.arange(24) / 4), 7)
    >>> hours = Panel.from_arrays(
    ...     [np.tile(week, 4)], start=np.datetime64("2024-01-01"), frequency=Frequency.parse("h")
    ... )
    >>> season_and_longer(hours, 24), season_and_longer(hours, 168)
    ((24, 168), (168,))
    """
    longer = (each for each in seasons(panel) if each > season)
    return (*((season,) if season > 1 else ()), *longer)


def exact_seasons(panel: Panel, seasons: Sequence[int]) -> tuple[float, ...]:
    """Return these seasons with their mean length in the calendar (see `Frequency.exact_season`),
    if the median series contains two of that length.

    >>> from stepahead.data import Frequency
    >>> for steps in (104, 105):
    ...     weeks = Panel.from_arrays(
    ...         [np.zeros(steps)], start=np.datetime64("2024-01-07"), frequency=Frequency.parse("W")
    ...     )
    ...     print(exact_seasons(weeks, (52,)))
    (52,)
    (52.17857142857143,)
    """
    exact = [(season, panel.frequency.exact_season(season)) for season in seasons]
    return tuple(long if fits_twice(panel, long) else season for season, long in exact)


def describe_seasons(panel: Panel) -> str:
    """Return the seasons in words: the one that is used, with a remark if it is not significant,
    and longer significant ones.

    >>> from stepahead.data import Frequency
    >>> third = Frequency.integer(season=3)
    >>> (
    ...     describe_seasons(Panel.from_arrays([np.zeros(5)])),
    ...     describe_seasons(Panel.from_arrays([np.tile([1.0, 2.0, 5.0], 9)], frequency=third)),
    ... )
    ('season 1', 'season 3')
    >>> [describe_seasons(Panel.from_arrays([np.zeros(n)], frequency=third)) for n in (5, 6)]
    ['season 1, too short for two of 3', 'season 3, not seen in the data']
    """
    first, shown = panel.frequency.season, seasons(panel)
    if not fits_twice(panel, first):
        return f"season 1, too short for two of {first}"
    if first > 1 and first not in shown:
        return ", and ".join([f"season {first}, not seen in the data", *map(str, shown)])
    names = [str(first), *(str(each) for each in shown if each != first)]
    return (
        f"season {names[0]}"
        if len(names) == 1
        else f"seasons {', '.join(names[:-1])} and {names[-1]}"
    )


def _sample(panel: Panel, season: int) -> list[np.ndarray]:
    """The last whole seasons of some series, evenly sampled among those with two seasons and enough
    values, with gaps interpolated."""
    able = np.flatnonzero(panel.lengths >= 2 * season)
    chosen: list[np.ndarray] = []
    for number in able[:: max(1, len(able) * panel.channels // _SERIES)]:
        values = panel.series(number)
        used = values[-season * min(len(values) // season, _CYCLES) :]
        chosen += [_interpolated(one) for one in used.T if _share_seen(one, season) > _SEEN]
    return chosen[:_SERIES]


def _share_seen(values: Float[np.ndarray, " time"], season: int) -> float:
    """The share of observed values at the places of the season that ever have one.

    >>> _share_seen(np.tile([1.0, np.nan, np.nan], 4), 3)
    1.0
    """
    there = ~np.isnan(values).reshape(-1, season)
    return float(there.mean() / max(there.any(axis=0).mean(), _ROUNDING))


def _interpolated(values: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """The values with gaps interpolated linearly: positive ones as logarithms, others scaled to
    about size 1."""
    seen, at = ~np.isnan(values), np.arange(len(values))
    held = values[seen]
    held = np.log(held) if held.min() > 0 else held / (np.abs(held).max() or 1.0)
    return np.interp(at, at[seen], held)


def _shows(sample: Sequence[np.ndarray], season: int, shorter: Sequence[int]) -> bool:
    """True if the season is significant in a quarter of these series, or in all of them
    together."""
    waves = np.arange(1, min(max(1, (season - 1) // 2), _WAVES[-1]) + 1)
    every = (_powers(values, season, waves, shorter) for values in sample)
    powers = [found for found in every if found is not None]
    if not powers:
        return False
    sides = min(len(nearby) for _, nearby in powers)
    alone = [_p_value(at, nearby.mean(axis=0), len(nearby)) for at, nearby in powers]
    together = _p_value(
        np.sum([at for at, _ in powers], axis=0),
        np.sum([nearby.mean(axis=0) for _, nearby in powers], axis=0),
        sides,
    )
    return together < CHANCE or bool(np.mean(np.array(alone) < CHANCE) >= _QUARTER)


def _powers(
    values: Float[np.ndarray, " time"],
    season: int,
    waves: Int[np.ndarray, " wave"],
    shorter: Sequence[int],
) -> tuple[Float[np.ndarray, " wave"], Float[np.ndarray, "nearby wave"]] | None:
    """The power at every harmonic of the season, and at nearby frequencies; None if only rounding
    errors are left."""
    cycles = len(values) // season
    rest = _detrended(values, cycles)
    # Shorter seasons have power at harmonics of this one, so their phase means are removed first,
    # whether or not they are significant in their own, later, values.
    for length in shorter:
        phase = np.arange(len(rest)) % length
        rest = rest - (np.bincount(phase, rest) / np.bincount(phase))[phase]
    if np.abs(rest).max() < _ROUNDING:
        return None
    # Differences are used because a random walk, whose power grows towards low frequencies,
    # becomes white noise, so that neighbouring frequencies can be compared.
    transform = np.fft.rfft(rest)
    power = (np.abs(transform) * np.sin(np.pi * np.arange(len(transform)) / len(rest))) ** 2
    reach = min(max(1, cycles - 1), 4)
    at = waves * cycles
    nearby = np.array([offset for offset in range(-reach, reach + 1) if offset])[:, None] + at
    # The spectrum is mirrored at its last frequency.
    return (
        power[at] / power.mean(),
        power[np.minimum(nearby, 2 * (len(power) - 1) - nearby)] / power.mean(),
    )


def _detrended(values: Float[np.ndarray, " time"], cycles: int) -> Float[np.ndarray, " time"]:
    """The residuals from the line through the means of the cycles, whose slope is not affected by
    the season.

    >>> _detrended(np.tile([0.0, 3.0], 3) + np.arange(6), 3).round(9).tolist()
    [-1.5, 1.5, -1.5, 1.5, -1.5, 1.5]
    """
    means = values.reshape(cycles, -1).mean(axis=1)
    number = np.arange(cycles) - (cycles - 1) / 2
    slope = (number @ means) / (number @ number) / (len(values) // cycles)
    return values - values.mean() - slope * (np.arange(len(values)) - (len(values) - 1) / 2)


def _p_value(
    at: Float[np.ndarray, " wave"], nearby: Float[np.ndarray, " wave"], sides: int
) -> float:
    """The p-value of the power at the harmonics without a season, given that of `sides` frequencies
    near each."""
    logs = -sides * np.log1p(at / np.where(nearby > 0, nearby, 1.0) / sides)
    sizes = sorted({min(size, len(logs)) for size in _WAVES})
    return min(1.0, len(sizes) * min(_combined(logs[:size]) for size in sizes))


def _combined(logs: Float[np.ndarray, " wave"]) -> float:
    """Fisher's combination of independent p-values, given as logarithms: the p-value of χ² with
    twice as many degrees of freedom.

    >>> round(_combined(np.log([0.3])), 12), round(_combined(np.log([0.1, 0.1])), 4)
    (0.3, 0.0561)
    """
    # The tail of χ² with an even number of degrees of freedom is a finite Poisson sum.
    half = -float(logs.sum())
    term = total = float(np.exp(-half))
    for count in range(1, len(logs)):
        term *= half / count
        total += term
    return min(1.0, total)
