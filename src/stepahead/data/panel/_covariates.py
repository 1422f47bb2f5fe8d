"""`Covariates`: the covariates of a panel, by column name."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal

Names = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Covariates:
    """Covariates of a panel, in three blocks with a name for each column; NaN marks a missing
    number.

    `static` has one row for each series. `past` has one row for each step, like the panel's values:
    covariates that are observed together with the value. `known` covariates are known in advance:
    series i has the rows `known[offsets[i]:offsets[i + 1]]`, the first of which belongs to its
    first step; they may extend beyond its end, as far as they are known.
    """

    static: Float[np.ndarray, "series static"]
    past: Float[np.ndarray, "total past"]
    known: Float[np.ndarray, "reached known"]
    offsets: Int[np.ndarray, " boundary"]
    static_names: Names = field(default=())
    past_names: Names = field(default=())
    known_names: Names = field(default=())

    @classmethod
    def none(cls, boundary: Int[np.ndarray, " boundary"]) -> "Covariates":
        """Return covariates without columns, for series with these offsets."""
        total = int(boundary[-1])
        return cls(
            np.zeros((len(boundary) - 1, 0)),
            np.zeros((total, 0)),
            np.zeros((total, 0)),
            np.asarray(boundary),
        )

    @property
    def names(self) -> Names:
        """All column names: static, past, known."""
        return self.static_names + self.past_names + self.known_names

    def reaches(self) -> Int[np.ndarray, " series"]:
        """The number of rows of `known` of each series."""
        return np.diff(self.offsets)

    def checked(self, boundary: Int[np.ndarray, " boundary"], names: Names) -> None:
        """Refuse blocks that do not fit a panel with the offsets `boundary` and these channel
        `names`."""
        lengths = np.diff(boundary)
        shapes = (self.static.shape, self.past.shape, self.known.shape[1])
        wanted = (
            (len(lengths), len(self.static_names)),
            (int(boundary[-1]), len(self.past_names)),
            len(self.known_names),
        )
        if (
            shapes != wanted
            or len(self.offsets) != len(boundary)
            or self.offsets[-1] != len(self.known)
        ):
            raise Refusal(
                f"Covariates must have the shapes {wanted}, but they have {shapes}. Add them with "
                "`data.with_covariates`."
            )
        if (self.reaches() < lengths).any():
            raise Refusal(
                "Known covariates must hold a row for every step of every series; mark a missing "
                "one by NaN."
            )
        every = (*names, *self.names)
        twice = [name for name in every if every.count(name) > 1]
        if twice:
            raise Refusal(
                f"The column '{twice[0]}' is there twice. Name every channel and every covariate "
                "differently."
            )
        for block, columns in (
            (self.static, self.static_names),
            (self.past, self.past_names),
            (self.known, self.known_names),
        ):
            infinite = np.isinf(block).any(axis=0)
            if infinite.any():
                raise Refusal(
                    f"The covariate '{columns[int(infinite.argmax())]}' holds an infinite value. "
                    "Correct it, or mark it as missing."
                )

    def cut(
        self,
        kept: Int[np.ndarray, " chosen"],
        rows: Int[np.ndarray, " row"],
        starts: Int[np.ndarray, " chosen"],
        reach: Int[np.ndarray, " chosen"],
    ) -> "Covariates":
        """Return the covariates of the series `kept`: the value rows `rows`, and `reach` known rows
        of each series from its own step `starts` on."""
        known, offsets = row_ranges(self.offsets[:-1][kept] + starts, reach)
        return replace(
            self,
            static=self.static[kept],
            past=self.past[rows],
            known=self.known[known],
            offsets=offsets,
        )


def row_ranges(
    first: Int[np.ndarray, " series"], lengths: Int[np.ndarray, " series"]
) -> tuple[Int[np.ndarray, " row"], Int[np.ndarray, " boundary"]]:
    """Return the rows `first[i]`, `first[i] + 1`, … of each series, one series after the other, and
    the offsets of the result.

    >>> rows, offsets = row_ranges(np.array([7, 2]), np.array([2, 3]))
    >>> rows.tolist(), offsets.tolist()
    ([7, 8, 2, 3, 4], [0, 2, 5])
    """
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return np.repeat(first - offsets[:-1], lengths) + np.arange(offsets[-1]), offsets


def place_rows(total: int, *blocks: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return an array of `total` rows with these blocks at their rows, later blocks overwriting
    earlier ones; NaN elsewhere."""
    laid = np.full((total, blocks[0][0].shape[1]), np.nan)
    for block, rows in blocks:
        laid[rows] = np.where(np.isnan(block), laid[rows], block)
    return laid
