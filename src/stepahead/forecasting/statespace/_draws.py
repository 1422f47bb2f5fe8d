"""Paths drawn from a fitted structural model: of its components, given the series, and of the steps
to come."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ..._types import Key
from ...ops.kalman import SeriesData, kalman_smooth, whole_matrices
from ._rows import future_columns, rows_of, steps_to_panel

if TYPE_CHECKING:
    from ._forecaster import StateSpaceForecaster


def draw_ahead(
    fitted: "StateSpaceForecaster", series: int, length: int, count: int, key: Key
) -> Float[np.ndarray, "draw time channel"]:
    """Joint paths of the `length` steps after the end of a series."""
    panel, model = fitted.required_history, fitted.model
    numbers, structure = model.numbers(fitted.parameters), model.structure
    rows = np.arange(panel.channels) * len(panel) + series
    if fitted.end[2][rows].any():
        raise Refusal(
            f"Series '{panel.ids[series]}' does not tell all of the model's states apart, so no "
            "path can go on from it. Give a longer past, or fewer components."
        )
    columns = future_columns(panel, fitted.columns, length)[rows]
    draws, take = _draws(key), numbers.take(rows)
    transition, shock = whole_matrices(structure, take)
    root, many = _root(shock), (count, len(rows))
    state = fitted.end[0][rows] + np.einsum(
        "cij,ncj->nci", _root(fitted.end[1][rows]), draws.normal(size=(*many, structure.states))
    )
    places = np.array([*structure.design_state, *structure.column_state], int)
    found = np.zeros((count, length, len(rows)))
    for t in range(length):
        z = np.concatenate([np.tile(structure.design, (len(rows), 1)), columns[:, t]], axis=1)
        error = np.sqrt(take.noise) * draws.normal(size=many)
        found[:, t] = (state[..., places] * z).sum(axis=-1) + error
        moved = np.einsum("cij,ncj->nci", root, draws.normal(size=state.shape))
        state = np.einsum("cij,ncj->nci", transition, state) + moved
    bent = fitted.logs[rows]
    return np.where(bent, np.exp(np.where(bent, found, 0.0)), found)


def draw_components(
    fitted: "StateSpaceForecaster", paths: int, key: Key
) -> Float[np.ndarray, "path total channel component"]:
    """Components drawn from their joint distribution given the series: the simulation smoother.

    A path of the model is drawn, and what the smoother says of it is exchanged for what it says of
    the series. Source: Durbin & Koopman 2002.
    """
    panel, model = fitted.required_history, fitted.model
    data = rows_of(panel, fitted.columns, fitted.logs).data
    numbers, structure = model.numbers(fitted.parameters), model.structure
    draws = _draws(key)
    told = kalman_smooth(structure, numbers, data).signal_mean
    found = []
    for _ in range(paths):
        drawn, signal = _path(fitted, data, draws)
        other = kalman_smooth(structure, numbers, data._replace(values=drawn))
        found.append(steps_to_panel(told + signal - other.signal_mean, panel))
    return np.stack(found)


def _path(
    fitted: "StateSpaceForecaster", data: SeriesData, draws: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Values and components of one path of the model; unknown starts are 0, which the smoother
    takes out again."""
    model = fitted.model
    structure, numbers = model.structure, model.numbers(fitted.parameters)
    transition, shock = whole_matrices(structure, numbers)
    roots = [_root(each) for each in (shock, numbers.start_cov)]
    count, m, longest = len(numbers.noise), structure.states, int(data.lengths.max())
    state = np.einsum("sij,sj->si", roots[1], draws.normal(size=(count, m)))
    shocks, noises = draws.normal(size=(longest, count, m)), draws.normal(size=(longest, count))
    signal = np.zeros((len(data.values), structure.groups + 1))
    values = np.full(len(data.values), np.nan)
    states = np.array([*structure.design_state, *structure.column_state], int)
    groups = np.array([*structure.design_group, *structure.column_group], int)
    for t in range(longest):
        inside = np.flatnonzero(t < data.lengths)
        rows = data.offsets[inside] + t
        z = np.concatenate(
            [np.tile(structure.design, (len(rows), 1)), data.covariates[rows]], axis=1
        )
        each = z * state[inside][:, states]
        for group in range(structure.groups):
            signal[rows, group] = each[:, groups == group].sum(axis=1)
        values[rows] = each.sum(axis=1) + np.sqrt(numbers.noise[inside]) * noises[t, inside]
        state = np.einsum("sij,sj->si", transition, state)
        state += np.einsum("sij,sj->si", roots[0], shocks[t])
    signal[:, -1] = signal[:, :-1].sum(axis=1)
    return np.where(np.isnan(data.values), np.nan, values), signal


def _root(cov: Float[np.ndarray, "row state state"]) -> Float[np.ndarray, "row state state"]:
    """R with R R' = the covariance, which may lack rank."""
    size, turn = np.linalg.eigh(cov)
    return turn * np.sqrt(np.maximum(size, 0.0))[:, None, :]


def _draws(key: Key) -> np.random.Generator:
    from ...ops import as_key, generator  # which import JAX: only who draws waits for it

    return generator(as_key(key))
