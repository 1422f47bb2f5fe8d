"""Inference of a panel's frequency from its times: one for all series, gaps allowed, irregular
times refused."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from ..._check import Refusal
from ._frequency import Frequency, format_stamp
from ._grids import (
    DAY,
    WEEK,
    BusinessGrid,
    EvenGrid,
    IntegerGrid,
    MonthGrid,
    day_of_month,
    microseconds,
    month_length,
    month_number,
    time_of_day,
    weekday,
)
from ._zones import to_wall

_FEW = 5
"""The number of times from which on a series counts as evidence of its own frequency."""
_ALIKE = 0.15
"""The largest relative deviation from their median of distances that are one step: months have 28
to 31 days."""
_MANY = 500
"""The most series that are examined one by one, to word a refusal or to find a second frequency."""


def infer_frequency(
    times: np.ndarray,
    offsets: Int[np.ndarray, " boundary"],
    ids: np.ndarray | None = None,
    zone: str | None = None,
) -> Frequency:
    """Return the frequency of all series, where series `i` is `times[offsets[i]:offsets[i + 1]]`,
    strictly increasing.

    The step is the smallest distance between neighbouring times if every distance is a multiple of
    it. It is measured in months if all times are on the same day of the month (or on its last day,
    or on its first or last business day), in business days if no time is on a weekend, in days or
    microseconds otherwise, on the local clock of `zone`. Irregular times, two frequencies, and too
    few times are refused, with the series' name from `ids`.

    >>> stamps = np.array(["2024-01-31", "2024-02-29", "2024-05-31"], "M8[us]")
    >>> infer_frequency(stamps, np.array([0, 3])).name
    'ME'
    """
    offsets = np.asarray(offsets, dtype=np.int64)
    names = np.arange(len(offsets) - 1).astype(str) if ids is None else ids
    inner = np.ones(max(len(times) - 1, 0), dtype=bool)
    inner[offsets[1:-1] - 1] = False
    if not inner.any():
        raise Refusal(
            "The frequency cannot be inferred: no series has two stamps. Give `frequency`, such as "
            "'D' or 'MS', or more rows."
        )
    left = np.flatnonzero(inner)
    try:
        frequency, steps = _fit(times, left, zone)
    except _Irregular as irregular:
        _refuse_two(times, offsets, names, zone)
        _refuse_once_a_month(times, offsets, names, left, zone)
        raise Refusal(_irregular_sentence(times, offsets, names, left, irregular)) from None
    _refuse_coarser(times, offsets, names, zone, frequency, steps)
    _refuse_change(times, offsets, names, frequency, steps, left)
    return frequency


def refuse_two_frequencies(
    times: np.ndarray, offsets: Int[np.ndarray, " boundary"], ids: np.ndarray, frequency: Frequency
) -> None:
    """Refuse a panel with this inferred `frequency` in which a series is regular with another step,
    altogether or from some time on.

    >>> days = np.arange("2024-01-01", "2024-02-01", 2, dtype="M8[D]").astype("M8[us]")
    >>> refuse_two_frequencies(
    ...     days, np.array([0, len(days)]), np.array(["a"]), Frequency.parse("D")
    ... )
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: Two frequencies in one panel: series 'a' has '2D' and others have 'D'.
    Read them apart, or give `frequency` to put all series on one grid.
    """
    inner = np.ones(max(len(times) - 1, 0), dtype=bool)
    inner[offsets[1:-1] - 1] = False
    left = np.flatnonzero(inner)
    if not len(left):
        return
    steps = frequency.position(times[left], times[left + 1])
    coarser = _coarser(times, offsets, frequency.zone, frequency, steps)
    if coarser is not None:
        number, own = coarser
        raise Refusal(_two_sentence(ids[number], own, "", frequency.name))
    _refuse_change(times, offsets, ids, frequency, steps, left)


class _Irregular(Exception):
    """No single step fits: the distances, and the frequency with a step of one unit."""

    def __init__(self, distances: np.ndarray, frequency_of: Callable[[int], Frequency]) -> None:
        self.distances, self.frequency_of = distances, frequency_of


def _fit(times: np.ndarray, left: np.ndarray, zone: str | None) -> tuple[Frequency, np.ndarray]:
    """The frequency, and the distance between neighbouring times in its steps."""
    if times.dtype.kind != "M":
        return _even_steps(np.diff(times)[left], lambda step: Frequency(IntegerGrid(step)))
    wall = to_wall(times, zone) if zone else times
    clock = time_of_day(wall)
    if (clock[left] != clock[left + 1]).any():
        distances = np.diff(times)[left].astype(np.int64)
        return _even_steps(distances, lambda step: Frequency(EvenGrid(step), zone))
    which = _monthly_day(wall[:_MANY]) and _monthly_day(wall)
    if which:
        months = month_number(wall)
        return _even_steps(
            np.diff(months)[left],
            lambda step: Frequency(MonthGrid(step, which, _phase(months, step)), zone),
        )
    edge = _business_edge(wall[:_MANY]) and _business_edge(wall)
    if edge:
        months = month_number(wall)
        return _even_steps(
            np.diff(months)[left],
            lambda step: Frequency(
                MonthGrid(step, edge, _phase(months, step), business=True), zone
            ),
        )
    distances, weekdays = np.diff(microseconds(wall) // DAY)[left], weekday(wall)
    apart = int(np.gcd.reduce(distances))
    if apart % 7 == 0:
        anchor = int(weekdays[0]) if (weekdays == weekdays[0]).all() else None
        return _even_steps(
            distances // 7, lambda step: Frequency(EvenGrid(step * WEEK, anchor), zone)
        )
    if weekdays.max() < 5:
        worked = np.busday_count(wall[left].astype("M8[D]"), wall[left + 1].astype("M8[D]"))
        if (worked < distances).any():
            return _even_steps(worked, lambda step: Frequency(BusinessGrid(step), zone))
    return _even_steps(distances, lambda step: Frequency(EvenGrid(step * DAY), zone))


def _monthly_day(wall: np.ndarray) -> int:
    """The day of the month of all times, 31 for the last day; 0 if they differ."""
    day, length = day_of_month(wall), month_length(month_number(wall))
    which = 31 if (day == length).all() else int(day.max())
    return which if (day == np.minimum(which, length)).all() else 0


def _business_edge(wall: np.ndarray) -> int:
    """31 if all times are on the last day from Monday to Friday of their months, 1 if on the first
    such day; else 0."""
    return next(
        (edge for edge in (31, 1) if MonthGrid(1, edge, business=True).holds(wall).all()), 0
    )


def _even_steps(
    distances: np.ndarray, frequency_of: Callable[[int], Frequency]
) -> tuple[Frequency, np.ndarray]:
    smallest = int(distances.min())
    if smallest <= 0:
        raise Refusal(
            "The stamps of every series must increase from row to row. Sort them, and keep one row "
            "a stamp."
        )
    if int(np.gcd.reduce(distances)) != smallest:
        raise _Irregular(distances, frequency_of)
    return frequency_of(smallest), distances // smallest


def _phase(months: np.ndarray, step: int) -> int | None:
    """The month modulo `step` that all times share; None for monthly series or for series that
    differ."""
    phase = months % step
    return int(phase[0]) if step > 1 and (phase == phase[0]).all() else None


def _alone(times: np.ndarray, zone: str | None) -> Frequency | None:
    """The frequency of one series separately, if it has enough times and almost no gaps."""
    if len(times) < _FEW:
        return None
    try:
        frequency, steps = _fit(times, np.arange(len(times) - 1), zone)
    except (_Irregular, Refusal):
        return None
    return frequency if len(times) >= 0.8 * (steps.sum() + 1) else None


def _refuse_two(
    times: np.ndarray, offsets: np.ndarray, names: np.ndarray, zone: str | None
) -> None:
    """Refuse two series that are regular separately and have different frequencies."""
    first: tuple[str, str] | None = None
    for number in range(min(len(names), _MANY)):
        own = _alone(times[offsets[number] : offsets[number + 1]], zone)
        if own and first and own.name != first[1]:
            raise Refusal(_two_sentence(first[0], first[1], names[number], own.name))
        first = first or (own and (names[number], own.name))  # type: ignore[assignment]


def _refuse_once_a_month(
    times: np.ndarray, offsets: np.ndarray, names: np.ndarray, left: np.ndarray, zone: str | None
) -> None:
    """Refuse times on different days, at most one in each month: monthly data were probably
    meant."""
    if times.dtype.kind != "M":
        return
    wall = to_wall(times, zone) if zone else times
    apart = np.diff(month_number(wall))[left]
    days = np.diff(wall)[left].astype(np.int64) / DAY
    if apart.min() < 1 or np.median(apart) > 3 or np.abs(days - 30.44 * apart).max() > 16:
        return
    row = int(left[0])
    number = int(np.searchsorted(offsets, row, side="right") - 1)
    raise Refusal(
        f"Series '{names[number]}' has one stamp a month, but not on one day of it: "
        f"{format_stamp(times[row])}, {format_stamp(times[row + 1])}. "
        "Write the months, such as 2024-01, or say so in a query: select date_trunc('month', day) "
        "as ds, ..."
    )


def _refuse_coarser(
    times: np.ndarray,
    offsets: np.ndarray,
    names: np.ndarray,
    zone: str | None,
    frequency: Frequency,
    steps: np.ndarray,
) -> None:
    """Refuse a series that never uses the common step and is regular with a longer one."""
    coarser = _coarser(times, offsets, zone, frequency, steps)
    if coarser is not None:
        counts = np.diff(offsets)
        several = np.flatnonzero(counts > 1)
        smallest = np.minimum.reduceat(steps, _starts(counts, several))
        other = several[np.flatnonzero(smallest == 1)[0]]
        number, own = coarser
        raise Refusal(_two_sentence(names[other], frequency.name, names[number], own))


def _coarser(
    times: np.ndarray,
    offsets: np.ndarray,
    zone: str | None,
    frequency: Frequency,
    steps: np.ndarray,
) -> tuple[int, str] | None:
    """A series that never uses the common step and is regular with a longer one, and the name of
    that frequency."""
    counts = np.diff(offsets)
    several = np.flatnonzero(counts > 1)
    smallest = np.minimum.reduceat(steps, _starts(counts, several))
    for number in several[(smallest > 1) & (counts[several] >= _FEW)][:_MANY].tolist():
        own = _alone(times[offsets[number] : offsets[number + 1]], zone)
        if own and own.name != frequency.name:
            return number, own.name
    return None


def _starts(counts: np.ndarray, several: np.ndarray) -> np.ndarray:
    """The index, among all distances, of the first distance of each series with at least two
    times."""
    return np.concatenate([[0], np.cumsum(counts[several] - 1)[:-1]])


def _refuse_change(
    times: np.ndarray,
    offsets: np.ndarray,
    names: np.ndarray,
    frequency: Frequency,
    steps: np.ndarray,
    left: np.ndarray,
) -> None:
    """Refuse a series that has one step up to some time and a longer one after it (or the
    reverse). Gaps of different lengths are no longer step."""
    counts = np.diff(offsets)
    several = np.flatnonzero(counts > 1)
    starts = _starts(counts, several)
    sizes = counts[several] - 1
    unit = np.concatenate([[0], np.cumsum(steps == 1)])
    before = np.arange(len(steps)) - np.repeat(starts, sizes)
    after = np.repeat(sizes, sizes) - before
    ones_before = unit[:-1] - np.repeat(unit[starts], sizes)
    ones_after = np.repeat(unit[starts + sizes], sizes) - unit[:-1]
    enough = (before >= _FEW) & (after >= _FEW)
    finer_first = (ones_before >= 0.9 * before) & (ones_after <= 0.1 * after)
    coarser_first = (ones_before <= 0.1 * before) & (ones_after >= 0.9 * after)
    owner = np.repeat(several, sizes)
    for later, at in ((True, finer_first), (False, coarser_first)):
        change = np.flatnonzero(enough & at)
        for number in np.unique(owner[change])[:_MANY].tolist():
            own = change[owner[change] == number]
            place = int(own[len(own) // 2])
            coarse = (
                steps[place : place + int(after[place])]
                if later
                else steps[place - int(before[place]) : place]
            )
            if not _regular(coarse):
                continue
            raise Refusal(
                f"Series '{names[number]}' has two frequencies: its spacing changes near "
                f"{format_stamp(times[int(left[place])])}. "
                f"Keep one part, or give `frequency='{frequency.name}'` to put both on one grid, "
                "the steps between marked missing."
            )


def _regular(steps: Int[np.ndarray, " distance"]) -> bool:
    """True if four in five of the distances are about the same, as months are in days; distances
    between gaps are not.

    >>> _regular(np.array([31, 28, 31, 30, 62, 31])), _regular(np.array([22, 2, 1, 24, 2, 118]))
    (True, False)
    """
    middle = np.median(steps)
    return bool(np.mean(np.abs(steps - middle) <= _ALIKE * middle) >= 0.8)


def _two_sentence(one: str, its: str, other: str, others: str) -> str:
    also = f"series '{other}' has '{others}'" if other else f"others have '{others}'"
    return (
        f"Two frequencies in one panel: series '{one}' has '{its}' and {also}. "
        "Read them apart, or give `frequency` to put all series on one grid."
    )


def _irregular_sentence(
    times: np.ndarray,
    offsets: np.ndarray,
    names: np.ndarray,
    left: np.ndarray,
    irregular: _Irregular,
) -> str:
    """A sentence on the first time that does not fit the most common step, or on the smallest
    distances if none is common."""
    sizes, how_often = np.unique(irregular.distances, return_counts=True)
    common = int(sizes[how_often.argmax()])
    off = np.flatnonzero(irregular.distances % common)
    row = int(left[off[0]])
    number = int(np.searchsorted(offsets, row, side="right") - 1)
    stray = row + 1
    after = (
        int(irregular.distances[off[0] + 1])
        if off[0] + 1 < len(irregular.distances) and left[off[0] + 1] == stray
        else 0
    )
    name = irregular.frequency_of(common).name
    if (int(irregular.distances[off[0]]) + after) % common == 0 or (after == 0 and len(off) == 1):
        return (
            f"Series '{names[number]}' has a stamp off its grid: {format_stamp(times[stray])} is "
            f"not a whole number of steps of '{name}' after "
            f"{format_stamp(times[row])}. Correct or remove that row, or give a finer `frequency`."
        )
    return (
        f"The stamps of series '{names[number]}' are irregular: from {format_stamp(times[row])} to "
        f"{format_stamp(times[stray])} is not a whole number of "
        f"steps of '{name}', and {len(off)} of {len(irregular.distances)} distances are like it. "
        "Add them up to a regular grid first, or give `frequency`."
    )
