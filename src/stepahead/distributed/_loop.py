"""`Loop`: all chunks in this process, one after the other."""

from collections.abc import Iterable, Iterator

from ._engine import Chunk, Engine, Outcome, outcome_of


class Loop(Engine):
    """A plain loop in this process. Native code uses all cores.

    >>> Loop()
    Loop()
    """

    def map(self, function: str, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """As `Engine.map`, in the order of the chunks."""
        for place, chunk in enumerate(chunks):
            yield outcome_of(place, function, chunk)

    def close(self) -> None:
        """Do nothing: there are no workers to stop."""

    def __repr__(self) -> str:
        return "Loop()"
