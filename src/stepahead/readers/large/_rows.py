"""Some series of a folder of sorted rows, as rows and as a `Panel`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from ...data import Frequency, Panel, panel_from_codes, refuse_two_frequencies
from ..files import CovariateColumns, as_covariate_columns, engine, quoted, run
from ._sorting import ROWS, SERIES

MEMORY = "512MB"
"""Memory that the reading of a chunk uses before it spills to the disk."""


@dataclass(frozen=True, eq=False)
class SeriesRows:
    """Rows by series and time: where each series begins, its id, the times (datetime64[us], or
    whole numbers) and the values."""

    offsets: Int[np.ndarray, " boundary"]
    ids: np.ndarray
    times: np.ndarray
    values: Float[np.ndarray, "row channel"]

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, first: int, last: int) -> "SeriesRows":
        """The series `first` to `last` − 1."""
        rows = slice(self.offsets[first], self.offsets[last])
        offsets = self.offsets[first : last + 1] - self.offsets[first]
        return SeriesRows(offsets, self.ids[first:last], self.times[rows], self.values[rows])

    def panel(
        self,
        names: tuple[str, ...],
        frequency: Frequency,
        *,
        inferred: bool,
        covariates: CovariateColumns | None = None,
    ) -> Panel:
        """The panel on the grid of this frequency; `names` are its channels, and the last columns
        are these covariates. With `inferred`, a series with another frequency of its own is an
        error; a series without any value always is."""
        beside = covariates or CovariateColumns()
        every = (*names, *beside.names)
        codes = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        panel = panel_from_codes(
            codes, self.ids, self.times, self.values, every, frequency, frequency.zone
        )
        if inferred:
            refuse_two_frequencies(self.times, self.offsets, self.ids, frequency)
        panel = as_covariate_columns(panel, beside)
        seen = np.add.reduceat(panel.observed.any(axis=1), panel.offsets[:-1], dtype=np.int64)
        if (seen == 0).any():
            empty = panel.ids[int(np.argmin(seen))]
            raise Refusal(f"No value at all in series '{empty}'. Fill it in, or leave it out.")
        return panel


def read_rows(folder: Path, first: int, last: int, *, dated: bool) -> SeriesRows:
    """The series `first` to `last` − 1 of a folder of sorted rows; only these are read. `dated` is
    True if their times are dates."""
    return _read(folder, f"series >= {first} AND series < {last}", np.arange(first, last), dated)


def read_some(folder: Path, numbers: Int[np.ndarray, " some"], *, dated: bool) -> SeriesRows:
    """The series with these numbers, which must increase. `dated` is True if their times are
    dates."""
    return _read(folder, f"series IN ({', '.join(map(str, numbers.tolist()))})", numbers, dated)


def _read(folder: Path, which: str, numbers: np.ndarray, dated: bool) -> SeriesRows:
    with engine(MEMORY, threads=1) as connection:
        ids = run(
            connection,
            f"SELECT id FROM read_parquet({quoted(str(folder / SERIES))}) WHERE {which} "
            "ORDER BY series",
        ).fetchall()
        got = run(
            connection,
            f"SELECT * FROM read_parquet({quoted(str(folder / ROWS))}) WHERE {which} "
            "ORDER BY series, moment",
        ).fetchnumpy()
    series, moment = (np.ma.getdata(got[name]).astype(np.int64) for name in ("series", "moment"))
    values = [np.ma.filled(got[name].astype(np.float64), np.nan) for name in got if name[0] == "v"]
    offsets = np.append(np.searchsorted(series, numbers), len(series))
    times = moment.astype("M8[us]") if dated else moment
    names = np.array([name for (name,) in ids], dtype=object)
    return SeriesRows(offsets, names, times, np.stack(values, axis=1))
