"""Covariates that are known beforehand, as they are: what a regression reads."""

import numpy as np
from jaxtyping import Float, Int

from ..data import CovariateScale, Panel, scaled_covariates


def known_names(panel: Panel) -> tuple[str, ...]:
    """The names of the covariates of a panel that are known beforehand."""
    return () if panel.covariates is None else panel.covariates.known_names


def known_columns(
    panel: Panel, columns: tuple[str, ...], ahead: int
) -> Float[np.ndarray, "reached column"]:
    """The covariates of every step of each series and `ahead` more, as they are; a gap is closed by
    the last value before it, one beyond the end refused."""
    scale = column_scale(columns)
    if scale is None:
        return np.zeros((len(panel.values) + ahead * len(panel), 0))
    held = scaled_covariates(panel, scale, ahead).covariates
    assert held is not None  # there are columns
    return held.known


def column_scale(columns: tuple[str, ...]) -> CovariateScale | None:
    """Covariates of these names, as they are."""
    if not columns:
        return None
    return CovariateScale((), (), columns, np.zeros(len(columns)), np.ones(len(columns)))


def later_columns(
    panel: Panel, columns: tuple[str, ...], late: Int[np.ndarray, " series"], horizon: int
) -> Float[np.ndarray, "series step column"]:
    """The covariates of every step after the last value that was seen, `late` steps before the end
    of each series, up to `horizon` steps after the end; of the shorter ones, the last is repeated.
    """
    known = known_columns(panel, columns, horizon)
    ends = panel.offsets[1:] + horizon * np.arange(1, len(panel) + 1)
    step = np.arange(int(late.max(initial=0)) + horizon)
    first = ends - horizon - late
    return known[np.minimum(first[:, None] + step, ends[:, None] - 1)]
