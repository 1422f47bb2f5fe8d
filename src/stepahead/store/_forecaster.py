"""`save` and `load`: what was fitted to a file and back, to the bit."""

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
from ..data import Panel
from ..forecasting import Calibration, ConformalForecaster, Ensemble, Forecaster, LocalForecaster, Predictor
from ..models import Model, build
from ._file import read, write
from ._pack import Arrays, pack, registry, unpack
from ._panel import pack_panel, unpack_panel

Fitted = Forecaster | Ensemble | LocalForecaster | ConformalForecaster
"""What a file can hold; its header says which."""

_KINDS = ("forecaster", "ensemble", "local", "conformal")
_PLAIN = ("horizon", "context", "season")
_VALUES = ("spec", "scaler", "scaled", "learning")


def save(forecaster: Predictor, path: str | Path, *, own: Iterable[type] = ()) -> None:
    """Write what was fitted, the series it remembers included, to one file: safetensors with a versioned JSON header.

    The file is written all or nothing. `own` lists the classes of specifications or scalers that you wrote yourself.
    """
    arrays: Arrays = {}
    header = _pack_fitted(forecaster, _kinds(own), arrays)
    write(Path(path), {**header, "panel": pack_panel(forecaster.history, arrays)}, arrays)


def load(path: str | Path, *, own: Iterable[type] = ()) -> Fitted:
    """Read what `save` wrote; no code of the file's runs, whatever it holds. Its forecasts equal the saved one's to the bit."""
    header, arrays = read(Path(path))
    try:
        _known_kind(header, path)
        return _unpack_fitted(header, _kinds(own), arrays, unpack_panel(header["panel"], arrays), path)
    except KeyError as missing:
        raise Refusal(f"'{path}' has no {missing}, which a forecaster needs. Save the model again.") from missing


def _pack_fitted(forecaster: Predictor, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header of whatever was fitted, all but the history; its arrays go into `arrays`."""
    if isinstance(forecaster, Forecaster):
        return {"kind": "forecaster", **_pack_forecaster(forecaster, kinds, arrays, "")}
    if isinstance(forecaster, Ensemble):
        members = [_pack_forecaster(member, kinds, arrays, f"{n}/") for n, member in enumerate(forecaster.members)]
        return {"kind": "ensemble", "members": members}
    if isinstance(forecaster, LocalForecaster):
        spec = pack(forecaster.spec, kinds, arrays, "spec")
        return {"kind": "local", "spec": spec, "horizon": forecaster.horizon, "season": forecaster.season}
    if isinstance(forecaster, ConformalForecaster):
        arrays["residuals"], spacing, series = forecaster.calibration
        inside = _pack_fitted(forecaster.inside, kinds, arrays)
        header = {"inside": inside, "spacing": spacing, "series": series, "season": forecaster.season, "gain": forecaster.gain}
        return {"kind": "conformal", **header}
    raise Refusal(f"A {type(forecaster).__name__} cannot be saved: a file holds no code of others. Save one of stepahead's own models.")


def _unpack_fitted(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, history: Panel, path: str | Path) -> Fitted:
    kind = _known_kind(header, path)
    if kind == "forecaster":
        return _unpack_forecaster(header, kinds, arrays, "", history, path)
    if kind == "ensemble":
        members = enumerate(header["members"])
        return Ensemble(tuple(_unpack_forecaster(member, kinds, arrays, f"{n}/", history, path) for n, member in members))
    if kind == "conformal":
        inside = _unpack_fitted(header["inside"], kinds, arrays, history, path)
        calibration = Calibration(arrays["residuals"], header["spacing"], header["series"])
        return ConformalForecaster(inside, calibration, header["season"], header["gain"])
    return LocalForecaster(unpack(header["spec"], kinds, arrays), history, header["horizon"], header["season"])


def _known_kind(header: dict[str, Any], path: str | Path) -> str:
    kind = header.get("kind", "forecaster")
    if kind not in _KINDS:
        raise Refusal(f"'{path}' holds the kind {kind!r}, which this version does not have. Update stepahead.")
    return str(kind)


def _pack_forecaster(forecaster: Forecaster, kinds: dict[str, type], arrays: Arrays, at: str) -> dict[str, Any]:
    """All but the history; the names of its arrays begin with `at`."""
    header: dict[str, Any] = {name: getattr(forecaster, name) for name in _PLAIN}
    header |= {name: pack(getattr(forecaster, name), kinds, arrays, f"{at}{name}") for name in _VALUES}
    if forecaster.covariates is not None:
        header["covariates"] = pack(forecaster.covariates, kinds, arrays, f"{at}covariates")
    header["head"] = pack(forecaster.model.head, kinds, arrays, f"{at}head")
    header["channels"] = pack(forecaster.model.channels, kinds, arrays, f"{at}channels")
    arrays[f"{at}key"] = np.asarray(jax.random.key_data(forecaster.key))
    for place, leaf in _leaves(forecaster.model, at):
        arrays[place] = np.asarray(leaf)
    return header


def _unpack_forecaster(
    header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, at: str, history: Panel, path: str | Path
) -> Forecaster:
    values = {name: unpack(header[name], kinds, arrays) for name in _VALUES}
    head, channels = unpack(header["head"], kinds, arrays), unpack(header["channels"], kinds, arrays)
    plain = {name: header[name] for name in _PLAIN}
    covariates = unpack(header.get("covariates"), kinds, arrays)
    key = jax.random.wrap_key_data(jax.device_put(arrays[f"{at}key"]))
    outline = eqx.filter_eval_shape(lambda key: build(values["spec"], channels, head, key), key)
    model = _filled(outline, arrays, at, path)
    return Forecaster(model=model, history=history, key=key, covariates=covariates, **values, **plain)


def _kinds(own: Iterable[type]) -> dict[str, type]:
    return registry(models, data, forecasting, more=(Channels, *own))


def _is_array(leaf: Any) -> bool:
    return eqx.is_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)


def _leaves(model: Model, at: str) -> list[tuple[str, Any]]:
    """The model's arrays, each with its place in the tree as its name."""
    leaves = jax.tree_util.tree_leaves_with_path(eqx.filter(model, _is_array))
    return [(f"{at}model{jax.tree_util.keystr(place)}", leaf) for place, leaf in leaves]


def _filled(outline: Model, arrays: Arrays, at: str, path: str | Path) -> Model:
    """The model's outline, shapes only, filled with the arrays of the file, which must have the same names and shapes."""
    leaves = []
    for place, leaf in _leaves(outline, at):
        stored = arrays.get(place)
        if stored is None or stored.shape != leaf.shape:
            found = "is not there" if stored is None else f"has the shape {stored.shape}"
            raise Refusal(f"In '{path}' the array {place} should have the shape {leaf.shape}, but it {found}. Save the model again.")
        leaves.append(jnp.asarray(stored))
    shapes, static = eqx.partition(outline, _is_array)
    return eqx.combine(jax.tree.unflatten(jax.tree.structure(shapes), leaves), static)
