"""`auto`: compare several models at rolling origins inside the series, and combine the good
ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..._check import counted, options_known, whole
from ..._extras import installed
from ..._types import Key
from ...data import Panel, missing_at_end, require_panel, season_of, without_last_steps
from ...evaluation import Backtest, Trust
from ...forecasting import (
    Combination,
    Predictor,
    Pretrained,
    RandomWalk,
    WorkItem,
    weights_at_steps,
)
from .._deadline import Deadline, still
from ._candidates import Candidate, candidates
from ._checkpoint import ComparisonCheckpoint, run_identity
from ._combining import MEDIAN_SHARE, combined, learned
from ._comparison import (
    FEWEST_ORIGINS,
    CandidateDone,
    Comparison,
    LeaderboardRow,
    compare,
    origins_inside,
    steps_before,
)
from ._trials import Trials
from ._weights import Weights
from ._work import Planned, repeated, work_list

COMBINATION = "combination"
"""The name of the weighted mean of the models in the leaderboard."""

NAIVE_MODELS = ("naive", "seasonal-naive")
"""The candidates that are a naive forecast: the last value, or the last season."""

FOR_SHORT = "zero-shot"
"""The member that alone forecasts the series of panels with a season that have no room for any
origin."""

LEAST_WEIGHT = 0.05
"""Members whose mean weight is below this at every step are left out of the final combination."""


@dataclass(frozen=True, eq=False)
class AutoResult:
    """The result of `auto`: the forecaster, the leaderboard (best first), the backtest behind it,
    how far ahead it can be trusted, and a sentence that gives the reason.

    If the series were too short to compare models, the leaderboard is empty and `report` is None;
    `trust` is None with fewer than 3 origins. `work` is the record of what was done, which the
    forecaster holds too; `interrupted` says that the user ended the comparison. If one model is
    used alone, `unfitted` names those with a weight that could not be fitted to all data. `judged`
    is the row of the leaderboard whose error estimates that of the forecast: no origin in it judges
    weights that it helped to choose. It is empty if no origin judges the whole horizon.
    """

    forecaster: Predictor
    name: str
    leaderboard: tuple[LeaderboardRow, ...]
    report: Backtest | None
    sentence: str
    trust: Trust | None = None
    work: tuple[WorkItem, ...] = ()
    interrupted: bool = False
    unfitted: tuple[str, ...] = ()
    judged: str = ""

    @property
    def naive(self) -> bool:
        """True if the forecast is itself a naive one: the last value, or the last season."""
        return self.name in NAIVE_MODELS

    @property
    def trust_sentence(self) -> str:
        """A sentence on the trust horizon of the chosen forecast, empty if there is none. It does
        not recommend a naive forecast if that is what was chosen."""
        if self.trust is None:
            return ""
        if not self.naive:
            return str(self.trust)
        said = (
            "The forecast is itself a naive one, so there is no step ahead at which it beats the"
            " naive forecasts"
        )
        if self.unfitted:
            return (
                f"{said}: {', '.join(self.unfitted)}, with a weight by the errors at"
                f" {counted(self.trust.origins, 'origin')}, could not be fitted to all data."
            )
        if len(self.leaderboard) < 2:
            return f"{said}."
        return (
            f"{said}: of the models compared none was a better choice at"
            f" {counted(self.trust.origins, 'origin')}."
        )


@options_known()
def auto(
    panel: Panel,
    horizon: int,
    *,
    key: Key,
    clock: Callable[[], float] = still,
    season: int | None = None,
    budget: float = 60.0,
    choose_from: Callable[[Panel, int, int], tuple[Candidate, ...]] = candidates,
    on_event: Callable[[CandidateDone], None] | None = None,
    checkpoint: Path | None = None,
    work: Sequence[WorkItem] | None = None,
    interruptible: bool = False,
) -> AutoResult:
    """Compare candidate models at rolling origins inside the panel, then fit the good ones on all
    of it and combine them.

    Candidates are compared by their scaled errors at the origins. A network is fitted once, before
    the oldest origin; other models are fitted at about six of the origins. The forecast is the
    weighted mean of the candidates, with weights for each series and step from their errors
    (`combination_weights`), or the forecast of the simplest candidate if the mean has larger errors
    at the origins; halfway from this mean to the median of the mixture, which a candidate far from
    the others moves less. Quantiles are those of the mixture of the candidates' distributions
    (`forecasting.pooled_quantiles`); their distances from the forecast are scaled so that they have
    their nominal coverage at the origins (`interval_widths`). An origin counts half as much as one
    that is ten horizons newer. In the leaderboard and in the trust horizon the weights of the
    combination come from earlier origins only, so no origin evaluates weights that it helped to
    choose (if origins are a horizon apart, the first is used only for weights). A candidate that
    fails is left out, and `sentence` says why. If a series has a lasting level shift, local methods
    are fitted to the series adjusted to its present level (`forecasting.Leveled`). Series too short
    for a comparison are forecast by the pretrained network (`forecasting.Pretrained`) alone, those
    of one or two steps as random walks (`forecasting.RandomWalk`) with wide intervals.

    What to compute (candidates, fits at the origins, seeds of an ensemble) is decided in advance
    from the data and the `budget` in seconds, with typical run times on two cores. `sentence` names
    the candidates that do not fit into the budget, and networks if JAX is not installed. The
    `clock`, such as `time.monotonic`, only ends the work early, on a slow or busy machine: a
    candidate that would use the time of the final fits is stopped and named. Without it all planned
    work is done, and the rows of the leaderboard have no seconds. The budget can be exceeded by the
    first candidate (a naive one), by a tenth for the last fits, and by steps that cannot be
    stopped: one compilation, or the fit of one series by a local method. `LeaderboardRow.seconds`
    do not include compilation.
    `AutoResult.work` and the forecaster record what was done. With `work`, such a record, the same
    is done again without a time limit, and gives the same forecaster to the bit.

    With `interruptible`, Ctrl-C (or a KeyboardInterrupt that `on_event` raises) ends the comparison
    once a candidate is done, and the best of those that are done are returned; a second one ends it
    all. With `checkpoint`, finished parts are saved to that folder, and the same call after a crash
    or an interruption resumes there and ends with the same result (unless time ran out for other
    candidates). The folder is deleted at the end.

    `choose_from(panel, horizon, season)` returns other candidates than the default. `backtest` with
    `Auto()` repeats the whole choice before each origin.

    >>> import numpy as np, stepahead as sa
    >>> months = np.arange(66)
    >>> values = 100 + months + 9 * np.sin(np.pi * months / 6)
    >>> choice = sa.auto(sa.Panel.from_arrays([values[:60]]), 6, key=0, season=12)
    >>> error = choice.forecaster.predict().mean.ravel() - values[60:]
    >>> choice.trust.horizon, bool(np.abs(error).max() < 2)
    (6, True)
    """
    require_panel("panel", panel)
    whole("horizon", horizon)
    season = season_of(panel) if season is None else whole("season", season)
    start = clock()
    # Missing values at the end are cut off: models are evaluated on steps that have a value.
    ended = without_last_steps(panel, missing_at_end(panel).min(axis=1))
    origins = origins_inside(ended, horizon, season)
    if not origins.windows:
        return _without_comparison(panel, horizon, season, key)
    compared = ended.take(np.flatnonzero(origins.long_enough))
    field = choose_from(compared, horizon, season)
    without_jax = [] if installed("jax") else [each.name for each in field if each.compiled]
    field = tuple(each for each in field if each.name not in without_jax)
    if work is None:
        listed, no_room = work_list(field, origins.windows, budget)
    else:
        listed, no_room, budget = repeated(field, origins.windows, work), [], np.inf
    run_id = run_identity(panel, key, field, horizon, season, budget, work)
    saved = ComparisonCheckpoint(checkpoint, run_id)
    end = start + budget - sum(saved.seconds.values())
    trials = Trials(clock, end, budget, interruptible, no_room=no_room, without_jax=without_jax)
    done = compare(listed, compared, (horizon, season, origins), key, trials, saved, on_event)
    weights, widths = learned(done.report, done.names, compared)
    if len(done.names) > 1:
        report = combined(done.report, done.names, COMBINATION, compared)
        # Origins a horizon apart: at the first one no errors are known, later those before it.
        teaches = horizon <= origins.spacing and origins.windows > FEWEST_ORIGINS
        done = done.with_combination(report.since(int(teaches)), COMBINATION)
    by_name = {item.candidate.name: item for item in listed}
    used = weights_at_steps(weights.shared, weights.steps, horizon).max(axis=0)
    members = _fitted(trials, done.names, used, by_name, (panel, key, saved))
    if not trials.interrupted:
        saved.delete()
    # Only the network knows a season that it did not see twice; without one it is no better.
    too_short = (panel.lengths < steps_before(horizon, season) + horizon) & (season > 1)
    which = origins.long_enough, too_short
    forecaster = _weighted(members, done.names, weights, widths, which)
    record = tuple(WorkItem(n, by_name[n].fits, trials.seeds.get(n, 0)) for n in done.names)
    name = COMBINATION if len(members) > 1 else next(iter(members))
    judged_as = COMBINATION if len(done.names) > 1 else name
    enough = origins.windows >= FEWEST_ORIGINS
    trust = done.report.trust_horizon(models=[judged_as])[judged_as] if enough else None
    trusted = None if trust is None else trust.horizon
    forecaster = replace(forecaster, work=record, trusted_steps=trusted)
    alone = int(too_short.sum()) if FOR_SHORT in members else 0
    sizes = (origins.windows, len(compared), len(panel), alone)
    # An origin has weights of its own once the whole horizon of an earlier one was observed.
    tested = (origins.windows - 1) * origins.spacing >= horizon
    unfitted = _unfitted(members, done.names, used)
    why = _reason(name, done.names, used, unfitted)
    untested = "" if tested else _untested(horizon, trust)
    sentence = _sentence(forecaster, done, trials, sizes, untested=untested, why_alone=why)
    return AutoResult(
        forecaster,
        name,
        done.board(),
        done.report,
        sentence,
        trust,
        record,
        interrupted=trials.interrupted,
        unfitted=unfitted,
        judged=judged_as if tested else "",
    )


def _weighted(
    members: dict[str, Predictor],
    names: list[str],
    weights: Weights,
    widths: np.ndarray,
    which: tuple[np.ndarray, np.ndarray],
) -> Combination:
    """The combination of the fitted members. `which` are masks of the series that were compared,
    and of those without room for an origin and with a season: they get the pretrained network
    alone, if it is a member. Other series that were not compared get the weights of all."""
    long_enough, too_short = which
    kept = [names.index(name) for name in members]
    series = np.tile(weights.shared[kept], (len(long_enough), 1))
    series[long_enough] = weights.series[:, kept]
    if FOR_SHORT in members:
        series[too_short] = np.array([name == FOR_SHORT for name in members], float)
    return Combination(
        tuple(members.values()),
        tuple(members),
        _summing_to_1(series),
        _summing_to_1(weights.shared[None, kept])[0],
        widths,
        pooled=True,
        median_share=MEDIAN_SHARE,
        steps=None if weights.steps is None else weights.steps[:, kept],
    )


def _fitted(
    trials: Trials,
    names: list[str],
    weights: np.ndarray,
    by_name: dict[str, Planned],
    fit_arguments: tuple[Panel, Key, ComparisonCheckpoint],
) -> dict[str, Predictor]:
    """Fit the members of the combination to all data, largest of `weights` first. Members that fail
    or for which time runs out are left out; the first may take a tenth of the budget more. The
    simplest candidate has no time limit, and replaces the others if all are left out."""
    members, end = dict[str, Predictor](), trials.last_fits_end()
    wanted = [names[m] for m in np.argsort(-weights, kind="stable") if weights[m] >= LEAST_WEIGHT]
    wanted = [name for name in wanted if name != names[0] and by_name[name].seeds]
    try:
        for name in wanted:
            item, until = by_name[name], end
            if not members and item.seeds == 1:  # more seeds would use all of it
                until = max(end, trials.first_fit_end())
            forecaster = trials.last_fit(item, *fit_arguments, until)
            if forecaster is not None:
                members[name] = forecaster
    except KeyboardInterrupt:
        if not trials.interrupt([name for name in wanted if name not in members]):
            raise
    if not members or (weights[0] >= LEAST_WEIGHT and by_name[names[0]].seeds):
        no_deadline = Deadline(trials.clock, np.inf)
        members[names[0]] = trials.fit(by_name[names[0]], *fit_arguments, no_deadline)
    return members


def _summing_to_1(weights: np.ndarray) -> np.ndarray:
    """Weights in proportion; equal where all are 0."""
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), 1 / weights.shape[1])


def _without_comparison(panel: Panel, horizon: int, season: int, key: Key) -> AutoResult:
    """The pretrained network, for series that are too short to compare models on."""
    longest = int(panel.lengths.max())
    needed = steps_before(horizon, season) + horizon
    text = (
        f"To compare models a series needs {counted(needed, 'step')} ({needed - horizon} to learn "
        f"from, {horizon} to be judged on), but the longest has {longest}, so nothing was "
        "compared. "
    )
    if longest < Pretrained.needs:
        walk = RandomWalk().fitted(panel, horizon, key=key, season=season)
        text += (
            "random-walk is used: the last value, with wide intervals, because few changes were "
            "seen."
        )
        return AutoResult(walk, "random-walk", (), None, text)
    network = Pretrained(adjusted=False).fitted(panel, horizon, key=key, season=season)
    text += (
        "zero-shot, the pretrained network, is used, with wide intervals; its accuracy on these "
        "data is not known."
    )
    return AutoResult(network, "zero-shot", (), None, text)


def _sentence(
    forecaster: Combination,
    done: Comparison,
    trials: Trials,
    sizes: tuple[int, int, int, int],
    *,
    untested: str,
    why_alone: str,
) -> str:
    windows, compared, series, short = sizes
    there = f"at {counted(windows, 'origin')} inside the data" + (
        f", on {compared:,} of {series:,} series" if compared < series else ""
    )
    alone = len(forecaster.members) == 1
    if len(done.rows) == 1:
        text = f"{done.names[0]} is used: there was no other model to compare it with."
    else:
        used = (
            f"The forecast is that of {forecaster.names[0]} alone, {why_alone} {there}"
            if alone
            else f"The forecast is {forecaster.chosen}, weighted by their errors {there}"
        )
        how_good = untested or _beside(done.rows[-1].mase, *done.naive(), alone=alone)
        text = f"{used}{how_good}."
        if short and not alone:
            text += (
                f" {counted(short, 'series')} without room for an origin"
                f" {'is' if short == 1 else 'are'} forecast by {FOR_SHORT} alone."
            )
        if np.isnan(done.rows[-1].mase):
            text += (
                " Errors are not shown: they would be divided by that of the naive forecast, which"
                " makes none inside these series."
            )
    return f"{text} {trials.left_out}" if trials.left_out else text


def _untested(horizon: int, trust: Trust | None) -> str:
    """The end of a sentence: no origin judges the weights over the whole horizon. A trust horizon
    may still judge the combination at its first steps, so the sentence says that."""
    whole = "" if trust is None else f" over all {counted(horizon, 'step')}"
    return (
        f"; how good that choice is{whole} was not tested, because no later origin is left to"
        " judge it"
    )


def _unfitted(
    members: Mapping[str, Predictor], names: Sequence[str], weights: np.ndarray
) -> tuple[str, ...]:
    """The models with a weight that are not among the fitted `members`, if there is only one of
    these."""
    weighted = zip(names, weights, strict=True)
    missing = tuple(name for name, w in weighted if w > LEAST_WEIGHT and name not in members)
    return missing if len(members) == 1 else ()


def _reason(name: str, names: list[str], weights: np.ndarray, unfitted: tuple[str, ...]) -> str:
    """The reason why the model of this name is used alone: the others could not be fitted, it is
    the first of all `names`, the simplest, or the only one with a weight."""
    if unfitted:
        return "because no other could be fitted of those that had a weight by their errors"
    if name != names[0]:
        return "which has all the weight by the errors"
    simplest = weights[0] > 1 - LEAST_WEIGHT
    return f"the simplest{': no mean of several erred less' if simplest else ', compared'}"


def _beside(error: float, naive: str, reference: float, *, alone: bool) -> str:
    """The distance of an error from the naive one, in words; empty if that error is 0 or undefined.
    For a single model (`alone`), the sentence says that the automatic choice was evaluated,
    repeated at each origin."""
    if not reference > 0:
        return ""
    share = 1 - error / reference
    word = "below" if share >= 0 else "above"
    judged = (
        "the combination, chosen again at each origin from earlier errors only, had an error"
        if alone
        else "its error there was"
    )
    return f"; {judged} {abs(share):.0%} {word} that of the {naive}"
