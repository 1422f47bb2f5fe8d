"""Columns of covariates, and the table with their future values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._check import Refusal
from ...data import Panel, as_covariates, disagreements, format_stamp, to_wall
from ._cell_counts import cell
from ._engine import Column, Table


@dataclass(frozen=True)
class CovariateColumns:
    """The covariates that the user named: columns by kind, and `future`, a source with values of
    known ones after the end of the series.

    `continues` is True while such a source is read: its targets are covariates.
    """

    known: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    future: Any = None
    continues: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all covariate columns."""
        return (*self.static, *self.past, *self.known)


def covariate_columns(
    known: str | Sequence[str] | None,
    past: str | Sequence[str] | None,
    static: str | Sequence[str] | None,
    future: Any,
) -> CovariateColumns:
    """The covariate columns as given. A column that is named twice is an error, as is a future
    table without known columns."""
    knowns, pasts, statics = (
        () if names is None else (names,) if isinstance(names, str) else tuple(names)
        for names in (known, past, static)
    )
    every = (*knowns, *pasts, *statics)
    twice = [name for name in every if every.count(name) > 1]
    if twice:
        raise Refusal(
            f"The column '{twice[0]}' is named twice among the covariates. Name it once: as known, "
            "past or static."
        )
    if future is not None and not knowns:
        raise Refusal(
            "`future` holds what is known of the steps to come, but no column is named for it. "
            "Name one: `known='temperature'`."
        )
    return CovariateColumns(knowns, pasts, statics, future)


_YES, _NO = "('true', 'yes', 't', 'y')", "('false', 'no', 'f', 'n')"


def is_flag(table: Table, column: Column) -> bool:
    """True for a column of text whose cells are all yes or no (or the like)."""
    if not column.text:
        return False
    cell_text = f"lower(trim({column.key}))"
    yes, no, other = table.rows(
        f"SELECT count(*) FILTER ({cell_text} IN {_YES}), count(*) FILTER ({cell_text} IN {_NO}), "
        f"count({cell(column.key)}) FROM raw"
    )[0]
    return bool(0 < yes + no == other)


def flag(column: Column) -> str:
    """SQL of a yes/no cell as the text 1 or 0, NULL where it is missing."""
    cell_text = f"lower(trim({column.key}))"
    return f"CASE WHEN {cell_text} IN {_YES} THEN '1' WHEN {cell_text} IN {_NO} THEN '0' END"


def refuse_covariates(columns: CovariateColumns, what: str) -> None:
    """Raise an error for covariates of a source without named columns."""
    if columns.names:
        raise Refusal(
            f"{what} has no column '{columns.names[0]}'. Give a table, or add covariates to the "
            "panel: `data.with_covariates`."
        )


def as_covariate_columns(panel: Panel, columns: CovariateColumns) -> Panel:
    """The panel with these channels as covariates."""
    return (
        as_covariates(panel, static=columns.static, past=columns.past, known=columns.known)
        if columns.names
        else panel
    )


def covariates_note(panel: Panel) -> tuple[str, ...]:
    """A note on the covariates: their columns by kind, the last time of known ones, missing values.
    Empty without covariates."""
    held = panel.covariates
    if held is None:
        return ()
    kinds = (("known", held.known_names), ("past", held.past_names), ("static", held.static_names))
    parts = [f"{kind} {', '.join(repr(name) for name in names)}" for kind, names in kinds if names]
    beyond = held.reaches() - panel.lengths
    if held.known_names and beyond.any():
        furthest = int(np.argmax(beyond))
        last, zone = panel.future(int(beyond[furthest]))[furthest, -1:], panel.frequency.zone
        parts.append(f"known up to {format_stamp((to_wall(last, zone) if zone else last)[0])}")
    missing = sum(int(np.isnan(block).sum()) for block in (held.static, held.past, held.known))
    return (
        f"covariates: {'; '.join(parts)}"
        + (f"; {missing:,} of their values missing" if missing else ""),
    )


def future_notes(panel: Panel, future: Panel, named: bool) -> tuple[str, ...]:
    """Notes on unused parts of a future table: series that are not in the panel (if a column names
    them), and values that differ from the panel's."""
    notes = []
    strange = [f"'{name}'" for name in future.ids if name not in set(panel.ids)]
    if strange and named:
        served = " serves all series" if len(future) == 1 else "; left out"
        notes.append(
            f"the future names {', '.join(strange[:5])}, which "
            f"{'is' if len(strange) == 1 else 'are'} no series here{served}"
        )
    unlike = disagreements(panel, future)
    if unlike:
        first, zone = unlike[0], panel.frequency.zone
        stamp = format_stamp(to_wall(np.array([first.stamp]), zone)[0] if zone else first.stamp)
        notes.append(
            f"the future gives {len(unlike):,} known values otherwise than the series hold them, "
            "which keep theirs: "
            f"'{first.name}' of '{first.id}' at {stamp} is {first.held:g}, and not {first.given:g}"
        )
    return tuple(notes)
