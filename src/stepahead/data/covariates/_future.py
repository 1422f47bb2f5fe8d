"""Future values of known covariates from another panel."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, known_name
from ..panel import Covariates, Panel, row_ranges
from ._with_covariates import aligned, with_room


def with_future(panel: Panel, future: Panel) -> Panel:
    """Return the panel with its known covariates extended by those of `future` for the steps after
    the end; existing values are kept.

    The channels of `future` must be known covariates of the panel; ids and times are matched as in
    `with_covariates`.

    >>> from stepahead.data import as_covariates
    >>> panel = Panel.from_arrays([[[1.0, 20.0], [2.0, 21.0]]], names=["sales", "price"])
    >>> later = Panel.from_arrays([[22.0, 23.0]], start=2, names=["price"])
    >>> with_future(as_covariates(panel, known=["price"]), later).covariates.known[:, 0].tolist()
    [20.0, 21.0, 22.0, 23.0]
    """
    held = panel.covariates
    names = () if held is None else held.known_names
    if held is None or not names:
        raise Refusal(
            "The series have no known covariate, so there is no future to give. "
            "Name one: `known='price'`."
        )
    for name in future.names:
        known_name("known covariate", name, names)
    block, offsets = aligned(panel, future, "known", beyond=True)
    return replace(panel, covariates=_merged(held, block, offsets, future.names))


def _merged(
    held: Covariates,
    block: Float[np.ndarray, "row column"],
    offsets: Int[np.ndarray, " boundary"],
    names: tuple[str, ...],
) -> Covariates:
    """The covariates with missing known values taken from a block of some of its columns at the
    same first steps."""
    reach = np.maximum(held.reaches(), np.diff(offsets))
    known, where = with_room(held.known, held.offsets, reach)
    other, _ = with_room(block, offsets, reach)
    columns = [held.known_names.index(name) for name in names]
    known[:, columns] = np.where(np.isnan(known[:, columns]), other, known[:, columns])
    return replace(held, known=known, offsets=where)


def with_known_ahead(
    panel: Panel, series: int, values: Mapping[str, Sequence[float] | np.ndarray]
) -> Panel:
    """Return the panel with these values of known columns of series number `series`, from the first
    step after its end on, as many as are given. They replace existing values.

    >>> from stepahead.data import as_covariates
    >>> panel = Panel.from_arrays([[[1.0, 20.0], [2.0, 21.0]]], names=["sales", "price"])
    >>> later = Panel.from_arrays([[22.0, 23.0]], start=2, names=["price"])
    >>> covered = with_future(as_covariates(panel, known=["price"]), later)
    >>> with_known_ahead(covered, 0, {"price": [5.0]}).covariates.known[:, 0].tolist()
    [20.0, 21.0, 5.0, 23.0]
    """
    held = panel.covariates
    if held is None or not held.known_names:
        raise Refusal("The series have no known covariate. Leave the values out.")
    if not 0 <= series < len(panel):
        raise Refusal(f"There is no such series: they are numbered 0 to {len(panel) - 1}.")
    known = held.known.copy()
    first = int(held.offsets[series] + panel.lengths[series])
    room = int(held.offsets[series + 1]) - first
    for name, column in values.items():
        place = held.known_names.index(known_name("known column", name, held.known_names))
        if not 1 <= len(column) <= room:
            raise Refusal(f"'{name}' is known for {room} steps, but {len(column)} are given.")
        known[first : first + len(column), place] = column
    return replace(panel, covariates=replace(held, known=known))


class Disagreement(NamedTuple):
    """A known covariate with two values, one in the panel and one in the given future: series and
    time, column, and both values."""

    id: str
    stamp: np.datetime64 | np.int64
    name: str
    held: float
    given: float


def disagreements(panel: Panel, future: Panel) -> list[Disagreement]:
    """Return the known covariates whose values in `future` differ from those of the panel, which
    `with_future` keeps.

    >>> from stepahead.data import as_covariates
    >>> panel = as_covariates(
    ...     Panel.from_arrays([[[1.0, 20.0], [2.0, 21.0]]], names=["sales", "price"]),
    ...     known=["price"],
    ... )
    >>> [
    ...     each.held
    ...     for each in disagreements(
    ...         panel, Panel.from_arrays([[22.0, 23.0]], start=1, names=["price"])
    ...     )
    ... ]
    [21.0]
    """
    held = panel.covariates
    if held is None:
        return []
    block, offsets = aligned(panel, future, "known", beyond=True)
    reach = np.minimum(held.reaches(), np.diff(offsets))
    (own, boundary), (given, _) = (
        row_ranges(starts[:-1], reach) for starts in (held.offsets, offsets)
    )
    columns = [held.known_names.index(name) for name in future.names]
    before, after = held.known[own][:, columns], block[given]
    found = []
    for row, column in np.argwhere(
        (before != after) & ~np.isnan(before) & ~np.isnan(after)
    ).tolist():
        series = int(np.searchsorted(boundary, row, side="right") - 1)
        stamp = panel.frequency.advance(
            panel.times[panel.offsets[series]], np.array([row - int(boundary[series])])
        )[0]
        found.append(
            Disagreement(
                str(panel.ids[series]),
                stamp,
                future.names[column],
                *(float(b[row, column]) for b in (before, after)),
            )
        )
    return found
