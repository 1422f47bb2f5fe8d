"""Exponential smoothing in NumPy, for use without native code: the same recursion and search,
vectorised over series. The equations are those of `native/series/ets.h`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float

from ._ets_admissible import admissible
from ._ets_forms import NAMES
from ._ets_start import starts
from ._least_squares import Box, least_squares
from ._rows import Rows

if TYPE_CHECKING:
    from ._ets import ETSFit

LONGEST = 24
UNDAMPED = 4.0
ALPHA, SHARE, PHI = (0.05, 0.2, 0.5, 0.85), (0.02, 0.25), (0.9, 0.97)


class Form(NamedTuple):
    """A form as error, trend and season."""

    factor: bool
    trend: str
    season: str
    damped: bool

    @classmethod
    def of(cls, code: int) -> "Form":
        """Return the form of that number."""
        error, trend, season = NAMES[code].split(",")
        return cls(error == "M", trend[0], season, trend.endswith("d"))

    @property
    def factors(self) -> bool:
        """True if it needs values above 0."""
        return self.factor or "M" in (self.trend, self.season)


class States(NamedTuple):
    """Level, growth, and the season by phase, each `[series, lane]`."""

    level: np.ndarray
    growth: np.ndarray
    season: np.ndarray


def step(
    form: Form, rates: np.ndarray, now: States, place: int, y: np.ndarray | None
) -> tuple[States, np.ndarray]:
    """Do one step: return the states after it, and the forecast; a missing y counts as an error of
    0."""
    alpha, beta, gamma, phi = rates
    with np.errstate(all="ignore"):
        grown = now.growth**phi if form.trend == "M" else phi * now.growth
        q = {"N": now.level, "A": now.level + grown, "M": now.level * grown}[form.trend]
        s = now.season[place] if form.season != "N" else np.float64(0)
        told = q * s if form.season == "M" else q + s
        if y is None:
            y = told
        e = np.where(np.isnan(y), 0.0, y - told)
        inner = e / s if form.season == "M" else e
        growth = grown + beta * (inner / now.level if form.trend == "M" else inner)
        if form.season != "N":
            now.season[place] = s + gamma * (e / q if form.season == "M" else e)
        return States(q + alpha * inner, growth, now.season), told


def run(
    form: Form, rates: np.ndarray, states: States, values: Float[np.ndarray, "series time"], m: int
) -> tuple[States, Float[np.ndarray, "series lane time"]]:
    """Run all steps of this form with these `rates` from these `states`, for a season of `m` steps;
    return the states and the forecasts."""
    told = []
    for t in range(values.shape[1]):
        states, f = step(form, rates, states, t % m, values[:, t, None])
        told.append(np.broadcast_to(f, states.level.shape))
    return states, np.stack(told, axis=2)


def _layout(form: Form, m: int, fit_states: bool) -> list[str]:
    names = ["alpha"] + ["beta"] * (form.trend != "N") + ["gamma"] * (form.season != "N")
    names += ["phi"] * form.damped
    if fit_states:
        names += ["level"] + ["growth"] * (form.trend != "N")
        names += ["season"] * (m - 1 if form.season != "N" and m <= LONGEST else 0)
    return names


def _opened(
    names: list[str], form: Form, x: np.ndarray, begin: States
) -> tuple[np.ndarray, States]:
    """Parameters `[series, lane, …]` as rates and states; those that are not among them have their
    initial values."""

    def of(name: str, otherwise: np.ndarray) -> np.ndarray:
        return x[..., names.index(name)] if name in names else otherwise

    alpha, zero = x[..., 0], np.zeros(x.shape[:2])
    rates = np.stack(
        [alpha, alpha * of("beta", zero), (1 - alpha) * of("gamma", zero), of("phi", zero + 1)]
    )
    level = of("level", zero + begin.level[:, None])
    growth = of("growth", zero + begin.growth[:, None])
    season = begin.season[:, :, None] + zero
    if "season" in names:
        free = np.moveaxis(x[..., names.index("season") :], 2, 0)
        whole = float(len(season)) if form.season == "M" else 0.0
        season = np.concatenate([free, (whole - free.sum(axis=0))[None]])
    return rates, States(level, growth, season)


def fit(
    rows: Rows, m: int, codes: np.ndarray, fit_states: bool, out: tuple[np.ndarray, ...]
) -> None:
    """As `stepahead_ets_fit` of the native code: fill form, smoothing, before, after and
    statistics."""
    values, lengths = rows.padded(), rows.lengths
    count = np.sum(~np.isnan(values), axis=1)
    positive = np.nanmin(values, axis=1) > 0
    lowest = np.full(len(rows), np.inf)
    for code in codes:
        form = Form.of(code)
        bears = positive | (not form.factors)
        begin, whole = starts(values, lengths, m, form.trend, form.season, form.factors)
        if form.season != "N":
            bears = bears & (m > 1) & (lengths >= 2 * m) & whole
        names = _layout(form, m, True)
        k = len(_layout(form, m, False)) + 1 + (form.trend != "N") + 1
        k += m - 1 if form.season != "N" else 0
        if len(codes) > 1:
            bears = bears & (count - k - 1 > 0)
        which = np.flatnonzero(bears)
        if not len(which):
            continue
        names = _layout(form, m, fit_states)
        own = States(begin.level[which], begin.growth[which], begin.season[:, which])
        x, total = _searched(form, names, values[which], own, m)
        rates, states = _opened(names, form, x[:, None], own)
        fine = np.isfinite(total) & np.array(
            [admissible(NAMES[code], a, b, g, phi, m) for a, b, g, phi in rates[:, :, 0].T]
        )
        n = count[which]
        value = n * np.log(np.maximum(total / n, 1e-300))
        judged = value.copy()
        if len(codes) > 1:
            judged += 2 * k + 2 * k * (k + 1) / (n - k - 1)
            judged += UNDAMPED * (form.trend != "N" and not form.damped)
        wins = fine & (judged < lowest[which])
        _write(out, which, wins, code, m, (rates, states, values[which], value, k))
        lowest[which[wins]] = judged[wins]


def _write(
    out: tuple[np.ndarray, ...],
    which: np.ndarray,
    wins: np.ndarray,
    code: int,
    m: int,
    found: tuple[np.ndarray, States, np.ndarray, np.ndarray, int],
) -> None:
    """Store fits that are better than earlier ones."""
    rates, states, values, value, k = found
    form, chosen, n = Form.of(code), which[wins], np.sum(~np.isnan(values), axis=1)
    codes, smoothing, before, after, sums = out
    codes[chosen], smoothing[chosen] = code, rates[:, wins, 0].T
    before[chosen] = _flat(form, states, m, np.zeros(len(which), int))[wins]
    ends, told = run(form, rates, States(*(part.copy() for part in states)), values, m)
    lengths = values.shape[1] - np.argmax(~np.isnan(values[:, ::-1]), axis=1)
    if (lengths < values.shape[1]).any():  # each series ends at its own last step
        ends = _up_to(form, rates, states, values, lengths, m)
    after[chosen] = _flat(form, ends, m, lengths)[wins]
    e = values / told[:, 0] - 1 if form.factor else values - told[:, 0]
    likelihood = -0.5 * (value + n * (np.log(2 * np.pi) + 1))
    with np.errstate(divide="ignore"):
        spare = np.where(n - k - 1 > 0, 2.0 * k * (k + 1) / np.maximum(n - k - 1, 1), np.inf)
    variance = np.nansum(e**2, axis=1) / np.maximum(n - (k - 1), 1)
    sums[chosen] = np.stack([likelihood, -2 * likelihood + 2 * k + spare, variance, n], 1)[wins]


def _up_to(
    form: Form,
    rates: np.ndarray,
    states: States,
    values: np.ndarray,
    lengths: np.ndarray,
    m: int,
) -> States:
    """The states of every series after its last step."""
    kept = States(*(part.copy() for part in states))
    now = States(*(part.copy() for part in states))
    for t in range(values.shape[1]):
        now, _ = step(form, rates, now, t % m, values[:, t, None])
        at = lengths == t + 1
        kept.level[at], kept.growth[at] = now.level[at], now.growth[at]
        kept.season[:, at] = now.season[:, at]
    return kept


def _flat(form: Form, states: States, m: int, place: np.ndarray) -> np.ndarray:
    """Level, growth and season (next step first) of the first lane."""
    level = np.broadcast_to(states.level, states.season.shape[1:])[:, 0]
    growth = np.broadcast_to(states.growth, states.season.shape[1:])[:, 0]
    next_first = (np.arange(m) + place[:, None]) % m
    season = np.take_along_axis(states.season[:, :, 0].T, next_first, axis=1)
    if form.season == "N":
        season = np.zeros_like(season)
    return np.column_stack([level, growth, season])


def _searched(
    form: Form, names: list[str], values: np.ndarray, begin: States, m: int
) -> tuple[np.ndarray, np.ndarray]:
    """The parameters with the largest likelihood, and the minimum of the objective."""
    there = ~np.isnan(values)

    def residuals(left: np.ndarray, x: np.ndarray) -> np.ndarray:
        own = States(begin.level[left], begin.growth[left], begin.season[:, left])
        rates, states = _opened(names, form, x, own)
        _, f = run(form, rates, states, values[left], m)
        seen = there[left][:, None]
        with np.errstate(all="ignore"):
            if not form.factor:
                return np.where(seen, values[left][:, None] - f, 0.0)
            logs = np.sum(np.where(seen, np.log(np.where(f > 1e-10, f, np.inf)), 0), axis=2)
            size = np.exp(logs / seen.sum(axis=2))
            return np.where(seen, values[left][:, None] / f - 1, 0.0) * size[:, :, None]

    spread = np.nanstd(values, axis=1)
    box = _box(names, form, spread, begin)
    x = np.zeros((len(values), len(names)))
    place = names.index("season") if "season" in names else len(names)
    x[:, place:] = begin.season[: len(names) - place].T
    for name, value in (("level", begin.level), ("growth", begin.growth)):
        if name in names:
            x[:, names.index(name)] = value
    x = np.clip(x, box.low, box.high)
    grid = np.meshgrid(
        ALPHA, *[{"beta": SHARE, "gamma": SHARE, "phi": PHI}[n] for n in names[1:] if n in
                 ("beta", "gamma", "phi")], indexing="ij"
    )  # fmt: skip
    places = np.stack([each.ravel() for each in grid], axis=1)
    lanes = np.repeat(x[:, None], len(places), axis=1)
    lanes[:, :, : places.shape[1]] = places
    everything = np.arange(len(values))
    sums = np.sum(residuals(everything, lanes) ** 2, axis=2)
    order = np.where(np.isfinite(sums), sums, np.inf).argsort(axis=1, kind="stable")
    first = lanes[everything, order[:, 0]]
    return least_squares(residuals, first, box)


def _box(names: list[str], form: Form, spread: np.ndarray, begin: States) -> Box:
    shape = (len(spread), len(names))
    low, high, step = np.full(shape, 1e-4), np.full(shape, 1 - 1e-4), np.full(shape, 1e-6)
    far = 50 * spread + np.abs(begin.level)
    for place, name in enumerate(names):
        if name == "phi":
            low[:, place], high[:, place] = 0.8, 0.98
        factor = {"growth": form.trend == "M", "season": form.season == "M"}.get(name, False)
        if name in ("level", "growth", "season"):
            low[:, place] = 1e-3 if factor else -np.inf if name == "season" else -far
            high[:, place] = np.inf if name == "season" else 4.0 if factor else far
            step[:, place] = 1e-6 * (1.0 if factor else spread)
        if name == "level" and form.factors:
            low[:, place] = 1e-10
    return Box(low, high, step)


def smooth(
    fit: "ETSFit",
    rows: Rows,
    states: Float[np.ndarray, "series state"],
    after: Float[np.ndarray, "series state"],
    told: Float[np.ndarray, " total"],
) -> None:
    """As `stepahead_ets_filter` of the native code: fill `after` and `told`."""
    values, lengths, m = rows.padded(), rows.lengths, fit.season
    inside = np.arange(values.shape[1]) < lengths[:, None]
    for code in np.unique(fit.form):
        which, form = np.flatnonzero(fit.form == code), Form.of(code)
        rates, begin = _of_fit(fit, which, states)
        _, f = run(form, rates, States(*(p.copy() for p in begin)), values[which], m)
        ends = _up_to(form, rates, begin, values[which], lengths[which], m)
        after[which] = _flat(form, ends, m, lengths[which])
        whole = np.zeros(values.shape)
        whole[which] = f[:, 0]
        mine = np.repeat(fit.form == code, lengths)
        told[mine] = whole[inside][mine]


def components(
    fit: "ETSFit", rows: Rows
) -> tuple[Float[np.ndarray, " total"], Float[np.ndarray, " total"]]:
    """Return the forecast of every step without season, and the season."""
    values, m = rows.padded(), fit.season
    trend, season = np.zeros(values.shape), np.zeros(values.shape)
    for code in np.unique(fit.form):
        which, form = np.flatnonzero(fit.form == code), Form.of(code)
        rates, now = _of_fit(fit, which, fit.before)
        for t in range(values.shape[1]):
            s = now.season[t % m].copy() if form.season != "N" else np.zeros((len(which), 1))
            now, told = step(form, rates, now, t % m, values[which, t, None])
            season[which, t] = s[:, 0]
            trend[which, t] = (told / s if form.season == "M" else told - s)[:, 0]
    inside = np.arange(values.shape[1]) < rows.lengths[:, None]
    return trend[inside], season[inside]


def _of_fit(fit: "ETSFit", which: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, States]:
    own = states[which]
    rates = fit.smoothing[which].T[:, :, None]
    return rates, States(own[:, :1].copy(), own[:, 1:2].copy(), own[:, 2:].T[:, :, None].copy())


def forecast(
    fit: "ETSFit",
    skip: np.ndarray,
    at: np.ndarray,
    scores: np.ndarray,
    drawn: np.ndarray,
    mean: np.ndarray,
    ends: np.ndarray,
) -> None:
    """As `stepahead_ets_forecast` of the native code: fill `mean` and `ends`."""
    m, horizon = fit.season, mean.shape[1]
    steps = int(skip.max(initial=0)) + horizon
    told = skip[:, None] + np.arange(horizon)
    for code in np.unique(fit.form):
        which, form = np.flatnonzero(fit.form == code), Form.of(code)
        rates, now = _of_fit(fit, which, fit.after)
        points = run(form, rates, now, np.full((len(which), steps), np.nan), m)[1][:, 0]
        mean[which] = np.take_along_axis(points, told[which], axis=1)
        if not len(at):
            continue
        sigma = np.sqrt(fit.sums[which, 2])
        if form.factors:
            spread = _followed(form, rates, _of_fit(fit, which, fit.after)[1], sigma, drawn, at, m)
        else:
            spread = points[:, :, None] + _normal(rates, sigma, steps, form, m) * scores
        ends[which] = np.take_along_axis(spread, told[which][:, :, None], axis=1)


def _normal(
    rates: np.ndarray, sigma: np.ndarray, steps: int, form: Form, m: int
) -> Float[np.ndarray, "series step 1"]:
    alpha, beta, gamma, phi = rates
    ahead = np.arange(1, steps)
    c = alpha + beta * np.cumsum(phi**ahead, axis=1) * (form.trend != "N")
    c = c + gamma * ((ahead % m == 0) & (form.season != "N"))
    before = np.concatenate([np.ones((len(sigma), 1)), c**2], axis=1)
    return (sigma[:, None] * np.sqrt(np.cumsum(before, axis=1)))[:, :, None]


def _followed(
    form: Form,
    rates: np.ndarray,
    now: States,
    sigma: np.ndarray,
    drawn: np.ndarray,
    at: np.ndarray,
    m: int,
) -> Float[np.ndarray, "series step probability"]:
    now = States(*(np.repeat(part, drawn.shape[1], axis=-1) for part in now))
    found = []
    for t, z in enumerate(drawn):
        _, f = step(form, rates, States(now.level, now.growth, now.season.copy()), t % m, None)
        share = sigma[:, None] * z
        y = f * np.maximum(1 + share, 1e-6) if form.factor else f + share
        now, _ = step(form, rates, now, t % m, y)
        found.append(np.quantile(y, at, axis=1, method="hazen").T)
    return np.stack(found, axis=1)
