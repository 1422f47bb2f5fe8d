"""Autoregression without JAX as one more candidate of the automatic choice: does the combination
gain by it?

On samples of some sets, training parts alone, whose last horizon is held back: the MASE there, and
at the rolling origins of the choice that of the combination and of the candidate alone; without the
candidate, with all lags up to a season and one (four without a season), the same of logs, and lags
1, 2, a season and one more of logs.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/autoregression.py ["M3 monthly" ...]
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sets import Set, sets

import stepahead as sa
from stepahead.classical import LocalFit, OnSeries, Rows
from stepahead.data import Panel, season_of, without_last_steps
from stepahead.evaluation import seasonal_naive_mae
from stepahead.forecasting import Autoregression, LocalMethod
from stepahead.workflow import Candidate, candidates

SAMPLE = {
    "classics monthly": 9,
    "souvenirs": 1,
    "aus_arrivals": 4,
    "classics quarterly": 9,
    "M3 quarterly": 60,
    "tourism quarterly": 40,
    "M3 yearly": 80,
    "M3 monthly": 40,
}
"""Series of each set that are drawn."""


@dataclass(frozen=True, eq=False)
class LoggedFit(LocalFit):
    """A fit of the logs of the series that are always positive (`able`)."""

    inside: LocalFit
    able: np.ndarray

    def ahead(
        self, skip: np.ndarray, horizon: int, probabilities: tuple[float, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `LocalFit.ahead`."""
        mean, ends = self.inside.ahead(skip, horizon, probabilities)
        with np.errstate(over="ignore"):
            mean = np.where(self.able[:, None], np.exp(mean), mean)
            return mean, np.where(self.able[:, None, None], np.exp(ends), ends)

    def one_step(self, rows: Rows) -> np.ndarray:
        """As `LocalFit.one_step`; nobody asks for it here."""
        raise NotImplementedError

    def advanced(self, rows: Rows) -> "LoggedFit":
        """As `LocalFit.advanced`."""
        return replace(self, inside=self.inside.advanced(logs(rows, self.able)))

    def forms(self) -> list[str]:
        """Those of the fit inside."""
        return self.inside.forms()


@dataclass(frozen=True, repr=False)
class Logged(LocalMethod):
    """A local method on logs, where a series is always positive."""

    inside: LocalMethod

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        able = np.fmin.reduceat(rows.values, rows.offsets[:-1]) > 0
        return LoggedFit(self.inside.fit_rows(logs(rows, able), season, on_event), able)


def logs(rows: Rows, able: np.ndarray) -> Rows:
    """The rows with the logs of these series."""
    values, on = rows.values.copy(), rows.each(able.astype(float)) > 0
    with np.errstate(all="ignore"):
        values[on] = np.log(values[on])
    return Rows(values, rows.offsets)


def every(season: int) -> tuple[int, ...]:
    """All lags up to a season and one more."""
    return tuple(range(1, season + 2)) if season > 1 else (1, 2, 3, 4)


def few(season: int) -> tuple[int, ...]:
    """Four lags."""
    return (1, 2, season, season + 1) if season > 1 else (1, 2)


TRIED: dict[str, Callable[[int], LocalMethod] | None] = {
    "without": None,
    "all lags": lambda season: Autoregression(every(season)),
    "all, logs": lambda season: Logged(Autoregression(every(season))),
    "four, logs": lambda season: Logged(Autoregression(few(season))),
}


def choosing(
    make: Callable[[int], LocalMethod] | None,
) -> Callable[[Panel, int, int], tuple[Candidate, ...]]:
    """The candidates of the automatic choice, and this one."""

    def choose(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
        field = candidates(panel, horizon, season)
        if make is None:
            return field
        spec = make(season)

        def fit(history: Panel, key: object, on_event: object) -> object:
            return spec.fitted(history, horizon, key=key, season=season, on_event=on_event)

        return (*field, Candidate("ar", fit, compiled=False))

    return choose


def compared(one: Set) -> None:
    """Print a line for everything tried on one set."""
    horizon, count = one.horizon, len(one.train)
    drawn = np.random.default_rng(0).choice(count, min(SAMPLE[one.name], count), replace=False)
    panel = one.train.take(np.sort(drawn))
    panel = panel.take(np.flatnonzero(panel.lengths > horizon + 10))
    inner = without_last_steps(panel, np.full(len(panel), horizon))
    actual = np.stack([panel.series(number)[-horizon:, 0] for number in range(len(panel))])
    scale = seasonal_naive_mae(inner, one.season)[:, 0]
    for name, make in TRIED.items():
        done = sa.auto(
            inner,
            horizon,
            key=0,
            clock=lambda: 0.0,
            choose_from=choosing(make),
            season=season_of(inner),
        )
        error = np.nanmean(np.abs(done.forecaster.predict().mean[..., 0] - actual), axis=1) / scale
        board = {row.name: row.mase for row in done.leaderboard}
        alone = f"{board['ar']:.4f}" if "ar" in board else "–"
        print(
            f"{one.name:20s}{name:12s} held out {np.nanmean(error[np.isfinite(error)]):.4f}"
            f"   at the origins: combination {board['combination']:.4f}, alone {alone}",
            flush=True,
        )


def main() -> None:
    """Print every set that was asked for."""
    for name in sys.argv[1:] or SAMPLE:
        compared(next(one for one in sets(name) if one.name == name))


if __name__ == "__main__":
    main()
