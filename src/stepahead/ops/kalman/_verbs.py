"""The filter, its log likelihood, the smoother, and predictions, on the native kernel if
available."""

import os
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ...native import kalman as native
from ._by_numpy import solve_by_numpy
from ._slow_start import slow_rows, solve_slow
from ._system import Parameters, SeriesData, Structure, whole_matrices


class Filtered(NamedTuple):
    """The distribution of each value given those before it, and of the state after the last.

    `steps` is the log density of each value in nats, NaN if it is missing. While the initial state
    is unknown, `variance` is ∞, and the log density is that of the diffuse likelihood.
    `log_likelihood` sums the steps of a series. `end_*` belong to the step after the last; P is
    `end_cov` + κ `end_diffuse`, κ → ∞.
    """

    log_likelihood: Float[np.ndarray, " series"]
    steps: Float[np.ndarray, " total"]
    mean: Float[np.ndarray, " total"]
    variance: Float[np.ndarray, " total"]
    end_mean: Float[np.ndarray, "series state"]
    end_cov: Float[np.ndarray, "series state state"]
    end_diffuse: Float[np.ndarray, "series state state"]


class Slopes(NamedTuple):
    """Derivatives of the log likelihood; for an entry off the diagonal, together with its mirror
    entry."""

    transition: Float[np.ndarray, "series transition"]
    shock: Float[np.ndarray, "series shock"]
    noise: Float[np.ndarray, " series"]
    start_cov: Float[np.ndarray, "series state state"]


class Smoothed(NamedTuple):
    """The distribution of each step given the whole series.

    `signal_mean` and `signal_variance` have a column for each group of the signal, and one for all
    of z'α. ε̂_t = noise · `error`, where `error` has the variance `error_variance`; η̂_t = shock ·
    `shock`, for the step from t to t + 1. Divided by their standard deviations they are N(0, 1) if
    nothing unusual happened.
    """

    mean: Float[np.ndarray, "total state"]
    signal_mean: Float[np.ndarray, "total group"]
    signal_variance: Float[np.ndarray, "total group"]
    error: Float[np.ndarray, " total"]
    error_variance: Float[np.ndarray, " total"]
    shock: Float[np.ndarray, "total state"]
    shock_variance: Float[np.ndarray, "total state"]


class Ahead(NamedTuple):
    """The signal z'α of the steps after the end: its mean, its variance (without the noise), and a
    mask that is False if it depends on a state that the series does not identify."""

    mean: Float[np.ndarray, "series horizon"]
    variance: Float[np.ndarray, "series horizon"]
    known: Bool[np.ndarray, "series horizon"]


_ENDS = ("end_mean", "end_cov", "end_diffuse")
_FILTER = ("log_likelihood", "steps", "mean", "variance", *_ENDS)
_SLOPES = ("d_transition", "d_shock", "d_noise", "d_start_cov")
_SMOOTH = (
    "smooth_mean",
    "signal_mean",
    "signal_variance",
    "smooth_error",
    "error_variance",
    "smooth_shock",
    "shock_variance",
)

_OF_SERIES = ("log_likelihood", *_ENDS, *_SLOPES)
"""Results with a row for each series; the others have a row for each step."""


def kalman_filter(structure: Structure, parameters: Parameters, data: SeriesData) -> Filtered:
    """Run the filter along every series."""
    found = _solve(structure, parameters, data, _FILTER)
    return Filtered(*(found[name] for name in _FILTER))


def kalman_end(
    structure: Structure, parameters: Parameters, data: SeriesData
) -> tuple[
    Float[np.ndarray, "series state"],
    Float[np.ndarray, "series state state"],
    Float[np.ndarray, "series state state"],
]:
    """Return the mean, P and P∞ of the state at the step after the last."""
    found = _solve(structure, parameters, data, _ENDS)
    return found["end_mean"], found["end_cov"], found["end_diffuse"]


def kalman_score(
    structure: Structure,
    parameters: Parameters,
    data: SeriesData,
    *,
    dynamics: bool = True,
    slow: Bool[np.ndarray, " series"] | None = None,
) -> tuple[Float[np.ndarray, " series"], Slopes]:
    """Return the log likelihood of every series and its derivatives; without `dynamics`, those with
    respect to the transition are 0. `slow` marks series as in `slowly_identified`, which is called
    if it is not given: pass it if the score is computed often."""
    names = _SLOPES if dynamics else _SLOPES[1:]
    found = _solve(structure, parameters, data, ("log_likelihood", *names), slow)
    moves = found["d_transition"] if dynamics else np.zeros_like(parameters.transition)
    return found["log_likelihood"], Slopes(moves, *(found[name] for name in _SLOPES[1:]))


def kalman_smooth(structure: Structure, parameters: Parameters, data: SeriesData) -> Smoothed:
    """Run the filter along every series, and the smoother backward."""
    found = _solve(structure, parameters, data, _SMOOTH)
    return Smoothed(*(found[name] for name in _SMOOTH))


