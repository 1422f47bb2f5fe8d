"""`Fitted`: the abstract base class of everything that `fit` returns. Saving, showing, scoring and
sampling depend on this class alone."""

import html
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, TypeVar

from ._check import Refusal
from ._types import Key, Learning

Leaf = TypeVar("Leaf", bound="FittedNetwork")
Stored = TypeVar("Stored", bound="Fitted")


class Fitted(ABC):
    """A fitted model: `model` holds the learned parameters, the other fields what is needed to use
    it.

    A subclass is a frozen data class. All its fields except `model` are plain values, so that they
    can be written to a file by name.
    """

    kind: ClassVar[str]
    """The name of this kind in a file."""

    spec: Any
    learning: Learning

    @property
    def stored(self) -> dict[str, Any]:
        """Return the fields that a file holds, by name: all of them."""
        return {each.name: vars(self)[each.name] for each in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_stored(cls: type[Stored], fields: Mapping[str, Any]) -> Stored:
        """Return the value that has these fields, the inverse of `stored`."""
        return cls(**fields)

    @property
    def outlined(self) -> dict[str, Any]:
        """Return values that a file needs in addition to the fields to build the model again:
        none."""
        return {}

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Any:
        """Return the untrained model that belongs to these fields (and `outlined`), by name. A kind
        without a network raises an error."""
        raise TypeError(f"a {cls.kind} has no weights")

    def score(self, *data: Any, **options: Any) -> Any:
        """Return the log likelihood of data, in nats: see `stepahead.score`."""
        raise Refusal(
            f"A {type(self).__name__} has no likelihood, so it cannot be scored. Fit "
            "a forecaster or a language model."
        )

    def sample(self, *arguments: Any, **options: Any) -> Any:
        """Return sequences drawn at random: see `stepahead.sample`."""
        raise Refusal(
            f"A {type(self).__name__} has no likelihood, so it cannot be sampled. Fit "
            "a forecaster or a language model."
        )

    def update(self, new: Any) -> Any:
        """Return the fitted model with new observations appended: see `Predictor.update`."""
        raise Refusal(
            f"A {type(self).__name__} forecasts no series, so it cannot be fine-tuned on new ones."
        )

    def summary(self) -> str:
        """Return a few lines of text: the model, and how its training went."""
        losses = self.learning.losses
        return f"{self.spec!r}\ntraining: {self.learning.stopped}" + (
            f"; last loss {losses[-1]:.4g}" if losses else ""
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"


class FittedNetwork(Fitted):
    """A fitted value that holds a network: `model` is a tree of arrays, whose shapes `outline`
    gives."""

    @classmethod
    @abstractmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Any:
        """Return the untrained model that belongs to these fields (and `outlined`), by name: the
        same tree, with arrays of the same shapes."""

    @classmethod
    def untrained(cls: type[Leaf], key: Key, **fields: Any) -> Leaf:
        """Return a value with these fields and a model with random, untrained weights."""
        return cls(model=cls.outline(fields, key), **fields)  # type: ignore[call-arg]
