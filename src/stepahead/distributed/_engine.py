"""`Engine`: calls a named function on many chunks of work."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from .._check import Refusal

Chunk = tuple[str | int | float, ...]
"""The arguments of one call: paths, names and numbers, but no data and no models."""

Self = TypeVar("Self", bound="Engine")


class Outcome(NamedTuple):
    """The outcome of one call: the number of its chunk, and its result or a sentence on its
    failure. `refused` is True if the failure is bad input, which the user can correct."""

    place: int
    result: Any = None
    failure: str | None = None
    refused: bool = False


class Engine(ABC):
    """Calls a function that is given by name, as `package.module:function`, so that neither code
    nor objects are sent to workers. Results are plain values: texts, numbers, lists of these.

    >>> from stepahead.distributed import Loop
    >>> with Loop() as engine:
    ...     list(engine.map("operator:add", [(1, 2), (1, "a")]))
    [Outcome(place=0, result=3, failure=None, refused=False), Outcome(place=1, result=None,
    failure="TypeError: unsupported operand type(s) for +: 'int' and 'str'", refused=False)]
    """

    @abstractmethod
    def map(self, function: str, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """Call the function with every chunk, and yield outcomes in the order in which calls
        finish."""

    @abstractmethod
    def close(self) -> None:
        """Stop the workers, also those that are working on a chunk."""

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def outcome_of(place: int, function: str, chunk: Chunk) -> Outcome:
    """Call the function of that name; an exception becomes the sentence of a failure."""
    module, _, name = function.partition(":")
    try:
        return Outcome(place, getattr(import_module(module), name)(*chunk))
    except Refusal as wrong:
        return Outcome(place, failure=str(wrong), refused=True)
    except Exception as wrong:  # a mistake in one chunk must not end the others
        return Outcome(place, failure=f"{type(wrong).__name__}: {wrong}")
