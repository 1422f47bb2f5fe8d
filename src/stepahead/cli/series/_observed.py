"""The data of `stepahead states`: series of numbers, or a text."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._check import Refusal, counted, known_name
from ..shared import provenance

if TYPE_CHECKING:
    from ...plots import Figure
    from ...readers import Reading

EMISSIONS = ("gaussian", "student-t", "full-gaussian", "poisson", "negative-binomial")
"""All names, listed here because help texts must not import the models."""


class Observed(ABC):
    """Data, and what a command does with a hidden Markov model of them."""

    data: Any

    @abstractmethod
    def spec(self, states: int) -> Any:
        """The model with this number of states."""

    @abstractmethod
    def fit(self, spec: Any, key: int) -> Any:
        """The fitted model."""

    @abstractmethod
    def states(self, fitted: Any) -> Any:
        """The hidden states of the data."""

    @abstractmethod
    def path(self, found: Any) -> Any:
        """The table of the path."""

    @abstractmethod
    def figure(self, found: Any) -> "Figure":
        """The figure of the states."""

    @abstractmethod
    def page(self, found: Any) -> Callable[[str], str]:
        """The report, as a function of the drawing program."""


class ObservedSeries(Observed):
    """Series of numbers."""

    def __init__(self, reading: "Reading", emission: str | None, lags: int) -> None:
        self.data, self.summary = reading.panel, reading.summary
        self.emission = _emission(emission, lags, list(reading.panel.names))

    def spec(self, states: int) -> Any:
        """A model of numbers."""
        from ...models import HMM

        return HMM(states, self.emission)

    def fit(self, spec: Any, key: int) -> Any:
        """A fitted forecaster, one step ahead."""
        from ...workflow import fit

        return fit(spec, self.data, 1, key=key)

    def states(self, fitted: Any) -> Any:
        """The hidden states of every step."""
        from ...workflow import states

        return states(fitted)

    def path(self, found: Any) -> Any:
        """A row for every step."""
        return found.table()

    @property
    def _columns(self) -> tuple[str, ...]:
        return ("y",) if self.data.channels == 1 else tuple(self.data.names)

    @property
    def _target(self) -> str:
        return str(self.data.names[0]) if self.data.channels == 1 else "y"

    def figure(self, found: Any) -> "Figure":
        """Every value in the colour of its state."""
        from ...plots import states_plot

        return states_plot(found.table(), target=self._target, columns=self._columns)

    def page(self, found: Any) -> Callable[[str], str]:
        """The report: the path over the series, the states, the probable next states."""
        from functools import partial

        from ...plots import StatesReport, states_report_html

        report = StatesReport(
            found.table(),
            found.summary(),
            found.transition,
            provenance([self.summary]),
            self._target,
            self._columns,
        )
        return partial(states_report_html, report)


def _emission(names: str | None, lags: int, columns: list[str]) -> Any:
    """The distribution with that name; or one for each column, if there are several names."""
    from ... import models

    kinds: dict[str, Any] = {
        "gaussian": models.Gaussian,
        "student-t": models.StudentT,
        "full-gaussian": models.FullGaussian,
        "poisson": models.Poisson,
        "negative-binomial": models.NegativeBinomial,
    }
    given = [name.strip() for name in (names or "gaussian").split(",")]
    for name in given:
        known_name("emission", name, EMISSIONS)
    if len(given) not in (1, len(columns)):
        raise Refusal(
            f"`--emission` names {counted(len(given), 'distribution')}, but there "
            f"{'is' if len(columns) == 1 else 'are'} {counted(len(columns), 'column')} of values "
            f"({', '.join(columns)}). Name one for each, in the order of --target, or one for all."
        )
    if len(given) > 1 and "full-gaussian" in given:
        raise Refusal(
            "`--emission full-gaussian` is one distribution of all columns together. Name it alone,"
            " or use gaussian for this column."
        )
    if lags and "gaussian" not in given:
        raise Refusal(
            f"`--lags` belongs to gaussian emissions, whose mean regresses on past values, but "
            f"`--emission` is {', '.join(given)}. Leave one of them out."
        )
    made = [
        models.Autoregressive(lags) if lags and name == "gaussian" else kinds[name]()
        for name in given
    ]
    return made[0] if len(made) == 1 else tuple(made)
