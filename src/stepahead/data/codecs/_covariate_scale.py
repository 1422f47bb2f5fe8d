"""Covariates as inputs of a model: each column standardised over the whole panel, gaps filled, the
steps ahead complete."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ..._types import Channels
from ..calendar import format_stamp
from ..covariates import without_covariates
from ..panel import Covariates, Names, Panel, last_observed, row_ranges


@dataclass(frozen=True, eq=False)
class CovariateScale:
    """Maps column c to (c − shift)/scale, with a shift and a scale for each column: static, then
    past, then known ones, by name.

    All series have the same scale, so that differences between series are kept; a column of 0 and 1
    is not changed.
    """

    static: Names
    past: Names
    known: Names
    shift: Float[np.ndarray, " column"]
    scale: Float[np.ndarray, " column"]

    def describe(self) -> str:
        """The columns by kind, such as 'known temperature, holiday; static area'."""
        kinds = (("known", self.known), ("past", self.past), ("static", self.static))
        return "; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds if names)

    def channels(self, value: int, mask: bool, horizon: int) -> Channels:
        """Return the columns of a model with `value` channels (with a mask or not) that emits
        `horizon` steps at once."""
        return Channels(
            value,
            mask,
            horizon * len(self.known) + len(self.static),
            len(self.past),
            len(self.static),
        )

    def apply(self, panel: Panel, ahead: int, *, carried: bool = False) -> Panel:
        """Return the panel with these columns, scaled, and known covariates for `ahead` steps after
        the end of every series.

        A gap in the past is filled with the last value before it (the column's mean if there is
        none). After the end, a missing covariate is refused, with its column, the series and the
        first missing time; with `carried` it is filled too. A column that the panel lacks, and a
        missing static covariate, are refused.
        """
        held = self._chosen(panel)
        if not carried:
            refuse_missing(replace(panel, covariates=held), ahead)
        statics, pasts = len(self.static), len(self.static) + len(self.past)
        if np.isnan(held.static).any():
            series, column = np.argwhere(np.isnan(held.static))[0]
            raise Refusal(
                f"The static covariate '{self.static[column]}' of series '{panel.ids[series]}' is "
                "missing. Fill it in, or leave it out."
            )
        scaled = [
            (block - self.shift[part]) / self.scale[part]
            for block, part in (
                (held.static, slice(0, statics)),
                (held.past, slice(statics, pasts)),
                (_of_length(held, panel.lengths + ahead), slice(pasts, None)),
            )
        ]
        offsets = panel.offsets + ahead * np.arange(len(panel) + 1)
        return replace(
            panel,
            covariates=replace(
                held,
                static=scaled[0],
                past=last_observed(scaled[1], panel.offsets),
                known=last_observed(scaled[2], offsets),
                offsets=offsets,
            ),
        )

    def _chosen(self, panel: Panel) -> Covariates:
        """The covariates with these names, in this order."""
        held = Covariates.none(panel.offsets) if panel.covariates is None else panel.covariates
        kinds = (
            ("static", self.static, held.static_names),
            ("past", self.past, held.past_names),
            ("known", self.known, held.known_names),
        )
        for kind, wanted, there in kinds:
            lacking = [name for name in wanted if name not in there]
            if lacking:
                raise Refusal(
                    f"The model was fitted with the {kind} covariate '{lacking[0]}', which these "
                    "series do not have. "
                    f"Name that column: `{kind}='{lacking[0]}'`."
                )
        of = [[there.index(name) for name in wanted] for _, wanted, there in kinds]
        return replace(
            held,
            static=held.static[:, of[0]],
            past=held.past[:, of[1]],
            known=held.known[:, of[2]],
            static_names=self.static,
            past_names=self.past,
            known_names=self.known,
        )


def scaled_covariates(
    panel: Panel, scale: CovariateScale | None, ahead: int, *, carried: bool = False
) -> Panel:
    """Return the panel with covariates as inputs of a model: `scale.apply(panel, ahead,
    carried=carried)`; without a scale, without covariates."""
    return (
        without_covariates(panel) if scale is None else scale.apply(panel, ahead, carried=carried)
    )


def covariate_scale(panel: Panel) -> CovariateScale | None:
    """Fit the scale of every column to the steps of the panel (not to those after the end); return
    None if it has no covariates.

    A column without any number in these steps is refused.

    >>> from stepahead.data import with_covariates
    >>> panel = Panel.from_arrays([[1.0, 2.0]])
    >>> both = Panel.from_arrays(
    ...     [[[1.0, 10.0], [0.0, 30.0], [0.0, 50.0]]], names=["holiday", "heat"]
    ... )
    >>> covered = with_covariates(panel, known=both)
    >>> covariate_scale(covered).apply(covered, 1).covariates.known.tolist()
    [[1.0, -1.0], [0.0, 1.0], [0.0, 3.0]]
    """
    held = panel.covariates
    if held is None or not held.names:
        return None
    inside, _ = row_ranges(held.offsets[:-1], panel.lengths)
    columns = [
        column for block in (held.static, held.past, held.known[inside]) for column in block.T
    ]
    shift, scale = np.zeros(len(columns)), np.ones(len(columns))
    for number, column in enumerate(columns):
        seen = column[~np.isnan(column)]
        if not len(seen):
            raise Refusal(
                f"The covariate '{held.names[number]}' holds no number at any step of the series. "
                "Fill it in, or leave it out."
            )
        if not np.isin(seen, (0.0, 1.0)).all():
            shift[number], scale[number] = seen.mean(), seen.std() or 1.0
    return CovariateScale(held.static_names, held.past_names, held.known_names, shift, scale)


def refuse_missing(panel: Panel, ahead: int) -> None:
    """Refuse series that lack a known covariate at one of the `ahead` steps after the end."""
    held = panel.covariates
    if held is None or not held.known_names or not ahead:
        return
    rows, _ = row_ranges(held.offsets[:-1] + panel.lengths, np.full(len(panel), ahead))
    there = rows < np.repeat(held.offsets[1:], ahead)
    values = np.where(there[:, None], held.known[np.where(there, rows, 0)], np.nan).reshape(
        len(panel), ahead, -1
    )
    missing = np.isnan(values)
    if not missing.any():
        return
    column = int(np.argmax(missing.any(axis=(0, 1))))
    series = np.flatnonzero(missing[:, :, column].any(axis=1))
    step = int(np.argmax(missing[series[0], :, column]))
    future = panel.future(ahead)[series[0]]
    listed = ", ".join(f"'{name}'" for name in panel.ids[series[:5]]) + (
        f" and {len(series) - 5} more" if len(series) > 5 else ""
    )
    raise Refusal(
        f"The known covariate '{held.known_names[column]}' is missing after the end of series "
        f"{listed}: first at {format_stamp(future[step])}, but "
        f"the forecast needs it up to {format_stamp(future[-1])}. Give the rows that follow: "
        "`future='FILE'`, or leave the column out."
    )


def _of_length(held: Covariates, wanted: np.ndarray) -> np.ndarray:
    """The first `wanted` known rows of each series, padded with NaN."""
    rows, _ = row_ranges(held.offsets[:-1], wanted)
    there = rows < np.repeat(held.offsets[1:], wanted)
    return (
        np.where(there[:, None], held.known[np.where(there, rows, 0)], np.nan)
        if held.known_names
        else np.zeros((len(rows), 0))
    )
