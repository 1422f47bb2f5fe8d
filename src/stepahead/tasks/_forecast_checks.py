"""Checks before a model of series is built and trained."""

import numpy as np

from .._check import Refusal, counted
from ..data import CovariateScale, Panel, format_stamp
from ..models import Anchored, Direct, Head, LinearAR, Specification

FEWEST_CHANGES = 20
"""The fewest changes between neighbouring steps, in all series together, for training a network by
the default recipe."""


def check_enough(panel: Panel) -> None:
    """Refuse to train a network by the default recipe on so little data that it would memorise it
    and be overconfident."""
    changes = int(panel.observed.any(axis=1).sum()) - len(panel)
    if changes < FEWEST_CHANGES:
        raise Refusal(
            f"A network needs at least {FEWEST_CHANGES} changes from step to step to learn from, "
            "but all series together have "
            f"{max(changes, 0)}: it would know them by heart, and its intervals would be next to "
            "nothing. "
            "Take a random walk, whose intervals say how little is known, or give more data."
        )


def check_ridge(spec: Specification, exact: bool) -> None:
    """Refuse a ridge penalty for training by gradient, which would ignore it."""
    inner = spec.spec if isinstance(spec, Anchored | Direct) else spec
    if not exact and isinstance(inner, LinearAR) and inner.ridge > 0:
        raise Refusal(
            "`ridge` is a penalty of least squares, which training by gradient does not see, but "
            f"{spec!r} was to be trained so. "
            "Leave `training` out, or `ridge` at 0."
        )


def check_past(covariates: CovariateScale | None, own: int, horizon: int) -> None:
    """Refuse past covariates for a model that must be fed beyond the end of a series."""
    if covariates is not None and covariates.past and own < horizon:
        raise Refusal(
            f"Past covariates ({', '.join(covariates.past)}) end with the series, so a model that "
            "feeds back its own forecasts cannot be "
            f"given them after {counted(own, 'step')}. Use `strategy=mimo` or `strategy=direct`, "
            "which answer "
            f"{counted(horizon, 'step')} at once, or name them "
            "as known."
        )


def check_readable(head: Head, panel: Panel, channel: int | None = None) -> None:
    """Refuse values that the head cannot model, such as halves for a head of counts; `channel`
    restricts the check to one channel."""
    unread = panel.observed & ~head.readable(np.where(panel.observed, panel.values, 0))
    if channel is not None:
        unread &= np.arange(panel.channels) == channel
    wrong = np.argwhere(unread)
    if len(wrong):
        row = int(wrong[0, 0])
        of = f"column '{panel.names[int(wrong[0, 1])]}' of " if panel.channels > 1 else ""
        raise Refusal(
            f"{type(head).__name__} is for {head.domain}, but {of}series "
            f"'{panel.ids[panel.series_of_step[row]]}' holds "
            f"{panel.values[tuple(wrong[0])]:g} at {format_stamp(panel.times[row])}. Use "
            f"Gaussian(){'' if channel is not None else ' or Quantiles()'}."
        )
