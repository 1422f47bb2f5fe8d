"""The numbers of one series for the page: read from the arrays of a job, and thinned."""

from pathlib import Path
from typing import Any

import numpy as np

from ..._check import Refusal
from ...plots import thinned

ROWS = 50
"""Number of rows of the list of series on one page."""


def listed(rows: list[dict[str, Any]], search: str, start: int) -> dict[str, Any]:
    """A page of the list of series whose names contain the search text, in upper or lower case."""
    wanted = search.casefold().strip()
    found = [(number, row) for number, row in enumerate(rows) if wanted in row["name"].casefold()]
    shown = [{"number": number, **row} for number, row in found[start : start + ROWS]]
    return {"found": len(found), "total": len(rows), "start": start, "rows": shown}


def history(folder: Path, number: int) -> dict[str, Any]:
    """Times and values of curve `number` (series by series, channel by channel), thinned to the
    resolution of a screen; a missing value is None."""
    series, channel = _place(folder, number)
    start, stop = _load(folder, "offsets")[series : series + 2]
    values = _load(folder, "values")[start:stop, channel]
    times = _load(folder, "times")[start:stop]
    kept = thinned(np.asarray(values))
    return {
        "dated": times.dtype.kind == "M",
        "steps": len(values),
        "t": _positions(times[kept]),
        "y": _numbers(values[kept]),
    }


def forecast(folder: Path, number: int, stage: int) -> dict[str, Any]:
    """The forecast of curve `number` at one stage of the result: times, mean, interval ends."""
    series, channel = _place(folder, number)
    ends = _load(folder, f"ends-{stage}")[:, :, series, :, channel]
    return {
        "t": _positions(_load(folder, "future")[series]),
        "mean": _numbers(_load(folder, f"mean-{stage}")[series, :, channel]),
        "ends": [[_numbers(low), _numbers(high)] for low, high in ends],
    }


def residuals(folder: Path, number: int) -> dict[str, Any]:
    """Fitted minus actual values of curve `number`, one step ahead, and their histogram."""
    series, channel = _place(folder, number)
    start, stop = _load(folder, "offsets")[series : series + 2]
    errors = np.asarray(
        _load(folder, "fitted")[start:stop, channel] - _load(folder, "values")[start:stop, channel]
    )
    seen = errors[np.isfinite(errors)]
    kept = thinned(errors)
    if not len(seen):
        return {"t": [], "y": [], "bins": []}
    counts, edges = np.histogram(seen, bins=min(30, max(5, int(len(seen) ** 0.5))))
    return {
        "t": _positions(_load(folder, "times")[start:stop][kept]),
        "y": _numbers(errors[kept]),
        "bins": _bins(counts, edges),
        "bias": float(seen.mean()),
        "spread": float(seen.std()),
    }


def overall_residuals(folder: Path) -> dict[str, Any]:
    """The histogram of the residuals (fitted − actual) of all series, each divided by its own
    standard deviation, and the share of series whose mean residual differs from 0 by more than two
    standard errors."""
    errors = np.asarray(_load(folder, "fitted") - _load(folder, "values"))
    offsets = np.asarray(_load(folder, "offsets"))
    seen = np.isfinite(errors)
    first = offsets[:-1]
    counts = np.maximum(np.add.reduceat(seen, first, axis=0), 1)
    means = np.add.reduceat(np.where(seen, errors, 0), first, axis=0) / counts
    steps = np.diff(offsets)
    apart = np.where(seen, errors - np.repeat(means, steps, axis=0), 0)
    spread = np.sqrt(np.add.reduceat(apart**2, first, axis=0) / counts)
    usable = (spread > 0) & (counts > 1)
    if not usable.any():
        return {"bins": [], "curves": 0, "biased": 0.0}
    scaled = errors / np.repeat(np.where(usable, spread, np.nan), steps, axis=0)
    bins, edges = np.histogram(np.clip(scaled[np.isfinite(scaled)], -5, 5), bins=30)
    biased = np.abs(means[usable]) > 2 * spread[usable] / np.sqrt(counts[usable])
    return {
        "bins": _bins(bins, edges),
        "curves": int(usable.sum()),
        "biased": float(biased.mean()),
    }


def with_errors(rows: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """The rows of the list of series, with the errors (MASE) of the chosen model and of the naive
    forecast for series on which they were compared."""
    try:
        errors = _load(folder, "errors")
    except Refusal:
        return rows
    return [
        {**row, "error": error, "naive": naive}
        for row, (error, naive) in zip(rows, map(_numbers, errors), strict=True)
    ]


def components(folder: Path, number: int) -> dict[str, Any]:
    """The components of curve `number`, in the order of their names; empty if it is not among the
    decomposed series."""
    series, channel = _place(folder, number)
    start, stop = _load(folder, "offsets")[series : series + 2]
    held = _load(folder, "components")
    if stop > held.shape[1]:
        return {"t": [], "parts": []}
    times = _load(folder, "times")[start:stop]
    kept = [thinned(np.asarray(part)) for part in held[:, start:stop, channel]]
    return {
        "parts": [
            {"t": _positions(times[rows]), "y": _numbers(part[rows])}
            for rows, part in zip(kept, held[:, start:stop, channel], strict=True)
        ]
    }


def known(folder: Path, number: int) -> dict[str, Any]:
    """The known covariates in the future steps of series `number`, `[step][column]`."""
    return {"values": [_numbers(row) for row in _load(folder, "known")[number]]}


def _load(folder: Path, name: str) -> np.ndarray:
    try:
        return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (FileNotFoundError, ValueError):
        raise Refusal("That is not computed yet. Wait a little.") from None


def _place(folder: Path, number: int) -> tuple[int, int]:
    """Series and channel of a curve; an error if there is no such curve."""
    channels = _load(folder, "values").shape[1]
    series, channel = divmod(number, channels)
    if not 0 <= series < len(_load(folder, "offsets")) - 1:
        raise Refusal("There is no such series.")
    return series, channel


def _bins(counts: np.ndarray, edges: np.ndarray) -> list[list[float]]:
    """Lower edge, upper edge and count of each bin of a histogram."""
    return np.column_stack([edges[:-1], edges[1:], counts]).tolist()


def _positions(times: np.ndarray) -> list[float]:
    """Milliseconds since 1970 for dates; other numbers unchanged."""
    if times.dtype.kind == "M":
        return (times.astype("M8[us]").astype(np.int64) / 1000).tolist()
    return [float(one) for one in times.tolist()]


def _numbers(values: np.ndarray) -> list[float | None]:
    return [float(one) if np.isfinite(one) else None for one in values]
