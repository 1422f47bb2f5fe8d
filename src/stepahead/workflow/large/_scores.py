"""The sums of a backtest in chunks, and its tables in the manifest."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...evaluation import LAST_SEASON, LAST_VALUE, Backtest, Columns, Totals, TrustSums
from ...store import save_result, saved_result
from ._chunk import Table
from ._folder import JobFolder

TRUST = "trust.sums"
"""The file of the sums from which the trust horizon is computed."""


@dataclass(frozen=True, eq=False)
class Scores:
    """The errors of some series as sums, and the sums for the trust horizon."""

    totals: Totals
    trust: TrustSums

    @classmethod
    def of(cls, report: Backtest, levels: tuple[float, ...]) -> "Scores":
        """Return the sums of one backtest."""
        return cls(Totals.of(report, levels), TrustSums.of(report))

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return all sums as arrays."""
        trust = self.trust
        return self.totals.sums, self.totals.counts, trust.moments, np.array([trust.scaled])

    @classmethod
    def of_arrays(
        cls, arrays: Sequence[np.ndarray], settings: dict[str, Any], season: int
    ) -> "Scores":
        """Return the same from arrays and the settings of the work."""
        sums, counts, moments, scaled = arrays
        measures = tuple(no_scores(tuple(settings["levels"])))[2:]
        measures = tuple("mse" if name == "rmse" else name for name in measures)
        models, rivals = tuple(settings["models"]), (LAST_VALUE, LAST_SEASON)
        sizes = settings["step"], settings["horizon"], bool(scaled[0])
        return cls(
            Totals((*models, *rivals), measures, sums, counts),
            TrustSums(models, rivals[: 1 if season == 1 else 2], *sizes, moments),
        )


def joined(parts: Iterable[Scores]) -> Scores | None:
    """Return the sums of all parts, added in this order; None if there are none."""
    total: Scores | None = None
    for part in parts:
        total = part if total is None else _added(total, part)
    return total


def _added(one: Scores, other: Scores) -> Scores:
    totals = Totals.joined([one.totals, other.totals])
    return Scores(totals, TrustSums.joined([one.trust, other.trust]))


def scores_of_chunks(
    job: JobFolder, chunks: int, settings: dict[str, Any], season: int
) -> Scores | None:
    """Return the sums of all chunks, added in their order."""
    found = (saved_result(job.result("sums", number), "") for number in range(chunks))
    arrays = (each.arrays for each in found if each is not None and each.arrays)
    return joined(Scores.of_arrays(each, settings, season) for each in arrays)


def save_trust(sums: TrustSums, folder: Path) -> dict[str, Any]:
    """Save the sums in the folder of the job; return the entry of the manifest."""
    save_result(folder / TRUST, "", [sums.moments], 0.0)
    held = asdict(sums)
    del held["moments"]
    return held


def saved_trust(folder: Path, held: dict[str, Any]) -> TrustSums:
    """Return the saved sums."""
    found = saved_result(folder / TRUST, "")
    assert found is not None and found.arrays is not None  # as they were kept
    names = {name: tuple(held[name]) for name in ("models", "rivals")}
    return TrustSums(**{**held, **names}, moments=found.arrays[0])


def no_scores(levels: tuple[float, ...]) -> Table:
    """Return the score columns for no series."""
    ends = ("pinball", *(f"coverage-{level:g}" for level in levels)) if levels else ()
    names = ("mase", "smape", "mae", "rmse", *ends)
    texts = {name: np.zeros(0, "U1") for name in ("unique_id", "model")}
    return texts | {name: np.zeros(0) for name in names}


def written(table: Columns) -> list[list[Any]]:
    """Return a table as JSON values: name and values of each column; NaN becomes null."""
    columns = ((name, column.tolist()) for name, column in table.items())
    return [[name, [None if each != each else each for each in column]] for name, column in columns]


def read_table(held: list[list[Any]]) -> Columns:
    """Return the table from JSON values, the inverse of `written`."""
    return Columns(
        {
            name: np.array(column, dtype=object)
            if name == "model"
            else np.array([np.nan if each is None else each for each in column])
            for name, column in held
        }
    )
