"""Language models to a header and arrays, and back: counts, nets, and mixtures of them."""

from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from .._check import Refusal
from .._types import TokenStep
from ..generation import LanguageModel
from ..models import Mixture, TokenModel
from ._nets import filled, keep
from ._pack import Arrays, pack, unpack


def pack_language(fitted: LanguageModel, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header; the model's arrays go into `arrays`."""
    return {
        "kind": "language",
        "spec": pack(fitted.spec, kinds, arrays, "spec"),
        "vocabulary": pack(fitted.vocabulary, kinds, arrays, "vocabulary"),
        "learning": pack(fitted.learning, kinds, arrays, "learning"),
        "backward": fitted.backward,
        "model": _pack_model(fitted.model, kinds, arrays, "model"),
    }


def unpack_language(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> LanguageModel:
    """What `pack_language` was given."""
    spec, vocabulary, learning = (unpack(header[name], kinds, arrays) for name in ("spec", "vocabulary", "learning"))
    model = _unpack_model(header["model"], spec, len(vocabulary), kinds, arrays, path)
    if model.size != len(vocabulary):
        raise Refusal(f"In '{path}' the model has {model.size} tokens and the vocabulary {len(vocabulary)}. Save the model again.")
    return LanguageModel(spec, model, vocabulary, bool(header["backward"]), learning)


def _pack_model(model: TokenStep, kinds: dict[str, type], arrays: Arrays, at: str) -> Any:
    if isinstance(model, Mixture):
        parts = [_pack_model(part, kinds, arrays, f"{at}.{number}") for number, part in enumerate(model.models)]
        return {"mixture": parts, "weights": list(model.weights)}
    if isinstance(model, TokenModel):
        keep(model, arrays, f"{at}/")
        return {"net": f"{at}/"}
    return {"value": pack(model, kinds, arrays, at)}


def _unpack_model(header: Any, spec: Any, size: int, kinds: dict[str, type], arrays: Arrays, path: str | Path) -> TokenStep:
    if "mixture" in header:
        parts = zip(header["mixture"], spec, strict=True)
        models = tuple(_unpack_model(part, one, size, kinds, arrays, path) for part, one in parts)
        return Mixture(models, tuple(header["weights"]))
    if "net" in header:
        outline = eqx.filter_eval_shape(lambda key: spec.build(size, key), jax.random.key(0))
        return filled(outline, arrays, header["net"], path)
    return unpack(header["value"], kinds, arrays)