def states_ahead(
    structure: Structure,
    parameters: Parameters,
    ended: Filtered,
    horizon: int,
    covariates: Float[np.ndarray, "series horizon column"],
) -> Ahead:
    """Return predictions of the signal `horizon` steps after the end of `ended`, with these future
    `covariates`; with several channels, `horizon` counts their values."""
    transition, shock = whole_matrices(structure, parameters)
    mean, cov, unknown = ended.end_mean, ended.end_cov, ended.end_diffuse
    told, endless = np.zeros((2, len(mean), horizon)), np.zeros((len(mean), horizon))
    z = np.zeros((len(mean), structure.states))
    for step in range(horizon):
        z[:] = 0
        for state, weight in zip(structure.design_state, structure.design, strict=True):
            z[:, state] += weight
        for column, state in enumerate(structure.column_state):
            z[:, state] += covariates[:, step, column]
        told[0, :, step] = (z * mean).sum(axis=1)
        told[1, :, step] = np.einsum("si,sij,sj->s", z, cov, z)
        endless[:, step] = np.einsum("si,sij,sj->s", z, unknown, z)
        if (step + 1) % structure.channels == 0:
            mean = np.einsum("sij,sj->si", transition, mean)
            unknown = transition @ unknown @ np.swapaxes(transition, 1, 2)
            cov = transition @ cov @ np.swapaxes(transition, 1, 2) + shock
    return Ahead(told[0], np.maximum(told[1], 0.0), endless <= 1e-9)


def slowly_identified(
    structure: Structure, parameters: Parameters, data: SeriesData
) -> Bool[np.ndarray, " series"]:
    """Return True for each series whose first values hardly identify its initial states."""
    found = np.zeros(len(parameters.noise), bool)
    found[slow_rows(structure, parameters, data)] = True
    return found


def _solve(
    structure: Structure,
    parameters: Parameters,
    data: SeriesData,
    wanted: tuple[str, ...],
    told: Bool[np.ndarray, " series"] | None = None,
) -> dict[str, np.ndarray]:
    """Solve each series by the exact diffuse filter or, if its initial state is identified slowly,
    by least squares."""
    results = _by_recursion(structure, parameters, data, wanted)
    slow = slow_rows(structure, parameters, data) if told is None else np.flatnonzero(told)
    if len(slow):
        part, few = data.take(slow), parameters.take(slow)
        found, full = solve_slow(structure, few, part, wanted, _by_recursion)
        steps = np.repeat(full, part.lengths)
        rows = np.arange(part.offsets[-1]) + np.repeat(
            data.offsets[slow] - part.offsets[:-1], part.lengths
        )
        for name, each in found.items():
            if name in wanted:
                at, held = (slow, full) if name in _OF_SERIES else (rows, steps)
                results[name][at[held]] = each[held]
    return results


def _by_recursion(
    structure: Structure, parameters: Parameters, data: SeriesData, wanted: tuple[str, ...]
) -> dict[str, np.ndarray]:
    shapes = _shapes(structure, len(data.offsets) - 1, len(data.values))
    results = {name: np.zeros(shapes[name]) for name in wanted}
    if not native.available():
        solve_by_numpy(structure, parameters, data, results)
        return results
    rows = np.array([*structure.transition, *structure.shock], np.int32).reshape(-1, 2)
    moves = len(structure.transition)
    arrays = {
        "offsets": data.offsets,
        "values": data.values,
        "covariates": data.covariates,
        "transition_row": rows[:moves, 0],
        "transition_column": rows[:moves, 1],
        "shock_row": rows[moves:, 0],
        "shock_column": rows[moves:, 1],
        **parameters._asdict(),
        **{
            name: np.array(getattr(structure, name))
            for name in ("design_state", "column_state", "diffuse", "design")
        },
        "design_group": np.array(structure.design_group or [0] * len(structure.design)),
        "column_group": np.array(structure.column_group or [0] * len(structure.column_state)),
    }
    native.solve(_sizes(structure, len(data.offsets) - 1), arrays, results)
    return results


def _sizes(structure: Structure, series: int) -> dict[str, int]:
    return {
        "series": series,
        "states": structure.states,
        "transitions": len(structure.transition),
        "shocks": len(structure.shock),
        "designs": len(structure.design),
        "columns": len(structure.column_state),
        "groups": structure.groups,
        "channels": structure.channels,
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
    }


def _shapes(structure: Structure, series: int, total: int) -> dict[str, tuple[int, ...]]:
    m, groups = structure.states, structure.groups + 1
    return {
        "log_likelihood": (series,),
        "steps": (total,),
        "mean": (total,),
        "variance": (total,),
        "end_mean": (series, m),
        "end_cov": (series, m, m),
        "end_diffuse": (series, m, m),
        "d_noise": (series,),
        "d_shock": (series, len(structure.shock)),
        "d_transition": (series, len(structure.transition)),
        "d_start_cov": (series, m, m),
        "smooth_mean": (total, m),
        "smooth_cov": (total, m, m),
        "signal_mean": (total, groups),
        "signal_variance": (total, groups),
        "smooth_error": (total,),
        "error_variance": (total,),
        "smooth_shock": (total, m),
        "shock_variance": (total, m),
    }
