"""`Work`: a kind of job, defined by what it does with each chunk."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from ._folder import JobFolder
from ._survey import Survey


class Work(ABC):
    """The function that is called on every chunk, what it needs from all series, and how its sums
    are reduced. A subclass is a frozen data class of its settings, which determine the bytes of the
    result."""

    call: ClassVar[str | None] = None
    """The function of `workflow.large` that works on a chunk. It takes the folder and the number,
    writes the part, and returns the number of series and of those that failed. None if `learn` does
    all the work."""

    name: ClassVar[str]
    """The name of the stage in events."""

    cuts: tuple[int, ...] = (0,)
    """The steps that are cut off the end of every series, for each origin."""

    ahead: int = 0
    """The steps after the end of every series for which covariates must be known."""

    @abstractmethod
    def learn(self, survey: Survey) -> dict[str, Any]:
        """Write the forecasters for the chunks; return the settings that the chunks need, as JSON
        values."""

    def results(self, job: JobFolder, chunks: int, settings: dict[str, Any]) -> dict[str, Any]:
        """Reduce the sums of the chunks, in their order, to the results in the manifest."""
        return {}
