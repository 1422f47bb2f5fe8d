"""The search for the form and the coefficients of TBATS for many series."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .._least_squares import Box, Slopes, lowered
from .._rows import Rows
from ._errors import Errors
from ._model import LAGS, RATES, Waves, most_waves, waves_of

MOST = 40
"""The most harmonics of a season: the cost grows with their square."""

BEGIN = 5
"""The number of harmonics of each season at the start of a search."""

NEIGHBOURS = ((1, 0), (0, 1), (1, 1))
"""Steps from one order of ARMA errors to the next."""

LESS = 0.1
"""The factor of the usual rates of seasons at the second start."""

RIDGE = 1e-11
"""Added to the equations of the initial states, relative to their diagonal, because some may be
collinear."""

TOGETHER = 1e-9
"""The same when numbers of harmonics are compared: with gaps some of them may be collinear."""

LAST = 1 << 30
"""The index of harmonics that a number of harmonics leaves out."""

STEP = 1e-6
"""The step of finite differences."""

ROUNDS = 5
"""Steps of a search for coefficients while forms are compared, ..."""

POLISH = 40
"""... and for the selected form."""

TURNS = 2
"""The most times that orders of ARMA errors are changed, after 1 and 0."""

POWER, TREND, P, Q = range(4)
"""Columns of a form: 1 for a power; 0 for no trend, 1 for a linear one, 2 for a damped one; and the
orders of the ARMA errors."""

NUMBERS = np.array(
    [
        [0.0, 0.5, 1.0],  # ω: lower bound, start, upper bound
        [0.0, 0.1, 1.5],  # α
        [0.0, 0.01, 0.5],  # β
        [0.8, 0.95, 0.995],  # φ
        *[[-0.98, 0.0, 0.98]] * (2 * LAGS),  # partial autocorrelations of lags and errors
    ]
)

RATE = np.array([0.0, 0.2, 2.0])
"""The same for the rate of a season, times its steps: a harmonic has a memory of at least a
season."""


@dataclass(eq=False)
class Chosen:
    """The best form of every series so far: its AICc, the number of harmonics of each season, and
    the numbers that were searched: those of `NUMBERS`, and the rates of the seasons."""

    criterion: Float[np.ndarray, " series"]
    form: Int[np.ndarray, "series 4"]
    count: Int[np.ndarray, "series season"]
    x: Float[np.ndarray, "series number"]


class Search:
    """Series that are searched, their seasons, and the best forms so far."""

    def __init__(self, rows: Rows, mean_log: np.ndarray, seasons: tuple[float, ...]):
        self.rows, self.mean_log, self.seasons = rows, mean_log, seasons
        size, there = len(rows), ~np.isnan(rows.values)
        self.seen = rows.total(there.astype(np.float64))
        lowest = rows.total(np.where(there, rows.values, np.inf), np.minimum)
        self.positive = np.flatnonzero(lowest > 0)
        twice = rows.lengths[:, None] >= 2 * np.array(seasons)
        room = np.maximum(self.seen / (6 * max(len(seasons), 1)), 1).astype(np.int64)
        self.most = np.minimum(
            np.where(twice, np.minimum(most_waves(seasons), MOST).astype(np.int64), 0),
            room[:, None],
        )
        self.bounds = np.vstack([NUMBERS, RATE / np.array(seasons)[:, None]])
        self.best = Chosen(
            np.full(size, np.inf),
            np.tile([0, 0, 1, 0], (size, 1)),
            np.minimum(self.most, BEGIN),
            np.tile(self.bounds[:, 1], (size, 1)),
        )

    def found(self) -> Chosen:
        """Return the form of every series, selected one part after the other: power, harmonics,
        ARMA errors, trend, and again harmonics and power, since the errors have changed."""
        every = np.arange(len(self.rows))
        self._try(every)
        self._try(self.positive, (POWER, 1))
        self._waves()
        self._orders()
        for trend in (1, 2):
            self._try(every, (TREND, trend))
        self._waves()
        for power in (0, 1):
            self._try(self.positive[self.best.form[self.positive, POWER] != power], (POWER, power))
        self._try(every, rounds=POLISH)
        return self.best

    def _waves(self) -> None:
        """Select the number of harmonics of one season after the other, at the present coefficients
        and with constant seasons: errors are then linear in the initial states, and one regression
        on all harmonics gives the sum of squares for every number. Then fit the coefficients
        again."""
        every, count = np.arange(len(self.rows)), self.best.count.copy()
        x = self.best.x.copy()
        x[:, RATES:] = 0.0
        given = self._errors(every, self.most)
        nothing = np.zeros((len(every), 0)), np.zeros((len(every), given.size))
        all_waves = given.slopes(rates_of(x)[:, None], *nothing)
        for season in range(len(self.seasons)):
            squares = nested_squares(all_waves, given.waves.season, count, season)
            numbers = np.arange(squares.shape[1])
            tried = np.repeat(count[None], len(numbers), axis=0)
            tried[:, :, season] = numbers[:, None]
            criterion = np.array(
                [
                    self._criterion(every, self.best.form, each, own)
                    for each, own in zip(tried, squares.T, strict=True)
                ]
            )
            able = numbers[:, None] <= self.most[:, season]
            count[:, season] = np.where(able, criterion, np.inf).argmin(axis=0)
        changed = np.flatnonzero((count != self.best.count).any(axis=1))
        self._try(changed, count=count[changed])

    def _orders(self) -> None:
        """Increase the orders of ARMA errors while that helps; set them to none if that is
        better."""
        left = np.arange(len(self.rows))
        for _ in range(TURNS):
            helped = np.zeros(len(self.rows), bool)
            begin = self.best.form[left, P:].copy()
            for change in NEIGHBOURS:
                new = begin + change
                able = ((new >= 0) & (new <= LAGS)).all(axis=1)
                some = left[able]
                form = self.best.form[some].copy()
                form[:, P:] = new[able]
                helped[some] |= self._try(some, form=form)
            left = np.flatnonzero(helped)
        some = np.flatnonzero(self.best.form[:, P:].any(axis=1))
        form = self.best.form[some].copy()
        form[:, P:] = 0
        self._try(some, form=form)

    def _try(
        self,
        which: np.ndarray,
        change: tuple[int, int] | None = None,
        *,
        form: np.ndarray | None = None,
        count: np.ndarray | None = None,
        rounds: int = ROUNDS,
    ) -> np.ndarray:
        """Fit these series in these forms, keep those that are better, and return a mask of
        them."""
        form = self.best.form[which].copy() if form is None else form
        if change is not None:
            form[:, change[0]] = change[1]
        count = self.best.count[which] if count is None else count
        x, criterion = self._fitted(which, form, count, rounds)
        better = criterion < self.best.criterion[which] - 1e-9
        to = which[better]
        self.best.criterion[to], self.best.x[to] = criterion[better], x[better]
        self.best.form[to], self.best.count[to] = form[better], count[better]
        return better

    def _fitted(
        self, which: np.ndarray, form: np.ndarray, count: np.ndarray, rounds: int
    ) -> tuple[Float[np.ndarray, "series number"], Float[np.ndarray, " series"]]:
        """The numbers of a form for each of these series, starting from their best so far, and the
        AICc; without `rounds` the present numbers."""
        x, criterion = np.zeros((len(which), len(self.bounds))), np.zeros(len(which))
        for kind in np.unique(form, axis=0):
            some = np.flatnonzero((form == kind).all(axis=1))
            x[some], criterion[some] = self._of_form(which[some], kind, count[some], rounds)
        return x, criterion

    def _of_form(
        self, which: np.ndarray, kind: np.ndarray, count: np.ndarray, rounds: int
    ) -> tuple[Float[np.ndarray, "series number"], Float[np.ndarray, " series"]]:
        """The same if all series have one form."""
        x, free = self._begin(which, kind, count)
        x[:, RATES:] *= rounds > 0
        given = self._errors(which, count)
        squares = first_states(given, rates_of(x))[1]
        if rounds:
            lost = np.isinf(squares)  # the numbers of another form are not admissible
            x[lost, 4:RATES], x[lost, RATES:] = 0.0, LESS * self.bounds[RATES:, 1]
            one = Profile(given, x.copy(), free)
            low, high = (np.tile(self.bounds[free, side], (len(x), 1)) for side in (0, 2))
            box = Box(low, high, np.full(low.shape, STEP))
            x[:, free] = lowered(one.around, one.squares, x[:, free], box, rounds)[0]
            squares = first_states(given, rates_of(x))[1]
        return x, self._criterion(which, np.tile(kind, (len(which), 1)), count, squares)

    def _criterion(
        self, which: np.ndarray, form: np.ndarray, count: np.ndarray, squares: np.ndarray
    ) -> Float[np.ndarray, " series"]:
        """The AICc."""
        seen = self.seen[which]
        size = parameters(form, count, waves_of(self.seasons, count))
        spare = np.maximum(seen - size - 1, 0.1)
        criterion = seen * np.log(np.maximum(squares / seen, 1e-300)) + 2 * size * seen / spare
        return np.where(seen > size + 1, criterion, np.inf)

    def _errors(self, which: np.ndarray, count: np.ndarray) -> Errors:
        waves = waves_of(self.seasons, count)
        return Errors(self.rows.take(which), self.mean_log[which], waves, len(self.seasons))

    def _begin(
        self, which: np.ndarray, kind: np.ndarray, count: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Numbers from which a search starts, and a mask of those that are free."""
        x = self.best.x[which].copy()
        on = np.zeros(x.shape[1], bool)
        on[0], on[1], on[2], on[3] = kind[POWER], True, kind[TREND] > 0, kind[TREND] == 2
        on[4 : 4 + kind[P]] = on[4 + LAGS : 4 + LAGS + kind[Q]] = True
        on[RATES:] = (count > 0).any(axis=0)
        fixed = self.bounds[:, 1] * ~on
        fixed[[0, 3]] = 1.0, float(kind[TREND] > 0)
        fixed[2] = 0.0
        x = np.where(on, x, fixed)
        was = self.best.form[which]
        for place, column, value in ((0, POWER, 1), (3, TREND, 2)):
            if on[place]:
                x[:, place] = np.where(was[:, column] == value, x[:, place], self.bounds[place, 1])
        if on[2]:
            x[:, 2] = np.where(was[:, TREND] > 0, x[:, 2], self.bounds[2, 1])
        return x, np.flatnonzero(on)


