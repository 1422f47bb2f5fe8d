"""Turn any fitted value into a header and arrays, and back. Fields are stored by name, networks by
the shapes of an untrained model."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._check import Refusal
from .._extras import extras_needed
from .._fitted import Fitted
from .._types import Array, Key
from ..data import Panel
from ..models import Mixture, RecentTokens, network_in_numpy
from ._half import halved, widened
from ._pack import Arrays, Kinds, pack, unpack
from ._panel import pack_panel, unpack_panel

Outline = Callable[[Any, Key], Any]
"""`(specification, key) -> model`: an untrained model, of which only the shapes are used."""

Holds = Callable[[str], type[Fitted] | None]
"""The class of fitted values of a kind, or None where there is none."""


class Packer:
    """Packs one fitted value: objects by class and fields, arrays under the path of their field,
    every panel once."""

    def __init__(self, kinds: Kinds, holds: Holds, half_precision: bool = False) -> None:
        self.kinds, self.holds, self.arrays = kinds, holds, Arrays()
        self.half_precision, self.rounded = half_precision, False
        self.panels: list[tuple[Panel, dict[str, Any]]] = []

    def fitted(self, fitted: Fitted, at: str = "") -> dict[str, Any]:
        """The header of a fitted value; the names of its arrays start with `at`."""
        if self.holds(fitted.kind) is not type(fitted):
            raise Refusal(
                f"A file holds no code, and so no {type(fitted).__name__} of {fitted.spec!r}. Keep "
                "the series instead and fit again where they are read, with the same key; or save "
                "a model of ours on the same lags, `models.LinearAR` or `models.MLPAR`."
            )
        fields = fitted.stored
        model = fields.pop("model", None)
        header: dict[str, Any] = {
            "kind": fitted.kind,
            "fields": {name: self.field(value, f"{at}{name}") for name, value in fields.items()},
        }
        if fitted.outlined:
            header["outline"] = {
                name: self.field(value, f"{at}{name}") for name, value in fitted.outlined.items()
            }
        return header if model is None else {**header, "model": self._model(model, at)}

    def field(self, value: Any, place: str) -> Any:
        """A value as JSON; its arrays are stored under names that start with `place`."""
        if isinstance(value, Fitted):
            return {"fitted": self.fitted(value, f"{place}/")}
        if isinstance(value, tuple) and any(isinstance(item, Fitted) for item in value):
            return [self.field(item, f"{place}/{number}") for number, item in enumerate(value)]
        if isinstance(value, Panel):
            return self._panel(value, place)
        if isinstance(value, Array) and value.dtype.name.startswith("key"):
            import jax

            self.arrays[place] = np.asarray(jax.random.key_data(value))
            return {"key": place}
        return pack(value, self.kinds, self.arrays, place)

    def _panel(self, panel: Panel, place: str) -> dict[str, Any]:
        """The header of a panel. A panel that occurs several times, such as the history of ensemble
        members, is written once."""
        for known, header in self.panels:
            if known is panel:
                return header
        header = {"panel": place, "header": pack_panel(panel, self.arrays, place)}
        self.panels.append((panel, header))
        return header

    def _model(self, model: Any, at: str) -> dict[str, Any]:
        """The header of a model: networks by their arrays (an untrained model gives the shapes),
        n-gram tables and counts as values, mixtures part by part, the cache of recent tokens by its
        network."""
        if isinstance(model, Mixture):
            parts = [
                self._model(part, f"{at}{number}/") for number, part in enumerate(model.models)
            ]
            return {"mixture": parts, "weights": list(model.weights)}
        if isinstance(model, RecentTokens):
            sizes = [model.share, model.sharpness, model.window]
            return {"recent": self._model(model.model, at), "sizes": sizes}
        if is_network(model):
            from ._nets import weights_of

            weights = weights_of(model, at)
            self.arrays |= halved(weights) if self.half_precision else weights
            self.rounded |= self.half_precision
            return {"net": at, "half_precision": True} if self.half_precision else {"net": at}
        return {"value": pack(model, self.kinds, self.arrays, f"{at}value")}


class Unpacker:
    """Unpacks one file. With `in_numpy`, networks that NumPy can run are loaded without JAX."""

    def __init__(
        self,
        kinds: Kinds,
        holds: Holds,
        arrays: Arrays,
        path: str | Path,
        in_numpy: bool = False,
    ) -> None:
        self.kinds, self.holds, self.arrays, self.path = kinds, holds, arrays, path
        self.in_numpy = in_numpy
        self.panels: dict[str, Panel] = {}

    def fitted(self, header: Mapping[str, Any]) -> Any:
        """The fitted value behind a header that `Packer.fitted` returned."""
        cls = self.holds(header["kind"])
        if cls is None:
            raise KeyError(header["kind"])
        fields = {name: self.field(packed) for name, packed in header["fields"].items()}
        outlined = {name: self.field(packed) for name, packed in header.get("outline", {}).items()}

        def outline(spec: Any, key: Key) -> Any:
            return cls.outline({**fields, **outlined, "spec": spec}, key)

        if "model" in header:
            fields["model"] = self._model(header["model"], fields["spec"], outline)
        return cls.from_stored(fields)

    def field(self, packed: Any) -> Any:
        """The value that `Packer.field` packed."""
        if isinstance(packed, list) and any(
            isinstance(item, dict) and "fitted" in item for item in packed
        ):
            return tuple(self.field(item) for item in packed)
        if not isinstance(packed, dict):
            return unpack(packed, self.kinds, self.arrays)
        if "fitted" in packed:
            return self.fitted(packed["fitted"])
        if "panel" in packed:
            place = packed["panel"]
            if place not in self.panels:
                self.panels[place] = unpack_panel(packed["header"], self.arrays, place)
            return self.panels[place]
        if set(packed) == {"key"}:
            with extras_needed():
                import jax

            return jax.random.wrap_key_data(jax.device_put(self.arrays[packed["key"]]))
        return unpack(packed, self.kinds, self.arrays)

    def _model(self, header: Mapping[str, Any], spec: Any, outline: Outline) -> Any:
        if "mixture" in header:
            parts = zip(header["mixture"], spec, strict=True)
            return Mixture(
                tuple(self._model(part, one, outline) for part, one in parts),
                tuple(header["weights"]),
            )
        if "recent" in header:
            return RecentTokens(self._model(header["recent"], spec, outline), *header["sizes"])
        if "net" in header:
            at = f"{header['net']}model"
            weights = {name: each for name, each in self.arrays.items() if name.startswith(at)}
            weights = widened(weights) if header.get("half_precision") else weights
            found = network_in_numpy(spec, weights, at) if self.in_numpy else None
            if found is not None:
                return found
            with extras_needed():
                import equinox as eqx
                import jax

            from ._nets import unpack_arrays

            shapes = eqx.filter_eval_shape(partial(outline, spec), jax.random.key(0))
            return unpack_arrays(shapes, weights, header["net"], self.path)
        return unpack(header["value"], self.kinds, self.arrays)


def is_network(model: Any) -> bool:
    """True for a tree of arrays; always False where Equinox is not loaded."""
    equinox = sys.modules.get("equinox")
    return equinox is not None and isinstance(model, equinox.Module)
