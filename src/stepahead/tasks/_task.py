"""`Task`: the function that `fit` calls for one kind of data."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._check import Refusal, known_name
from .._types import Key


@dataclass(frozen=True)
class Task:
    """A kind of data, the name of the task, and a function that imports the training function on
    first use."""

    name: str
    data: type
    find: Callable[[], Callable[..., Any]]

    @property
    def learn(self) -> Callable[..., Any]:
        """The training function: `learn(spec, data, *, key, run, …options)`."""
        return self.find()

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the task's options."""
        parameters = inspect.signature(self.learn).parameters.values()
        return tuple(
            p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in ("key", "run")
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse options that the task does not have."""
        for name in options:
            known_name(f"option of the task '{self.name}'", name, self.options)


@dataclass(frozen=True, kw_only=True)
class ForecastOptions:
    """The checked options of the task `forecast`; None stands for the default (see
    `fit_forecast`)."""

    horizon: int
    season: int
    head: Any = None
    scaler: Any = None
    strategy: Any = None
    training: Any = None
    known_states: Any = None
    start: Any = None


def required_key(key: Key | None) -> Key:
    """Return the key; refuse None if random numbers are drawn."""
    if key is None:
        raise Refusal("`key` is missing: what is drawn is a function of it. Give `key=0`.")
    return key


def refuse_options(why: str, **options: Any) -> None:
    """Refuse options that would have no effect."""
    named = [name for name, value in options.items() if value is not None]
    if named:
        raise Refusal(f"`{named[0]}` {why}. Leave it out.")


COUNTED = "belongs to models trained by gradient, but counts are made in one pass"
"""The reason why count models refuse options of training."""

OF_HIDDEN = "is for hidden Markov models, `models.HMM(states)`"
"""The reason why other models refuse known states."""
