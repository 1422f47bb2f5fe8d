"""The filter and the smoother in NumPy, vectorised over series: used without native kernels, and to
test the kernels.

The equations are those of `native/kalman/filter.h` and `smoother.h`, with full matrices.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ._system import Parameters, SeriesData, Structure, whole_matrices

NOTHING, DUST, ROUNDING = 1e-10, 1e-13, 1e-9
"""Tolerances for rounding. A variance below the first fraction of its scale is 0; so is an entry of
P∞ after an update below the second (divided by the relative size of the variance, as rounding
errors are); and so is an error below the third if nothing varies."""


class Step(NamedTuple):
    """The numbers of a step that the backward pass needs: design, gains, and the state after the
    update."""

    z: Float[np.ndarray, "series state"]
    error: Float[np.ndarray, " series"]
    inverse: Float[np.ndarray, " series"]
    inverse_diffuse: Float[np.ndarray, " series"]
    variance: Float[np.ndarray, " series"]
    gain: Float[np.ndarray, "series state"]
    second: Float[np.ndarray, "series state"]
    mean: Float[np.ndarray, "series state"]
    cov: Float[np.ndarray, "series state state"]
    diffuse: Float[np.ndarray, "series state state"]


class Batch(NamedTuple):
    """Series of unequal length as rectangular arrays; after its end a series has missing values."""

    values: Float[np.ndarray, "series time"]
    rows: np.ndarray
    inside: Bool[np.ndarray, "series time"]
    covariates: Float[np.ndarray, "series time column"]


def solve_by_numpy(
    structure: Structure,
    parameters: Parameters,
    data: SeriesData,
    results: dict[str, np.ndarray],
) -> None:
    """Fill all arrays of `results`."""
    batch = _batch(data)
    kept = _forward(structure, parameters, batch, results)
    if set(results) - {"log_likelihood", "steps", "mean", "variance"} - _ENDS:
        _backward(structure, parameters, batch, kept, results)


_ENDS = {"end_mean", "end_cov", "end_diffuse"}


def _batch(data: SeriesData) -> Batch:
    lengths = data.lengths
    place = np.arange(lengths.max(initial=0))
    inside = place < lengths[:, None]
    rows = np.where(inside, data.offsets[:-1, None] + place, 0)
    if not len(data.values):
        return Batch(np.zeros(inside.shape), rows, inside, np.zeros((*inside.shape, 0)))
    return Batch(
        np.where(inside, data.values[rows], np.nan),
        rows,
        inside,
        np.where(inside[..., None], data.covariates[rows], 0.0),
    )


def _forward(
    structure: Structure, parameters: Parameters, batch: Batch, results: dict[str, np.ndarray]
) -> list[Step]:
    transition, shock = whole_matrices(structure, parameters)
    mean, cov = parameters.start_mean.copy(), parameters.start_cov.copy()
    count = len(mean)
    unknown = np.tile(np.diag(np.array(structure.diffuse, float)), (count, 1, 1))
    rank = np.full(count, structure.unknowns)
    largest = np.zeros(mean.shape)
    total, kept = np.zeros(count), []
    for t in range(batch.values.shape[1]):
        z = _design(structure, batch.covariates[:, t])
        value, inside = batch.values[:, t], batch.inside[:, t]
        seen = ~np.isnan(value)
        star, infinite = _dot(cov, z), _dot(unknown, z)
        expected = (z * mean).sum(axis=1)
        error = np.where(seen, value - expected, 0.0)
        variance = (z * star).sum(axis=1) + parameters.noise
        endless = (z * infinite).sum(axis=1)
        own = np.einsum("sii->si", unknown)
        largest, scale_endless = np.maximum(largest, own), (z * z * own).sum(axis=1)
        first_sight = (endless > 0) & (endless > NOTHING * scale_endless)
        starts, known = seen & first_sight, seen & ~first_sight & (variance > 0)
        inverse = np.where(known, 1 / np.where(known, variance, 1.0), 0.0)
        inverse_endless = np.where(starts, 1 / np.where(starts, endless, 1.0), 0.0)
        scale = np.where(known, variance, np.where(starts, endless, 1.0))
        density = -0.5 * (np.log(scale) + error**2 * inverse + np.where(seen, np.log(2 * np.pi), 0))
        size = np.abs(np.where(seen, value, 0.0)) + np.abs(expected)
        differs = ~(np.abs(error) <= ROUNDING * size)
        impossible = seen & ~first_sight & ~(variance > 0) & differs
        density = np.where(impossible, -np.inf, density)
        total += density
        rows = batch.rows[inside, t]
        _put(results, "mean", rows, expected[inside])
        _put(results, "variance", rows, np.where(first_sight, np.inf, variance)[inside])
        _put(results, "steps", rows, np.where(seen, density, np.nan)[inside])
        gain = star * inverse[:, None] + infinite * inverse_endless[:, None]
        second = (star - infinite * (variance * inverse_endless)[:, None]) * inverse_endless[
            :, None
        ]
        mean = mean + gain * error[:, None]
        cov = (
            cov
            - _outer(star * inverse[:, None], star)
            + _outer(infinite, infinite * (variance * inverse_endless**2)[:, None])
        )
        mixed = _outer(star * inverse_endless[:, None], infinite)
        cov = cov - mixed - np.swapaxes(mixed, 1, 2)
        unknown = unknown - _outer(infinite * inverse_endless[:, None], infinite)
        rank = rank - starts
        limit = (DUST * scale_endless * inverse_endless) ** 2
        dust = starts[:, None, None] & (
            unknown**2 <= limit[:, None, None] * _outer(largest, largest)
        )
        unknown = np.where(dust | (rank < 1)[:, None, None], 0.0, unknown)
        kept.append(
            Step(z, error, inverse, inverse_endless, variance, gain, second, mean, cov, unknown)
        )
        if (t + 1) % structure.channels == 0:
            mean = _dot(transition, mean)
            cov = _around(transition, cov) + shock
            unknown = _around(transition, unknown)
        last = batch.inside[:, t:].sum(axis=1) == 1
        for name, found in (("end_mean", mean), ("end_cov", cov), ("end_diffuse", unknown)):
            _put(results, name, last, found[last])
    _put(results, "log_likelihood", slice(None), total)
    return kept


def _backward(
    structure: Structure,
    parameters: Parameters,
    batch: Batch,
    kept: list[Step],
    results: dict[str, np.ndarray],
) -> None:
    transition, _ = whole_matrices(structure, parameters)
    back = np.swapaxes(transition, 1, 2)
    count, m = parameters.start_mean.shape
    r, r1 = np.zeros((2, count, m))
    n, n1, n2 = np.zeros((3, count, m, m))
    for t in reversed(range(len(kept))):
        step, inside = kept[t], batch.inside[:, t]
        rows = batch.rows[inside, t]
        if (t + 1) % structure.channels == 0:
            for place, (i, j) in enumerate(structure.shock):
                slope = (0.5 if i == j else 1.0) * (r[:, i] * r[:, j] - n[:, i, j])
                _add(results, "d_shock", (slice(None), place), slope)
            _put(results, "smooth_shock", rows, r[inside])
            _put(results, "shock_variance", rows, np.einsum("sii->si", n)[inside])
            if "d_transition" in results:
                moved = _outer(r, step.mean) + (_outer(r, r) - n) @ transition @ step.cov
                moved += (_outer(r, r1) + _outer(r1, r) - n1) @ transition @ step.diffuse
                for place, (i, j) in enumerate(structure.transition):
                    results["d_transition"][:, place] += moved[:, i, j]
            r, r1 = _dot(back, r), _dot(back, r1)
            n, n1, n2 = _around(back, n), _around(back, n1), _around(back, n2)
        _tell(structure, step, (r, r1, n, n1, n2), rows, inside, results)
        z, k, k1 = step.z, step.gain, step.second
        met, starts = _outer(z, z), step.inverse_diffuse[:, None, None]
        keep = np.eye(m) - _outer(k, z)
        more = -_outer(k1, z)
        u = step.error * step.inverse - (k * r).sum(axis=1)
        u1 = step.error * step.inverse_diffuse - (k * r1).sum(axis=1) - (k1 * r).sum(axis=1)
        d = step.inverse + (k * _dot(n, k)).sum(axis=1)
        seen = (step.inverse + step.inverse_diffuse) > 0
        _add(results, "d_noise", slice(None), 0.5 * np.where(seen, u * u - d, 0.0))
        _put(results, "smooth_error", rows, np.where(seen, u, 0.0)[inside])
        _put(results, "error_variance", rows, np.where(seen, d, 0.0)[inside])
        r, r1 = r + z * u[:, None], r1 + z * u1[:, None]
        mixed = _between(more, n, keep)
        mixed1 = _between(more, n1, keep)
        n2 = (
            _between(keep, n2, keep)
            + mixed1
            + np.swapaxes(mixed1, 1, 2)
            + _between(more, n, more)
            - met * step.variance[:, None, None] * starts**2
        )
        n1 = _between(keep, n1, keep) + mixed + np.swapaxes(mixed, 1, 2) + met * starts
        n = _between(keep, n, keep) + met * step.inverse[:, None, None]
    _put(results, "d_start_cov", slice(None), 0.5 * (_outer(r, r) - n))


def _tell(
    structure: Structure,
    step: Step,
    adjoint: tuple[np.ndarray, ...],
    rows: np.ndarray,
    inside: np.ndarray,
    results: dict[str, np.ndarray],
) -> None:
    """Write the smoothed states and signals of a step into `results`."""
    if not {"smooth_mean", "smooth_cov", "signal_mean"} & set(results):
        return
    r, r1, n, n1, n2 = adjoint
    mean = step.mean + _dot(step.cov, r) + _dot(step.diffuse, r1)
    mixed = step.diffuse @ n1 @ step.cov
    cov = (
        step.cov
        - step.cov @ n @ step.cov
        - mixed
        - np.swapaxes(mixed, 1, 2)
        - step.diffuse @ n2 @ step.diffuse
    )
    _put(results, "smooth_mean", rows, mean[inside])
    _put(results, "smooth_cov", rows, cov[inside])
    if "signal_mean" not in results:
        return
    states = np.array([*structure.design_state, *structure.column_state], int)
    entries = np.array([*_groups(structure)], int)
    for group in range(structure.groups + 1):
        w = np.zeros_like(step.z)
        chosen = np.unique(states[(entries == group) | (group == structure.groups)])
        w[:, chosen] = step.z[:, chosen]
        results["signal_mean"][rows, group] = (w * mean).sum(axis=1)[inside]
        results["signal_variance"][rows, group] = (w * _dot(cov, w)).sum(axis=1)[inside]


def _groups(structure: Structure) -> tuple[int, ...]:
    return (structure.design_group or (0,) * len(structure.design)) + (
        structure.column_group or (0,) * len(structure.column_state)
    )


def _design(
    structure: Structure, covariates: Float[np.ndarray, "series column"]
) -> Float[np.ndarray, "series state"]:
    z = np.zeros((len(covariates), structure.states))
    for state, weight in zip(structure.design_state, structure.design, strict=True):
        z[:, state] += weight
    for column, state in enumerate(structure.column_state):
        z[:, state] += covariates[:, column]
    return z


def _dot(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.einsum("sij,sj->si", matrix, vector)


def _outer(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one[:, :, None] * other[:, None, :]


def _around(matrix: np.ndarray, inner: np.ndarray) -> np.ndarray:
    product = matrix @ inner @ np.swapaxes(matrix, 1, 2)
    return (product + np.swapaxes(product, 1, 2)) / 2


def _between(one: np.ndarray, inner: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The product one' inner other."""
    return np.swapaxes(one, 1, 2) @ inner @ other


def _put(results: dict[str, np.ndarray], name: str, rows: Any, found: np.ndarray) -> None:
    if name in results:
        results[name][rows] = found


def _add(results: dict[str, np.ndarray], name: str, place: Any, found: np.ndarray) -> None:
    if name in results:
        results[name][place] += found
