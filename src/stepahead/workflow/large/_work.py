"""`Work`: what a job makes of its chunks."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from ._folder import JobFolder
from ._survey import Survey


class Work(ABC):
    """A function over chunks, what it needs to know of all series, and how its sums end. A leaf is
    a frozen data class of its settings, which decide the bytes of the result."""

    call: ClassVar[str | None] = None
    """The function of `workflow.large` that works on a chunk: it is called with the folder and the
    number, writes the part, and returns the number of series and of those that failed. None where
    all is done once it is learned."""

    name: ClassVar[str]
    """The stage in events."""

    cuts: tuple[int, ...] = (0,)
    """Steps that are cut off the end of every series, for each origin from which it is forecast."""

    ahead: int = 0
    """Steps after the end of every series of which covariates must be known."""

    @abstractmethod
    def learn(self, survey: Survey) -> dict[str, Any]:
        """Write the forecasters of the chunks, and return the settings that they need, as JSON."""

    def told(self, job: JobFolder, chunks: int, settings: dict[str, Any]) -> dict[str, Any]:
        """Reduce the sums of the chunks, in their order, to what the manifest says besides."""
        return {}
