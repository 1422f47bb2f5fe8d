"""Forecasters of every kind to a header and arrays, and back."""

from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

from .._check import Refusal
from ..data import Panel
from ..forecasting import Calibration, ConformalForecaster, Ensemble, Forecaster, LocalForecaster, Predictor, RegressorForecaster
from ..models import build
from ._nets import filled, keep
from ._pack import Arrays, pack, unpack
from ._panel import pack_panel, unpack_panel

AnyForecaster = Forecaster | Ensemble | LocalForecaster | ConformalForecaster
"""What a file can hold; its header says which."""

FORECASTERS = ("forecaster", "ensemble", "local", "conformal")
"""What the header calls each of them."""
_PLAIN = ("horizon", "context", "season")
_VALUES = ("spec", "scaler", "scaled", "learning")


def pack_forecaster(forecaster: Predictor, kinds: dict[str, type], arrays: Arrays) -> dict[str, Any]:
    """The header of a forecaster of any kind and of the series it remembers; its arrays go into `arrays`."""
    return {**_pack_fitted(forecaster, kinds, arrays), "panel": pack_panel(forecaster.history, arrays)}


def unpack_forecaster(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, path: str | Path) -> AnyForecaster:
    """What `pack_forecaster` was given."""
    return _unpack_fitted(header, kinds, arrays, unpack_panel(header["panel"], arrays), path)


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
    if isinstance(forecaster, RegressorForecaster):
        raise Refusal(
            f"A file holds no code, and so no {type(forecaster.spec.estimator).__name__}. Keep the series instead and fit again where "
            "they are read, with the same key; or save a model of ours on the same lags, `models.LinearAR` or `models.MLPAR`."
        )
    raise Refusal(f"A {type(forecaster).__name__} cannot be saved: a file holds no code of others. Save one of stepahead's own models.")


def _unpack_fitted(header: dict[str, Any], kinds: dict[str, type], arrays: Arrays, history: Panel, path: str | Path) -> AnyForecaster:
    kind = header.get("kind", "forecaster")
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


def _pack_forecaster(forecaster: Forecaster, kinds: dict[str, type], arrays: Arrays, at: str) -> dict[str, Any]:
    """All but the history; the names of its arrays begin with `at`."""
    header: dict[str, Any] = {name: getattr(forecaster, name) for name in _PLAIN}
    header |= {name: pack(getattr(forecaster, name), kinds, arrays, f"{at}{name}") for name in _VALUES}
    if forecaster.covariates is not None:
        header["covariates"] = pack(forecaster.covariates, kinds, arrays, f"{at}covariates")
    header["head"] = pack(forecaster.model.head, kinds, arrays, f"{at}head")
    header["channels"] = pack(forecaster.model.channels, kinds, arrays, f"{at}channels")
    arrays[f"{at}key"] = np.asarray(jax.random.key_data(forecaster.key))
    keep(forecaster.model, arrays, at)
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
    model = filled(outline, arrays, at, path)
    return Forecaster(model=model, history=history, key=key, covariates=covariates, **values, **plain)
