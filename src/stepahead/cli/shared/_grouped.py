"""`grouped`: several options of a command as one value of a data class."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any


def grouped(
    argument: str,
    group: type,
    names: Sequence[str] = (),
    annotations: Mapping[str, Any] | None = None,
    **defaults: Any,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: in place of this argument of the command, Typer sees the fields of the data
    class `group` as options, each with its help text; the command receives one value of the class.

    `names` selects fields and their order (all by default); `annotations` and `defaults` replace
    those of the class.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Size:
    ...     width: int = 64
    ...     layers: int = 1
    >>> @grouped("size", Size, width=128)
    ... def build(*, name: str, size: Size) -> None:
    ...     print(name, size.width, size.layers)
    >>> str(signature(build))
    '(*, name: str, width: int = 128, layers: int = 1)'
    >>> build(name="net", width=32, layers=2)
    net 32 2
    """
    known = {each.name: each for each in fields(group)}
    taken = tuple(names) or tuple(known)
    offered = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=_default(defaults.get(name, known[name].default)),
            annotation=(annotations or {}).get(name, known[name].type),
        )
        for name in taken
    ]

    def around(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_group(**given: Any) -> None:
            command(**{argument: group(**{name: given.pop(name) for name in taken})}, **given)

        own = signature(command).parameters
        shown = [each for name in own for each in (offered if name == argument else [own[name]])]
        with_group.__signature__ = Signature(shown)  # type: ignore[attr-defined]
        return with_group

    return around


def _default(value: Any) -> Any:
    return Parameter.empty if value is MISSING else value
