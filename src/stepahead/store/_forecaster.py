"""`save` and `load`: a fitted forecaster to a file and back, to the bit."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .. import data, forecasting, models
from .._check import Refusal
from .._types import Channels
from ..data import Frequency, Panel
from ..forecasting import Forecaster
from ..models import Model, build
from ._file import read, write
from ._pack import Arrays, pack, registry, unpack

_PLAIN = ("horizon", "context", "season")
_VALUES = ("spec", "scaler", "scaled", "learning")


def save(forecaster: Forecaster, path: str | Path, *, own: Iterable[type] = ()) -> None:
    """Write a forecaster, the series it remembers included, to one file: safetensors with a versioned JSON header.

    The file is written all or nothing. `own` lists the classes of specifications or scalers that you wrote yourself.
    """
    kinds = _kinds(own)
    arrays: Arrays = {}
    header: dict[str, Any] = {name: getattr(forecaster, name) for name in _PLAIN}
    header |= {name: pack(getattr(forecaster, name), kinds, arrays, name) for name in _VALUES}
    header["head"] = pack(forecaster.model.head, kinds, arrays, "head")
    header["channels"] = pack(forecaster.model.channels, kinds, arrays, "channels")
    header["panel"] = _pack_panel(forecaster.history, arrays)
    arrays["key"] = np.asarray(jax.random.key_data(forecaster.key))
    for place, leaf in _leaves(forecaster.model):
        arrays[place] = np.asarray(leaf)
    write(Path(path), header, arrays)


def load(path: str | Path, *, own: Iterable[type] = ()) -> Forecaster:
    """Read what `save` wrote; no code of the file's runs, whatever it holds. Its forecasts equal the saved one's to the bit."""
    kinds = _kinds(own)
    header, arrays = read(Path(path))
    try:
        values = {name: unpack(header[name], kinds, arrays) for name in _VALUES}
        head, channels = unpack(header["head"], kinds, arrays), unpack(header["channels"], kinds, arrays)
        history = _unpack_panel(header["panel"], arrays)
        plain = {name: header[name] for name in _PLAIN}
        key = jax.random.wrap_key_data(jnp.asarray(arrays["key"]))
    except KeyError as missing:
        raise Refusal(f"'{path}' has no {missing}, which a forecaster needs. Save the model again.") from missing
    outline = eqx.filter_eval_shape(lambda key: build(values["spec"], channels, head, key), jax.random.key(0))
    model = _filled(outline, arrays, path)
    return Forecaster(model=model, history=history, key=key, **values, **plain)


def _kinds(own: Iterable[type]) -> dict[str, type]:
    return registry(models, data, forecasting, more=(Channels, *own))


def _is_array(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def _leaves(model: Model) -> list[tuple[str, Any]]:
    """The model's arrays, each with its place in the tree as its name."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(model, _is_array))
    return [(f"model{jax.tree_util.keystr(place)}", leaf) for place, leaf in leaves]


def _filled(outline: Model, arrays: Arrays, path: str | Path) -> Model:
    """The model's outline, shapes only, filled with the arrays of the file, which must have the same names and shapes."""
    leaves = []
    for place, leaf in _leaves(outline):
        stored = arrays.get(place)
        if stored is None or stored.shape != leaf.shape:
            found = "is not there" if stored is None else f"has the shape {stored.shape}"
            raise Refusal(f"In '{path}' the array {place} should have the shape {leaf.shape}, but it {found}. Save the model again.")
        leaves.append(jnp.asarray(stored))
    shapes, static = eqx.partition(outline, _is_array)
    return eqx.combine(jax.tree.unflatten(jax.tree.structure(shapes), leaves), static)


def _pack_panel(panel: Panel, arrays: Arrays) -> dict[str, Any]:
    arrays |= {
        "panel.values": panel.values,
        "panel.offsets": panel.offsets.astype(np.int64),
        "panel.times": panel.times.astype("M8[us]").view(np.int64) if panel.frequency.dated else panel.times.astype(np.int64),
        "panel.ids": np.frombuffer("\0".join(str(name) for name in panel.ids).encode(), np.uint8),
    }
    frequency = {"name": panel.frequency.name, "zone": panel.frequency.zone}
    return {"frequency": frequency, "names": list(panel.names), "kind": panel.kind}


def _unpack_panel(header: dict[str, Any], arrays: Arrays) -> Panel:
    frequency = Frequency.parse(header["frequency"]["name"], header["frequency"]["zone"])
    times = arrays["panel.times"]
    ids = arrays["panel.ids"].tobytes().decode().split("\0")
    return Panel(
        values=arrays["panel.values"],
        offsets=arrays["panel.offsets"],
        ids=np.array(ids, dtype=object),
        times=times.view("M8[us]") if frequency.dated else times,
        frequency=frequency,
        names=tuple(header["names"]),
        kind=header["kind"],
    )