def first_states(
    given: Errors, rates: Float[np.ndarray, "series rate"]
) -> tuple[Float[np.ndarray, "series state"], Float[np.ndarray, " series"]]:
    """Return the initial states with the smallest sums of squares, and these; infinite for
    coefficients whose errors have growing effects."""
    start = best_states(given, rates, turns=2)
    return start, given.squares(rates[:, None], start[:, None])[:, 0]


def best_states(
    given: Errors, rates: Float[np.ndarray, "series rate"], turns: int = 1
) -> Float[np.ndarray, "series state"]:
    """Return the initial states with the smallest sums of squares, for the coefficients `rates`;
    more `turns` reduce rounding errors."""
    start, none = np.zeros((len(rates), given.size)), np.zeros((len(rates), 0))
    for _ in range(turns):
        slopes = given.slopes(rates[:, None], none, start)
        start[:, given.free] -= _solved(slopes.curve, slopes.uphill[:, :, None])[:, :, 0]
    return start


def _solved(
    curve: Float[np.ndarray, "series place place"], right: Float[np.ndarray, "series place column"]
) -> Float[np.ndarray, "series place column"]:
    good = np.isfinite(curve).all(axis=(1, 2)) & np.isfinite(right).all(axis=(1, 2))
    good = good[:, None, None]
    curve = np.where(good, curve, 0.0)
    diagonal = np.einsum("sii->si", curve)
    ridge = np.where(diagonal > 0, RIDGE * diagonal, 1.0)[:, :, None] * np.eye(curve.shape[1])
    return np.linalg.solve(curve + ridge, np.where(good, right, 0.0))


