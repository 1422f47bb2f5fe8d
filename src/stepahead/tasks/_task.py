"""`Task`: one row of the table by which `fit` finds what is to be learned."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._check import Refusal, known_name
from .._types import Key


@dataclass(frozen=True)
class Task:
    """What is learned from one kind of data, by name, and the function that learns it: `learn(spec,
    data, *, key, run, …options)`."""

    name: str
    data: type
    learn: Callable[..., Any]

    @property
    def options(self) -> tuple[str, ...]:
        """The names of its options."""
        parameters = inspect.signature(self.learn).parameters.values()
        return tuple(
            p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in ("key", "run")
        )

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse an option that this task does not have."""
        for name in options:
            known_name(f"option of the task '{self.name}'", name, self.options)


def given(key: Key | None) -> Key:
    """The key; refused where something is drawn and there is none."""
    if key is None:
        raise Refusal("`key` is missing: what is drawn is a function of it. Give `key=0`.")
    return key


def refuse_options(why: str, **options: Any) -> None:
    """Refuse options that would do nothing here."""
    named = [name for name, value in options.items() if value is not None]
    if named:
        raise Refusal(f"`{named[0]}` {why}. Leave it out.")


COUNTED = "belongs to models trained by gradient, but counts are made in one pass"
"""Why a count model refuses options of training."""
