"""Translators and generators to a header and arrays, and back."""

from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from .._check import Refusal
from ..generation import Generator, SeriesGenerator, TranslationModel
from ._nets import filled, keep
from ._pack import Arrays, pack, unpack

_TRANSLATION = ("spec", "source", "scale", "target", "learning")
_GENERATOR = ("spec", "vocabulary", "learning", "names")
_SERIES = ("spec", "head", "scale", "names", "learning")


def pack_translation(fitted: TranslationModel, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; the model's arrays go into `arrays`."""
    keep(fitted.model, arrays)
    return {"kind": "translation", **{name: pack(getattr(fitted, name), kinds, arrays, name) for name in _TRANSLATION}}


def unpack_translation(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> TranslationModel:
    """What `pack_translation` was given."""
    values = {name: unpack(header[name], kinds, arrays) for name in _TRANSLATION}
    source, scale = values["source"], values["scale"]
    if (source is None) == (scale is None):
        raise Refusal(f"'{path}' must hold either a vocabulary of the sources or their scale. Save the model again.")
    sizes = {"columns": scale.columns} if source is None else {"tokens": len(source)}
    outline = eqx.filter_eval_shape(lambda key: values["spec"].build(len(values["target"]), key, **sizes), jax.random.key(0))
    return TranslationModel(model=filled(outline, arrays, "", path), **values)


def pack_generator(fitted: Generator, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; the model's arrays go into `arrays`."""
    keep(fitted.model, arrays)
    packed = {name: pack(getattr(fitted, name), kinds, arrays, name) for name in _GENERATOR}
    return {"kind": "generator", "features": fitted.model.feed.features, **packed}


def unpack_generator(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> Generator:
    """What `pack_generator` was given."""
    values = {name: unpack(header[name], kinds, arrays) for name in _GENERATOR}
    size, features = len(values["vocabulary"]), int(header["features"])
    outline = eqx.filter_eval_shape(lambda key: values["spec"].of_tokens(size, features, key), jax.random.key(0))
    return Generator(model=filled(outline, arrays, "", path), **values)


def pack_series(fitted: SeriesGenerator, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; the model's arrays go into `arrays`."""
    keep(fitted.model, arrays)
    packed = {name: pack(getattr(fitted, name), kinds, arrays, name) for name in _SERIES}
    return {"kind": "series generator", "features": fitted.model.feed.features, **packed}


def unpack_series(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> SeriesGenerator:
    """What `pack_series` was given."""
    values = {name: unpack(header[name], kinds, arrays) for name in _SERIES}
    columns, features, head = len(values["names"]), int(header["features"]), values["head"]
    outline = eqx.filter_eval_shape(lambda key: values["spec"].of_rows(columns, features, head, key), jax.random.key(0))
    return SeriesGenerator(model=filled(outline, arrays, "", path), **values)
