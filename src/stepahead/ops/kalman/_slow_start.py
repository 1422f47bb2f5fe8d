"""Series whose first values hardly identify the unknown initial states.

Six Fourier terms of a year of weeks and a trend have 14 unknown states, and 14 weeks contain almost
no information about a year. The exact diffuse filter regards the states as known as soon as it can,
and loses all digits here. For such series the filter is run with a known initial state: once with
the values, and once for each unknown state separately. The results are linear in the initial state,
which is then estimated by generalised least squares from all values. Source: de Jong 1991; Durbin &
Koopman 2012, 5.7.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ._system import Parameters, SeriesData, Structure, whole_matrices

SLOW = 1e-3
"""A value whose new information on an unknown state is at most this fraction of its size identifies
it slowly."""

SAME = 1e-9
"""Below this fraction of its size a value contains no new information."""

Results = dict[str, np.ndarray]
Solve = Callable[[Structure, Parameters, SeriesData, tuple[str, ...]], Results]

MEANS = ("end_mean", "end_diffuse", "smooth_mean", "signal_mean", "smooth_error", "smooth_shock")
SPREADS = {"signal_variance": "signal_mean"}
FOUND = {"error_variance": "smooth_error", "shock_variance": "smooth_shock"}
COVARIANCES = {"end_cov": "end_mean", "smooth_cov": "smooth_mean"}
SLOPES = ("d_transition", "d_shock", "d_noise", "d_start_cov")
AHEAD = ("steps", "mean", "variance")
"""Results by how they follow from those with a known initial state: linear in it; a variance to
which its uncertainty is added, or from which it is subtracted; a covariance to which it is added;
the gradients; and the prediction of each value."""


def slow_rows(
    structure: Structure, parameters: Parameters, data: SeriesData
) -> Int[np.ndarray, " chosen"]:
    """Return the series whose states are identified slowly: before all are known, some value has
    new information of at most the fraction `SLOW`."""
    unknown = np.flatnonzero(structure.diffuse)
    if len(unknown) < 2 or not len(data.values):
        return np.zeros(0, int)
    limit = min(int(data.lengths.max()), 4 * len(unknown) + 50)
    place = np.minimum(data.offsets[:-1, None] + np.arange(limit), len(data.values) - 1)
    seen = (np.arange(limit) < data.lengths[:, None]) & ~np.isnan(data.values[place])
    first, which = _alike(structure, parameters, seen, data.covariates[place], len(unknown))
    slow = np.zeros(len(first), bool)
    for begin in range(0, len(first), 1024):
        rows = first[begin : begin + 1024]
        slow[begin : begin + 1024] = _slow(
            structure, parameters.take(rows), seen[rows], data.covariates[place[rows]], unknown
        )
    return np.flatnonzero(slow[which.reshape(-1)])


def _alike(
    structure: Structure,
    parameters: Parameters,
    seen: np.ndarray,
    covariates: Float[np.ndarray, "series time column"],
    unknown: int,
) -> tuple[np.ndarray, np.ndarray]:
    """One series of each kind whose values give the same information on the states, and the kind of
    each series."""
    moves, count = parameters.transition, len(seen)
    whole = not structure.column_state and seen[:, :unknown].all()
    if whole and (moves == moves[:1]).all():  # these values hold all the information there is
        return np.zeros(1, int), np.zeros(count, int)
    pattern = np.concatenate([moves, seen, covariates.reshape(count, -1)], axis=1)
    _, first, which = np.unique(pattern, axis=0, return_index=True, return_inverse=True)
    return first, which


def _slow(
    structure: Structure,
    parameters: Parameters,
    seen: np.ndarray,
    covariates: Float[np.ndarray, "series time column"],
    unknown: np.ndarray,
) -> np.ndarray:
    """Orthogonalise the information of the values on the unknown states, one value after the
    other."""
    transition = whole_matrices(structure, parameters)[0]
    count, states = len(seen), structure.states
    reach = np.tile(np.eye(states)[:, unknown], (count, 1, 1))
    fixed = np.zeros(states)
    np.add.at(fixed, np.array(structure.design_state, int), structure.design)
    basis, rank = np.zeros((count, len(unknown), len(unknown))), np.zeros(count, int)
    slow, each = np.zeros(count, bool), np.arange(count)
    for t in range(seen.shape[1]):
        z = np.tile(fixed, (count, 1))
        for column, state in enumerate(structure.column_state):
            z[:, state] += covariates[:, t, column]
        told = np.einsum("si,sij->sj", z, reach)
        part, left = new_part(basis, told)
        new = seen[:, t] & (part > SAME) & (rank < len(unknown))
        slow |= new & (part < SLOW)
        basis[each[new], rank[new]] = left[new]
        rank += new
        if (rank == len(unknown)).all():
            break
        if (t + 1) % structure.channels == 0:
            reach = transition @ reach
    return slow


def new_part(
    basis: Float[np.ndarray, "series known unknown"], told: Float[np.ndarray, "series unknown"]
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, "series unknown"]]:
    """Return the fraction of each vector's length that is outside a basis, and its direction."""
    size = np.linalg.norm(told, axis=1)
    left = told
    for _ in range(2):  # twice is enough for all digits
        left = left - np.einsum("skj,sk->sj", basis, np.einsum("skj,sj->sk", basis, left))
    rest = np.linalg.norm(left, axis=1)
    part = rest / np.where(size > 0, size, 1.0)
    return part, left / np.where(rest > 0, rest, 1.0)[:, None]


