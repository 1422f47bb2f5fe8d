"""Forecasts of one trained network with NumPy alone. This file imports only NumPy and the standard
library, and reads the .npz file of the same name next to it.

    from model import forecast
    forecast([112.0, 118.0, 132.0])["mean"]
"""

import json
from pathlib import Path
from typing import Any

import numpy as np


def forecast(history: Any, file: Path | None = None) -> dict[str, np.ndarray]:
    """Forecast the steps after a history, in its unit.

    `history` is `[time]`, or `[series, time, channel]` for several series of equal length, oldest
    first, without missing values. `mean` is `[series, horizon, channel]`; a network with quantiles
    also returns `quantiles` `[series, horizon, channel, probability]` and their `probabilities`.
    """
    with np.load(file or Path(__file__).with_suffix(".npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    about = json.loads(str(arrays["about"]))
    values = np.asarray(history, np.float64)
    values = values[None, :, None] if values.ndim == 1 else values
    if values.ndim != 3 or values.shape[2] != about["channels"]:
        raise ValueError(
            f"`history` must be [time] or [series, time, {about['channels']}], "
            f"but it is {list(values.shape)}."
        )
    if not np.isfinite(values).all() or values.shape[1] < about["needs"]:
        raise ValueError(
            f"`history` must hold {about['needs']} or more steps, and no missing values."
        )
    center, scale = values.mean(1, keepdims=True), values.std(1, keepdims=True)
    moves = values.min(1, keepdims=True) < values.max(1, keepdims=True)
    scaled = ((values - center) / np.where(moves, scale, 1)).astype(np.float32)
    out = _network(scaled, about, arrays).astype(np.float64)
    answers = {"mean": out @ arrays["mean_weights"]}
    if about["probabilities"]:
        answers["quantiles"] = out
    of = (center, scale, moves)
    answers = {
        name: np.where(m, part * s + c, c)
        for name, part in answers.items()
        for c, s, m in [[each[..., None] if part.ndim == 4 else each for each in of]]
    }
    if about["probabilities"]:
        answers["probabilities"] = np.asarray(about["probabilities"])
    return answers


def _network(scaled: np.ndarray, about: dict[str, Any], arrays: dict[str, Any]) -> np.ndarray:
    """The quantiles (or the point forecast) of every step ahead, `[series, horizon, channel,
    …]`."""
    scaled = scaled[:, -about["context"] :] if about["context"] else scaled
    inside = np.diff(scaled, axis=1, prepend=scaled[:, :1]) if about["anchored"] else scaled
    if about["lags"]:
        hidden = inside[:, [-lag for lag in about["lags"]]].reshape(len(inside), -1)
    else:
        for number, kind in enumerate(about["cells"]):
            inside = _recurrent(kind, inside, arrays, f"{number}.")
        hidden = inside[:, -1]
    for number in range(about["dense"]):
        hidden = np.maximum(hidden, 0) if number else hidden
        hidden = hidden @ arrays[f"dense{number}.weight"].T + arrays[f"dense{number}.bias"]
    shape = (len(scaled), about["horizon"], about["channels"], -1)
    out = hidden.reshape(shape)
    if about["probabilities"]:
        middle, steps = out.shape[-1] // 2, np.logaddexp(out[..., 1:], 0)
        below = np.cumsum(steps[..., :middle][..., ::-1], -1)[..., ::-1]
        above = np.cumsum(steps[..., middle:], -1)
        first = out[..., :1]
        out = np.concatenate([first - below, first, first + above], -1)
    return out + scaled[:, -1, None, :, None] if about["anchored"] else out


def _recurrent(kind: str, xs: np.ndarray, arrays: dict[str, Any], at: str) -> np.ndarray:
    """All outputs of a recurrent layer: `lstm` (gates i f g o), `gru` (r z n), `tanh`, `relu`."""
    projected = xs @ arrays[f"{at}input"].T + arrays[f"{at}bias"]
    recurrent = arrays[f"{at}recurrent"].T
    h = c = np.zeros((len(xs), len(recurrent)), xs.dtype)
    outputs = np.empty((*xs.shape[:2], len(recurrent)), xs.dtype)
    for time in range(xs.shape[1]):
        x, u = projected[:, time], h @ recurrent
        if kind == "lstm":
            i, f, g, o = np.split(x + u, 4, axis=-1)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
            h = _sigmoid(o) * np.tanh(c)
        elif kind == "gru":
            (xr, xz, xn), (ur, uz, un) = np.split(x, 3, axis=-1), np.split(u, 3, axis=-1)
            z = _sigmoid(xz + uz)
            n = np.tanh(xn + _sigmoid(xr + ur) * (un + arrays[f"{at}candidate_bias"]))
            h = (1 - z) * n + z * h
        else:
            h = np.tanh(x + u) if kind == "tanh" else np.maximum(x + u, 0)
        outputs[:, time] = h
    return outputs


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * x) + 0.5
