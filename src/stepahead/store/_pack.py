"""Values as JSON and arrays, and back. Only classes listed by name are allowed, so that loading
runs no code."""

import dataclasses
from collections.abc import Iterable, Mapping
from inspect import Parameter, signature
from typing import Any

import numpy as np

from .._check import Refusal

Arrays = dict[str, np.ndarray]

_RENAMED_FIELDS = {("Quantiles", "levels"): "probabilities"}
"""Fields of earlier files under another name: (class, old name) to new name."""


def registry(*packages: Any, more: Iterable[type] = ()) -> dict[str, type]:
    """The dataclasses of these packages, and `more` of the user's own, by name."""
    found = {
        name: kind
        for package in packages
        for name in dir(package)
        if not name.startswith("_") and _is_value(kind := getattr(package, name))
    }
    return found | {kind.__name__: kind for kind in more}


def pack(value: Any, kinds: Mapping[str, type], arrays: Arrays, place: str) -> Any:
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


def unpack(packed: Any, kinds: Mapping[str, type], arrays: Arrays) -> Any:
    """The value that `pack` was given; refuse classes that are not listed and fields that do not
    fit."""
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
    """The value of these fields; one that its class takes as `*name` is given item by item."""
    several = [
        each.name
        for each in signature(kind).parameters.values()
        if each.kind == Parameter.VAR_POSITIONAL
    ]
    items = [item for name in several for item in fields.pop(name)]
    return kind(*items, **fields)


def _is_value(kind: Any) -> bool:
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)