def nested_squares(
    slopes: Slopes,
    season: Int[np.ndarray, "series wave"],
    count: Int[np.ndarray, "series season"],
    place: int,
) -> Float[np.ndarray, "series number"]:
    """Return the smallest sum of squares with 0, 1, 2, ... harmonics of one season and `count` of
    the others, from the `slopes` by the initial states of all harmonics: it decreases with each
    column of a Cholesky factor."""
    begins = [np.sum((season >= 0) & (season < one), axis=1) for one in range(count.shape[1])]
    own = np.maximum(season, 0)
    rank = np.arange(season.shape[1]) - np.take_along_axis(np.stack(begins, axis=1), own, axis=1)
    kept = (season >= 0) & (rank < np.take_along_axis(count, own, axis=1))
    turn = np.where(season == place, 2 + rank, np.where(kept, 1, LAST))
    turn = np.concatenate([np.zeros((len(season), 2), np.int64), turn, turn], axis=1)
    order = np.argsort(turn, axis=1, kind="stable")  # level and growth, the others, this season
    curve = np.take_along_axis(slopes.curve, order[:, :, None], axis=1)
    curve = np.take_along_axis(curve, order[:, None], axis=2)
    uphill = np.take_along_axis(slopes.uphill, order, axis=1)
    diagonal = np.einsum("sii->si", curve)
    ridge = np.where(diagonal > 0, TOGETHER * diagonal, 1.0)[:, :, None] * np.eye(curve.shape[1])
    told = np.linalg.solve(np.linalg.cholesky(curve + ridge), uphill[:, :, None])[:, :, 0]
    less = np.cumsum(told**2, axis=1)
    numbers = np.arange(int((season == place).sum(axis=1).max(initial=0)) + 1)
    last = np.sum(turn < 2, axis=1)[:, None] + 2 * numbers - 1
    last = np.minimum(last, curve.shape[1] - 1)
    return slopes.squares[:, None] - np.take_along_axis(less, last, axis=1)