class Lanes(NamedTuple):
    """Copies of the same series, each with a known initial state of its own."""

    structure: Structure
    parameters: Parameters
    data: SeriesData
    unknown: Int[np.ndarray, " unknown"]

    def solved(
        self,
        solve: Solve,
        starts: Float[np.ndarray, "series lane unknown"],
        wanted: tuple[str, ...],
    ) -> Results:
        """Return the results named in `wanted` for all copies, computed by `solve` from these
        `starts`: `[lane · series, …]` or `[lane · total, …]`. The first copy holds the values, the
        others zeros at observed values."""
        count, lanes, _ = starts.shape
        numbers = self.parameters.take(np.tile(np.arange(count), lanes))
        mean = numbers.start_mean.copy()
        mean[count:] = 0
        mean[:, self.unknown] += np.moveaxis(starts, 1, 0).reshape(lanes * count, -1)
        values = np.tile(self.data.values, lanes)
        values[len(self.data.values) :] *= 0
        offsets = np.concatenate(
            [[0], *(self.data.offsets[1:] + k * len(self.data.values) for k in range(lanes))]
        )
        covariates = np.tile(self.data.covariates, (lanes, 1))
        data = SeriesData(values, offsets, covariates)
        return solve(self.structure, numbers._replace(start_mean=mean), data, wanted)


def lanes_of(structure: Structure, parameters: Parameters, data: SeriesData) -> Lanes:
    """Return copies whose initial state is known up to a variance of the size of a step's. The
    result does not depend on that variance, and with it no value is certain."""
    unknown = np.flatnonzero(structure.diffuse)
    diagonal = np.array([i == j for i, j in structure.shock], bool)
    size = parameters.noise + parameters.shock[:, diagonal].sum(axis=1)
    start = parameters.start_cov.copy()
    start[:, unknown, unknown] += size[:, None]
    known = replace(structure, diffuse=(False,) * structure.states)
    return Lanes(known, parameters._replace(start_cov=start), data, unknown)


class Start(NamedTuple):
    """The initial state estimated by least squares: its mean, and R⁻¹, with R⁻¹R⁻ᵀ its
    covariance."""

    mean: Float[np.ndarray, "series unknown"]
    inverse: Float[np.ndarray, "series unknown unknown"]
    log_likelihood: Float[np.ndarray, " series"]
    errors: Float[np.ndarray, "series time lane"]
    rows: Int[np.ndarray, "series time"]
    inside: Bool[np.ndarray, "series time"]
    seen: Bool[np.ndarray, "series time"]
    deviation: Float[np.ndarray, "series time"]


def start_of(lanes: Lanes, solve: Solve) -> tuple[Start, np.ndarray]:
    """Return the initial state, and True for each series that identifies all of it."""
    data, d = lanes.data, len(lanes.unknown)
    count, total = len(data.lengths), len(data.values)
    starts = np.concatenate([np.zeros((count, 1, d)), np.tile(np.eye(d), (count, 1, 1))], axis=1)
    found = lanes.solved(solve, starts, ("mean", "variance"))
    place = np.arange(data.lengths.max())
    inside = place < data.lengths[:, None]
    rows = np.where(inside, data.offsets[:-1, None] + place, 0)
    seen = inside & ~np.isnan(data.values[rows])
    variance = found["variance"][:total][rows]
    certain = (seen & ~(variance > 0)).any(axis=1)
    deviation = np.sqrt(np.where(inside & (variance > 0), variance, 1.0))
    errors = -np.moveaxis(found["mean"].reshape(-1, total)[:, rows], 0, 2)
    errors[..., 0] += np.where(seen, data.values[rows], 0.0)
    errors /= deviation[..., None]
    counted = np.where(seen[..., None], np.roll(errors, -1, axis=2), 0.0)
    told = np.concatenate([counted, np.zeros((count, d + 1, d + 1))], axis=1)
    triangle = np.asarray(np.linalg.qr(told, mode="r"))
    inner, side, rest = triangle[:, :d, :d], triangle[:, :d, d], triangle[:, d, d]
    size = np.abs(np.einsum("sii->si", inner))
    full = ~certain & (size > SAME * np.linalg.norm(inner, axis=1)).all(axis=1)
    safe = np.where(full[:, None, None], inner, np.eye(d))
    inverse = np.linalg.inv(safe)
    log_size = np.log(np.where(full[:, None], size, 1.0)).sum(axis=1)
    log_likelihood = -0.5 * (
        seen.sum(axis=1) * np.log(2 * np.pi)
        + 2 * np.where(seen, np.log(deviation), 0.0).sum(axis=1)
        + 2 * log_size
        + rest**2
    )
    best = -np.einsum("sij,sj->si", inverse, side)
    return Start(best, inverse, log_likelihood, errors, rows, inside, seen, deviation), full


