"""Forecasting networks as plain arrays, and their export to a file that NumPy alone can run."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._check import Refusal
from ..data import standard
from ..forecasting import Forecaster
from ..models import GRU, LSTM, MLPAR, RNN, Anchored, Point, Quantiles


class Portable(NamedTuple):
    """A forecasting network: what must be known `about` it, and its `arrays` by name."""

    about: dict[str, Any]
    arrays: dict[str, np.ndarray]


def portable(forecaster: Forecaster) -> Portable:
    """Return the network of a forecaster, if it can be exported: RNN, LSTM, GRU or MLPAR with a
    head `Point` or `Quantiles`, scaled by `standard`, without covariates."""
    spec: Any = forecaster.spec
    body: Any = forecaster.model.body
    head: Any = forecaster.model.head
    if anchored := type(spec) is Anchored:
        spec, body = spec.spec, body.body
    channels = forecaster.model.channels
    reasons = {
        f"the model is {spec!r}": type(spec) not in (RNN, LSTM, GRU, MLPAR),
        f"the head is {head!r}": type(head) not in (Point, Quantiles),
        f"the scaler is {forecaster.scaler!r}": forecaster.scaler != standard(),
        "it has covariates": forecaster.covariates is not None,
        "it sees which values are missing": channels.mask,
    }
    if wrong := [reason for reason, holds in reasons.items() if holds]:
        raise Refusal(
            "Networks that can be exported are RNN, LSTM, GRU and MLPAR with head=Point() or "
            f"Quantiles(), scaler=standard(), and without covariates, but {', '.join(wrong)}."
        )
    lags = body.window.lags if type(spec) is MLPAR else ()
    arrays = _dense_of_lags(body) if lags else _recurrent(body)
    of_quantiles = type(head) is Quantiles
    about = {
        "format": 1,
        "spec": repr(forecaster.spec),
        "anchored": anchored,
        "lags": list(lags),
        "cells": [] if lags else [_kind(spec)] * len(body.layers),
        "dense": sum(name.endswith(".weight") for name in arrays),
        "needs": max([1, *lags]) + anchored,
        "horizon": head.horizon,
        "channels": channels.value,
        "probabilities": list(head.probabilities) if of_quantiles else [],
        "context": forecaster.context,
    }
    weights = _mean_weights(head.probabilities) if of_quantiles else np.ones(1)
    return Portable(about, arrays | {"mean_weights": weights})


def export_numpy(forecaster: Forecaster, path: Path | str) -> None:
    """Write a network as two files that need only NumPy: `path`, which must end in `.npz`, with the
    arrays, and a Python file of the same name next to it with one function, `forecast`.

    Forecasts equal those of `forecaster.predict(panel=...)`, in the unit of the history, to 1e-5 of
    its standard deviation. RNN, LSTM, GRU and MLPAR with `head=Point()` or `Quantiles()` and
    `scaler=standard()`, without covariates, can be exported; anything else is refused.

    ::

        options = {"head": sa.models.Quantiles(), "scaler": sa.data.standard()}
        done = sa.fit(sa.models.GRU(16), panel, horizon=12, key=0, **options)
        export_numpy(done, "sales.npz")  # and sales.py, which needs no stepahead:
        from sales import forecast  # forecast([112.0, 118.0, 132.0])["mean"]
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise Refusal(f"`path` must end in .npz, but it is {path}.")
    done = portable(forecaster)
    stored: dict[str, Any] = {"about": np.array(json.dumps(done.about)), **done.arrays}
    np.savez(path, **stored)
    runtime = Path(__file__).with_name("_runtime.py").read_text("utf-8")
    path.with_suffix(".py").write_text(runtime, "utf-8")


def _kind(spec: Any) -> str:
    kind = {LSTM: "lstm", GRU: "gru"}.get(type(spec), "tanh")
    return "relu" if type(spec) is RNN and spec.relu else kind


def _recurrent(body: Any) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for number, layer in enumerate(body.layers):
        names = ("input", "recurrent", "bias", "candidate_bias")
        arrays |= {
            f"{number}.{name}": np.asarray(getattr(layer, name), np.float32)
            for name in names
            if getattr(layer, name) is not None
        }
    if body.readout is not None:
        arrays["dense0.weight"] = np.asarray(body.readout.weight, np.float32)
        arrays["dense0.bias"] = np.asarray(body.readout.bias, np.float32)
    return arrays


def _dense_of_lags(body: Any) -> dict[str, np.ndarray]:
    parts = {"weight": body.weights, "bias": body.biases}
    return {
        f"dense{number}.{name}": np.asarray(array, np.float32)
        for name, arrays in parts.items()
        for number, array in enumerate(arrays)
    }


def _mean_weights(probabilities: tuple[float, ...]) -> np.ndarray:
    """The weights of the quantiles in the mean of the piecewise linear quantile function."""
    p, each = probabilities, np.eye(len(probabilities))
    first = each[0] - (each[1] - each[0]) * p[0] / (p[1] - p[0])
    last = each[-1] + (each[-1] - each[-2]) * (1 - p[-1]) / (p[-1] - p[-2])
    knots = np.stack([first, *each, last])
    return np.diff([0.0, *p, 1.0]) @ (knots[1:] + knots[:-1]) / 2