class Profile:
    """The sum of squares as a function of the `free` numbers. For each of them the initial states
    are the minimisers by the gradients of the last step: exact where a search ends, and much faster
    than solving for them at every trial."""

    def __init__(self, given: Errors, x: Float[np.ndarray, "series number"], free: np.ndarray):
        self.given, self.x, self.free = given, x, free
        self.at = x[:, free]
        self.start = best_states(given, rates_of(x))
        self.follows = np.zeros((len(x), len(given.free), len(free)))

    def around(self, left: np.ndarray, now: Float[np.ndarray, "series number"]) -> Slopes:
        """Return the sum of squares and its gradient here, with the initial states eliminated."""
        given, count = self.given.take(left), len(self.free)
        moved = np.full(now.shape, -STEP)
        lanes = np.repeat(now[:, None], count + 1, axis=1)
        lanes[:, np.arange(1, count + 1), np.arange(count)] += moved
        start = self._starts(left, now[:, None])[:, 0]
        full = given.slopes(self._rates(left, lanes), moved, start)
        cross, inner = full.curve[:, :count, count:], full.curve[:, count:, count:]
        right = np.concatenate([full.uphill[:, count:, None], cross.transpose(0, 2, 1)], axis=2)
        solved = _solved(inner, right)
        start[:, given.free] -= solved[:, :, 0]
        self.at[left], self.start[left], self.follows[left] = now, start, -solved[:, :, 1:]
        uphill = full.uphill[:, :count] - (cross @ solved[:, :, :1])[:, :, 0]
        squares = given.squares(self._rates(left, now[:, None]), start[:, None])[:, 0]
        return Slopes(squares, uphill, full.curve[:, :count, :count] - cross @ solved[:, :, 1:])

    def squares(self, left: np.ndarray, lanes: np.ndarray) -> Float[np.ndarray, "series lane"]:
        """Return the sum of squares in every lane of numbers."""
        given = self.given.take(left)
        return given.squares(self._rates(left, lanes), self._starts(left, lanes))

    def _starts(
        self, left: np.ndarray, lanes: np.ndarray
    ) -> Float[np.ndarray, "series lane state"]:
        """Initial states of every lane, by the gradients of the last step."""
        moved = lanes - self.at[left, None]
        starts = np.repeat(self.start[left, None], lanes.shape[1], axis=1)
        starts[:, :, self.given.free] += moved @ self.follows[left].transpose(0, 2, 1)
        return starts

    def _rates(self, left: np.ndarray, lanes: np.ndarray) -> np.ndarray:
        numbers = np.repeat(self.x[left, None], lanes.shape[1], axis=1)
        numbers[..., self.free] = lanes
        return rates_of(numbers)


def parameters(
    form: Int[np.ndarray, "series 4"], count: Int[np.ndarray, "series season"], waves: Waves
) -> Int[np.ndarray, " series"]:
    """Return the number of coefficients, initial states and variances."""
    rates = 1 + form[:, POWER] + form[:, TREND] + form[:, P] + form[:, Q] + (count > 0).sum(axis=1)
    turning = np.where(np.abs(waves.angle - np.pi) < 1e-9, 1, 2) * (waves.season >= 0)
    return rates + 1 + (form[:, TREND] > 0) + turning.sum(axis=1) + 1


def rates_of(x: Float[np.ndarray, "*any number"]) -> Float[np.ndarray, "*any rate"]:
    """Return the coefficients for the searched numbers: those of lags, and of errors, from their
    partial autocorrelations by the Durbin–Levinson recursion, so that they are stationary."""
    out = x.copy()
    for begin, sign in ((4, 1.0), (4 + LAGS, -1.0)):
        told = np.zeros((*x.shape[:-1], 0))
        for lag in range(LAGS):
            new = x[..., begin + lag, None] * sign
            told = np.concatenate([told - new * told[..., ::-1], new], axis=-1)
        out[..., begin : begin + LAGS] = told * sign
    return out
