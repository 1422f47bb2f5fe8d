"""Strategies of multi-step forecasting, each a function of a specification, a head and the
horizon."""

from collections.abc import Callable
from dataclasses import replace

from .._check import whole
from ..models import Anchored, Direct, Head, Specification

Strategy = Callable[[Specification, Head, int], tuple[Specification, Head]]
"""A function of a specification, a head and the horizon that returns the specification and the head
to build."""


def recursive(spec: Specification, head: Head, horizon: int) -> tuple[Specification, Head]:
    """Return a one-step model, which is fed its own forecasts: it can forecast any horizon, and
    errors accumulate.

    Source of the strategies' names: Ben Taieb et al. 2012.
    """
    whole("horizon", horizon)
    return spec, replace(head, horizon=1)


def mimo(spec: Specification, head: Head, horizon: int) -> tuple[Specification, Head]:
    """Return one model that emits all `horizon` steps at once (multiple input, multiple output)."""
    return spec, replace(head, horizon=whole("horizon", horizon))


def direct(spec: Specification, head: Head, horizon: int) -> tuple[Specification, Head]:
    """Return a separate model for each step ahead: errors do not accumulate, and there are
    `horizon` times as many weights."""
    return Direct(spec), replace(head, horizon=whole("horizon", horizon))


def anchored(strategy: Strategy) -> Strategy:
    """Return the strategy for a model of changes: see `models.Anchored`.

    >>> from stepahead import models
    >>> anchored(mimo)(models.GRU(8), models.Gaussian(), 12)[1]
    Gaussian(horizon=12)
    """

    def arranged(spec: Specification, head: Head, horizon: int) -> tuple[Specification, Head]:
        spec, head = strategy(spec, head, horizon)
        return Anchored(spec), head

    return arranged