def solve_slow(
    structure: Structure,
    parameters: Parameters,
    data: SeriesData,
    wanted: tuple[str, ...],
    solve: Solve,
) -> tuple[Results, Bool[np.ndarray, " series"]]:
    """Return these results for all series, with the initial state by least squares; and True for
    each series that identifies all of it and has a positive variance at each step: only for these
    the results are valid."""
    lanes = lanes_of(structure, parameters, data)
    start, full = start_of(lanes, solve)
    results: Results = {}
    if "log_likelihood" in wanted:
        results["log_likelihood"] = start.log_likelihood
    if set(wanted) & set(AHEAD):
        results |= expected(start, data)
    linked = SPREADS | FOUND | COVARIANCES
    asked = [each for each in wanted if each in (*MEANS, *SLOPES) or each in linked]
    asked += [linked[each] for each in asked if each in linked]
    if not asked:
        return results, full
    starts = np.concatenate([start.mean[:, None], np.swapaxes(start.inverse, 1, 2)], axis=1)
    starts = np.concatenate([starts, np.zeros_like(starts[:, :1])], axis=1)
    found = lanes.solved(solve, starts, tuple(dict.fromkeys(asked)))
    apart = {
        name: each.reshape(starts.shape[1], -1, *each.shape[1:]) for name, each in found.items()
    }
    for name in asked:
        results[name] = _combined(name, apart, linked)
    return results, full


def _combined(name: str, apart: Results, linked: dict[str, str]) -> np.ndarray:
    """A result from those of the copies: the values with the estimated initial state, the columns
    of R⁻¹, and an initial state of 0."""
    own = apart[name]
    if name in SLOPES:  # the likelihood contains −log|R|, whose gradient is R⁻¹
        return own[0] + (own[1:-1] - own[-1]).sum(axis=0)
    if name in MEANS:
        return own[0]
    columns = apart[linked[name]][1:-1]
    if name in COVARIANCES:
        return own[0] + np.einsum("k...i,k...j->...ij", columns, columns)
    return own[0] + (1 if name in SPREADS else -1) * (columns**2).sum(axis=0)


def expected(start: Start, data: SeriesData) -> Results:
    """Return the distribution of each value given those before it: the initial state is estimated
    from the values so far, in coordinates of the directions that they identify (`basis`)."""
    count, longest, lanes = start.errors.shape
    d = lanes - 1
    triangle, basis = np.zeros((count, lanes, lanes)), np.zeros((count, d, d))
    rank, each = np.zeros(count, int), np.arange(count)
    results = {name: np.full(len(data.values), np.nan) for name in AHEAD}
    for t in range(longest):
        here, seen, width = start.inside[:, t], start.seen[:, t], start.deviation[:, t]
        error, told = start.errors[:, t, 0], start.errors[:, t, 1:]
        part, direction = new_part(basis, told)
        outside = (part > SAME) & (rank < d)
        empty = np.eye(d) * (np.arange(d) >= rank[:, None])[:, None]
        root = triangle[:, :d, :d] + empty
        known = np.einsum("skj,sj->sk", basis, told)
        best = -np.linalg.solve(root, triangle[:, :d, d:])[..., 0]
        spread = np.linalg.solve(np.swapaxes(root, 1, 2), known[..., None])[..., 0]
        error, more = error + (known * best).sum(axis=1), 1 + (spread**2).sum(axis=1)
        new = outside & seen
        square = np.where(new, part**2 * (told**2).sum(axis=1), more) * width**2
        density = -0.5 * (np.log(2 * np.pi) + np.log(square) + np.where(new, 0.0, error**2 / more))
        rows, value = start.rows[here, t], np.where(seen, data.values[start.rows[:, t]], 0.0)
        results["mean"][rows] = (value - width * error)[here]
        results["variance"][rows] = np.where(outside, np.inf, width**2 * more)[here]
        results["steps"][rows] = np.where(seen, density, np.nan)[here]
        basis[each[new], rank[new]] = direction[new]
        rank += new
        row = np.concatenate([np.einsum("skj,sj->sk", basis, told), start.errors[:, t, :1]], axis=1)
        row = np.where(seen[:, None], row, 0.0)[:, None]
        triangle = np.asarray(np.linalg.qr(np.concatenate([triangle, row], axis=1), mode="r"))
    return results
