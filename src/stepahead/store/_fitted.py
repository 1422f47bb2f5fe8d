"""Any fitted value to a header and arrays, and back: its fields by name, its model by its outline."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from .._check import Refusal
from .._types import Key
from ..fitted import Fitted
from ..models import Mixture
from ._nets import filled, keep
from ._pack import Arrays, pack, unpack

Outline = Callable[[Any, Key], Any]
"""`(specification, key) -> model`: untrained, for its shapes."""


def pack_fitted(fitted: Fitted, kinds: Mapping[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; arrays go into `arrays`."""
    held = {field.name: getattr(fitted, field.name) for field in dataclasses.fields(fitted) if field.name != "model"}  # type: ignore[arg-type]
    fields = {name: pack(value, kinds, arrays, name) for name, value in held.items()}
    return {"kind": fitted.kind, "fields": fields, "model": _pack_model(fitted.model, kinds, arrays, "")}  # type: ignore[attr-defined]


def unpack_fitted(header: Mapping[str, Any], cls: type[Fitted], kinds: Mapping[str, type], arrays: Arrays, path: str | Path) -> Fitted:
    """What `pack_fitted` was given."""
    fields = {name: unpack(packed, kinds, arrays) for name, packed in header["fields"].items()}

    def outline(spec: Any, key: Key) -> Any:
        return cls.outline({**fields, "spec": spec}, key)

    try:
        return cls(model=_unpack_model(header["model"], fields["spec"], outline, kinds, arrays, path), **fields)  # type: ignore[call-arg]
    except TypeError as wrong:
        raise Refusal(f"'{path}' does not hold what a {header['kind']} needs ({wrong}). Save the model again.") from wrong


def _pack_model(model: Any, kinds: Mapping[str, type], arrays: Arrays, at: str) -> dict[str, Any]:
    """Nets by their arrays, whose shapes the outline knows; counts as values; mixtures part by part."""
    if isinstance(model, Mixture):
        parts = [_pack_model(part, kinds, arrays, f"{at}{number}/") for number, part in enumerate(model.models)]
        return {"mixture": parts, "weights": list(model.weights)}
    if isinstance(model, eqx.Module):
        keep(model, arrays, at)
        return {"net": at}
    return {"value": pack(model, kinds, arrays, f"{at}value")}


def _unpack_model(
    header: Mapping[str, Any], spec: Any, outline: Outline, kinds: Mapping[str, type], arrays: Arrays, path: str | Path
) -> Any:
    if "mixture" in header:
        parts = zip(header["mixture"], spec, strict=True)
        models = tuple(_unpack_model(part, one, outline, kinds, arrays, path) for part, one in parts)
        return Mixture(models, tuple(header["weights"]))
    if "net" in header:
        return filled(eqx.filter_eval_shape(partial(outline, spec), jax.random.key(0)), arrays, header["net"], path)
    return unpack(header["value"], kinds, arrays)
