"""Known covariates in their own unit, as regressions use them."""

import numpy as np
from jaxtyping import Float, Int

from ..data import CovariateScale, Panel, scaled_covariates


def known_names(panel: Panel) -> tuple[str, ...]:
    """Return the names of the known covariates of a panel."""
    return () if panel.covariates is None else panel.covariates.known_names


def known_columns(
    panel: Panel, columns: tuple[str, ...], ahead: int
) -> Float[np.ndarray, "reached column"]:
    """Return the covariates of every step of each series and of `ahead` more steps, in their own
    unit. A gap is filled with the last value before it; a missing value after the end is
    refused."""
    scale = column_scale(columns)
    if scale is None:
        return np.zeros((len(panel.values) + ahead * len(panel), 0))
    held = scaled_covariates(panel, scale, ahead).covariates
    assert held is not None  # there are columns
    return held.known


def column_scale(columns: tuple[str, ...]) -> CovariateScale | None:
    """Return a `CovariateScale` that leaves these columns unchanged; None without columns."""
    if not columns:
        return None
    return CovariateScale((), (), columns, np.zeros(len(columns)), np.ones(len(columns)))


def later_columns(
    panel: Panel, columns: tuple[str, ...], late: Int[np.ndarray, " series"], horizon: int
) -> Float[np.ndarray, "series step column"]:
    """Return the covariates of every step after the last observed value, which is `late` steps
    before the end of each series, up to `horizon` steps after the end. Shorter rows are padded with
    their last step."""
    known = known_columns(panel, columns, horizon)
    ends = panel.offsets[1:] + horizon * np.arange(1, len(panel) + 1)
    step = np.arange(int(late.max(initial=0)) + horizon)
    first = ends - horizon - late
    return known[np.minimum(first[:, None] + step, ends[:, None] - 1)]
