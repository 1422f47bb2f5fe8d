"""`Method`: the protocol of a forecasting method that fits itself."""

from typing import Any, Protocol, runtime_checkable

from .._types import Key
from ..data import Panel
from ._predictor import Predictor


@runtime_checkable
class Method(Protocol):
    """A forecasting method with its own fit (not a step): `ETS`, `Theta`, `Regressor`, or your
    own.

    `stepahead.fit` and `stepahead.backtest` take it like a model, without the options head,
    strategy and training.
    """

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Fit on every series of this panel, and on nothing else; `key` comes as it was given
        (`ops.as_key` makes one of JAX of a number)."""
        ...


def method_of(spec: Any) -> Method | None:
    """The method by which a specification fits itself: itself, the search for a state-space
    model's parameters; None where it is built and trained.

    >>> from stepahead.models import LocalLevel, Naive, StateSpace
    >>> method_of(Naive()) is None, type(method_of(StateSpace(LocalLevel()))).__name__
    (True, 'StateSpaceMethod')
    """
    if isinstance(spec, Method):
        return spec
    from ..models import StateSpace  # a local method is known before this costs anything
    from .statespace import StateSpaceMethod

    return StateSpaceMethod(spec) if isinstance(spec, StateSpace) else None
