"""Models of labels and of tags to a header and arrays, and back."""

from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from .._check import Refusal
from ..labelling import NAMED, LabelModel, TagModel
from ..models import BayesModel
from ._nets import filled, keep
from ._pack import Arrays, pack, unpack

_LABELS = ("spec", "names", "vocabulary", "scale", "learning")
_TAGS = ("spec", "words", "characters", "tags", "learning")


def pack_labels(fitted: LabelModel, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; the model's arrays go into `arrays`."""
    header = {"kind": "labels", **{name: pack(getattr(fitted, name), kinds, arrays, name) for name in _LABELS}}
    if isinstance(fitted.model, BayesModel):
        return {**header, "counts": pack(fitted.model, kinds, arrays, "counts")}
    keep(fitted.model, arrays)
    return header


def unpack_labels(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> LabelModel:
    """What `pack_labels` was given."""
    values = {name: unpack(header[name], kinds, arrays) for name in _LABELS}
    if "counts" in header:
        return LabelModel(model=unpack(header["counts"], kinds, arrays), **values)
    vocabulary, scale = values["vocabulary"], values["scale"]
    if (vocabulary is None) == (scale is None):
        raise Refusal(f"'{path}' must hold either a vocabulary or a scale. Save the model again.")
    sizes = {"columns": scale.columns} if vocabulary is None else {"tokens": len(vocabulary)}
    outline = eqx.filter_eval_shape(lambda key: values["spec"].build(len(values["names"]), key, **sizes), jax.random.key(0))
    return LabelModel(model=filled(outline, arrays, "", path), **values)


def pack_tags(fitted: TagModel, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; the model's arrays go into `arrays`."""
    keep(fitted.model, arrays)
    return {"kind": "tags", **{name: pack(getattr(fitted, name), kinds, arrays, name) for name in _TAGS}}


def unpack_tags(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> TagModel:
    """What `pack_tags` was given."""
    values = {name: unpack(header[name], kinds, arrays) for name in _TAGS}
    words, characters, tags = (len(values[name]) for name in ("words", "characters", "tags"))
    outline = eqx.filter_eval_shape(lambda key: values["spec"].build(words, characters, tags - NAMED, key), jax.random.key(0))
    return TagModel(model=filled(outline, arrays, "", path), **values)
