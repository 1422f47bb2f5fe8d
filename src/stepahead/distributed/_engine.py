"""`Engine`: a map of a named function over chunks, and its end."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from .._check import Refusal

Chunk = tuple[str | int | float, ...]
"""The arguments of one call: paths, names and numbers, never data and never a model."""

Self = TypeVar("Self", bound="Engine")


class Outcome(NamedTuple):
    """The end of one call: the number of its chunk, and its result, or the sentence on its
    failure; `refused` where the failure is one that the user can mend."""

    place: int
    result: Any = None
    failure: str | None = None
    refused: bool = False


class Engine(ABC):
    """Runs calls of a function, which is given by name as `package.module:function`, so that no
    code and no object travels. Results are plain values: texts, numbers, lists of these.

    >>> from stepahead.distributed import Loop
    >>> with Loop() as engine:
    ...     list(engine.map("operator:add", [(1, 2), (1, "a")]))
    [Outcome(place=0, result=3, failure=None, refused=False), Outcome(place=1, result=None,
    failure="TypeError: unsupported operand type(s) for +: 'int' and 'str'", refused=False)]
    """

    @abstractmethod
    def map(self, function: str, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """Call the function with every chunk, and yield outcomes in the order in which they
        end."""

    @abstractmethod
    def close(self) -> None:
        """End the workers, those in the middle of a chunk too."""

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
