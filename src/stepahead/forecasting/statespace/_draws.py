"""Random paths from a fitted structural model: of its components, given the series, and of future
steps."""

from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ..._types import Key
from ...ops.kalman import Parameters, SeriesData, Structure, kalman_smooth, whole_matrices


class System(NamedTuple):
    """A linear Gaussian model, the parameters of each of its series, and their data."""

    structure: Structure
    numbers: Parameters
    data: SeriesData


class HasSystem(Protocol):
    """A fitted structural model, of each channel separately or of all as one system."""

    @property
    def system(self) -> System:
        """The model of its history."""
        ...

    def by_step(
        self, signals: Float[np.ndarray, "value component"]
    ) -> Float[np.ndarray, "total channel component"]:
        """Return components, given for the values of the system, by step and channel."""
        ...


def paths_ahead(
    structure: Structure,
    numbers: Parameters,
    end: tuple[np.ndarray, np.ndarray],
    designs: Float[np.ndarray, "row value entry"],
    count: int,
    key: Key,
) -> Float[np.ndarray, "draw row value"]:
    """Return joint paths of the values that follow a state with this mean and covariance."""
    draws = _draws(key)
    transition, shock = whole_matrices(structure, numbers)
    root, many = _root(shock), (count, len(designs))
    state = end[0] + np.einsum(
        "cij,ncj->nci", _root(end[1]), draws.normal(size=(*many, structure.states))
    )
    places = np.array([*structure.design_state, *structure.column_state], int)
    found = np.zeros((*many, designs.shape[1]))
    for t in range(designs.shape[1]):
        error = np.sqrt(numbers.noise) * draws.normal(size=many)
        found[..., t] = (state[..., places] * designs[:, t]).sum(axis=-1) + error
        if (t + 1) % structure.channels == 0:
            moved = np.einsum("cij,ncj->nci", root, draws.normal(size=state.shape))
            state = np.einsum("cij,ncj->nci", transition, state) + moved
    return found


def refuse_unknown_end(unknown: np.ndarray, name: str) -> None:
    """Refuse a series whose final state is partly unknown."""
    if unknown.any():
        raise Refusal(
            f"Series '{name}' does not tell all of the model's states apart, so no path can go on "
            "from it. Give a longer past, or fewer components."
        )


def draw_components(
    fitted: HasSystem, paths: int, key: Key
) -> Float[np.ndarray, "path total channel component"]:
    """Draw `paths` paths of the components from their joint distribution given the series (the
    simulation smoother).

    A path of the model is drawn, and its smoothed components are replaced by those of the series.
    Source: Durbin & Koopman 2002.
    """
    structure, numbers, data = fitted.system
    draws = _draws(key)
    told = kalman_smooth(structure, numbers, data).signal_mean
    found = []
    for _ in range(paths):
        drawn, signal = _path(fitted.system, draws)
        other = kalman_smooth(structure, numbers, data._replace(values=drawn))
        found.append(fitted.by_step(told + signal - other.signal_mean))
    return np.stack(found)


def _path(system: System, draws: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Values and components of one path of the model. Unknown initial states are 0, which has no
    effect after smoothing."""
    structure, numbers, data = system
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
        if (t + 1) % structure.channels == 0:
            state = np.einsum("sij,sj->si", transition, state)
            state += np.einsum("sij,sj->si", roots[0], shocks[t])
    signal[:, -1] = signal[:, :-1].sum(axis=1)
    return np.where(np.isnan(data.values), np.nan, values), signal


def _root(cov: Float[np.ndarray, "row state state"]) -> Float[np.ndarray, "row state state"]:
    """R with R R' = the covariance, which may be singular."""
    size, turn = np.linalg.eigh(cov)
    return turn * np.sqrt(np.maximum(size, 0.0))[:, None, :]


def _draws(key: Key) -> np.random.Generator:
    from ...ops import as_key, generator  # imports JAX, needed only for samples

    return generator(as_key(key))
