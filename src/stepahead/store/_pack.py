"""Values as JSON and arrays, and back. Only classes listed by name are allowed, so that loading
runs no code."""

import dataclasses
from collections.abc import Iterable
from inspect import Parameter, signature
from typing import Any, Protocol

import numpy as np

from .._check import Refusal

Arrays = dict[str, np.ndarray]


class Kinds(Protocol):
    """Classes by name."""

    def get(self, name: str) -> type | None:
        """The class of that name, or None."""
        ...


_RENAMED_FIELDS = {("Quantiles", "levels"): "probabilities"}
"""Fields that have another name in earlier files: (class, old name) to new name."""


class Registry:
    """The data classes that a file may contain: those of some packages, imported at first use, and
    the user's own."""

    def __init__(self, *packages: Any, more: Iterable[type] = ()) -> None:
        self.own = {kind.__name__: kind for kind in more}
        self.packages = {name: package for package in packages for name in dir(package)}

    def get(self, name: str) -> type | None:
        """The class of that name, or None."""
        if name in self.own or name.startswith("_") or name not in self.packages:
            return self.own.get(name)
        kind = getattr(self.packages[name], name)
        return kind if isinstance(kind, type) and dataclasses.is_dataclass(kind) else None


def pack(value: Any, kinds: Kinds, arrays: Arrays, place: str) -> Any:
    """A value as JSON; its arrays are added to `arrays` under names that start with `place`.

    >>> from stepahead import models
    >>> pack(models.MLPAR(4, hidden=(8,)), {"MLPAR": models.MLPAR}, {}, "spec")
    {'kind': 'MLPAR', 'fields': {'lags': 4, 'hidden': [8]}}
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [pack(item, kinds, arrays, f"{place}.{number}") for number, item in enumerate(value)]
    if isinstance(value, np.ndarray):
        arrays[place] = value
        return {"array": place}
    name = type(value).__name__
    if kinds.get(name) is not type(value):
        raise Refusal(
            f"`{name}` is not one of stepahead's own, so a file cannot name it. Give its class to "
            f"both save and load: `own=({name},)`."
        )
    assert dataclasses.is_dataclass(value)
    fields = {
        f.name: pack(getattr(value, f.name), kinds, arrays, f"{place}.{f.name}")
        for f in dataclasses.fields(value)
        if f.init
    }
    return {"kind": name, "fields": fields}


def unpack(packed: Any, kinds: Kinds, arrays: Arrays) -> Any:
    """The value that `pack` was given. Classes that are not listed and fields that do not fit are
    errors."""
    if isinstance(packed, list):
        return tuple(unpack(item, kinds, arrays) for item in packed)
    if not isinstance(packed, dict):
        return packed
    if set(packed) == {"array"} and packed["array"] in arrays:
        return arrays[packed["array"]]
    kind = kinds.get(str(packed.get("kind")))
    if kind is None or not isinstance(packed.get("fields"), dict):
        raise Refusal(
            f"The file names the kind {packed.get('kind')!r}, which this version does not have. "
            "If it is a class of your own, give it: `load(path, own=(…,))`; otherwise update "
            "stepahead."
        )
    try:
        fields = {
            _RENAMED_FIELDS.get((packed["kind"], name), name): item
            for name, item in packed["fields"].items()
        }
        return _made(kind, {name: unpack(item, kinds, arrays) for name, item in fields.items()})
    except TypeError as wrong:
        raise Refusal(
            f"The file's {packed['kind']} has fields that this version does not know ({wrong}). "
            "Update stepahead."
        ) from wrong


def _made(kind: type, fields: dict[str, Any]) -> Any:
    """The object with these fields; a field that the class takes as `*name` is passed item by
    item."""
    several = [
        each.name
        for each in signature(kind).parameters.values()
        if each.kind == Parameter.VAR_POSITIONAL
    ]
    items = [item for name in several for item in fields.pop(name)]
    return kind(*items, **fields)
