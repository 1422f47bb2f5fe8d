"""The computations of the interactive textbook: the noisy sine, the Markov chain, gradients back
through time."""

from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ...._check import Refusal, between, known_name, whole
from ...._types import Observation
from ....data import Panel, Tokens, identity, noisy_sine
from ....forecasting import Forecaster
from ....inference import markov_chain, token_distribution
from ....models import GRU, LSTM, MLPAR, RNN, LinearAR, MaximumLikelihood, NGram, Point, build
from ....workflow import fit
from ._questions import Answers

STEPS = 1000
"""Length of the noisy sine."""

ORIGINS = 60
"""Number of origins at which the errors k steps ahead are measured."""

FARTHEST = 64
"""The largest number of steps ahead for which errors are measured."""

SHOWN = 40
"""Number of steps over which a network is unrolled."""

SEQUENCE = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}
"""The recurrent layers, by their names on the page."""

WIDTH, UNITS = 16, 32
"""Hidden units of the trained models, and of those whose gradients are shown."""


def sine(tau: int, k: int, noise: float, train: int, model: str, seed: int = 0) -> dict[str, Any]:
    """A model of `tau` lags on x_t = sin(0.01 t) + N(0, noise²), fitted on the first `train` steps:
    forecasts one step ahead, recursive forecasts from the end of training, forecasts k steps ahead,
    and the error at every number of steps ahead."""
    tau, k = _within("τ", tau, 1, 64), _within("k", k, 1, FARTHEST)
    train = _within("The training steps", train, 100, 900)
    between("noise", noise, 0, 1.01)
    x, fitted = _fitted(tau, float(noise), train, model, seed)
    whole_series = Panel.from_arrays([x])
    one = fitted.with_history(whole_series).fitted_values()[:, 0]
    recursion = fitted.predict(STEPS - train).mean[0, :, 0]
    seen = np.lib.stride_tricks.sliding_window_view(x, 64)
    origins = np.arange(64, STEPS - FARTHEST)
    ahead = _ahead(fitted, seen[origins - 64], FARTHEST)
    truth = np.stack([x[o : o + FARTHEST] for o in origins])
    later = origins >= train
    error = np.sqrt(((ahead[later] - truth[later]) ** 2).mean(axis=0))
    far = np.full(STEPS, np.nan)
    far[origins + k - 1] = ahead[:, k - 1]
    return {
        "t": np.arange(1, STEPS + 1),
        "x": x,
        "one": one,
        "recursion": np.concatenate([np.full(train, np.nan), recursion]),
        "far": far,
        "error": error,
        "floor": float(noise),
        "law": _law(fitted, noise, train) if model == "linear" else None,
        "spread": float(np.std(x[train:])),
        "rmse": float(np.sqrt(np.nanmean((one[train:] - x[train:]) ** 2))),
    }


def _law(fitted: Forecaster, noise: float, train: int) -> np.ndarray:
    """The expected squared error of a linear model at every number of steps ahead, computed from
    its weights.

    Its forecast k steps ahead is a weighted sum of the past values; recursion gives the weights w_k
    from w_1. The error is the sum of three parts: noise²·|w_k|² from the noise in the past values,
    noise² of the step itself, and the squared error of the forecast on the sine without noise.
    """
    seen = np.vstack([np.zeros(64), np.eye(64)])
    ahead = _ahead(fitted, seen, FARTHEST)
    weights = ahead[1:] - ahead[0]
    pure = np.sin(0.01 * np.arange(1, STEPS + 1))
    origins = np.arange(train, STEPS - FARTHEST)
    windows = np.lib.stride_tricks.sliding_window_view(pure, 64)[origins - 64]
    truth = np.stack([pure[o : o + FARTHEST] for o in origins])
    missed = ((windows @ weights + ahead[0] - truth) ** 2).mean(axis=0)
    return np.sqrt(noise**2 * (1 + (weights**2).sum(axis=0)) + missed)


def unrolled(model: str, seed: int = 0) -> dict[str, Any]:
    """A recurrent network that was fitted to the noisy sine, unrolled over its last steps: its
    inputs (changes from step to step), every gate, and the output of each hidden unit."""
    known_name("model", model, tuple(SEQUENCE))
    x, fitted = _fitted(4, 0.2, 600, model, seed)
    anchored: Any = fitted.model.body  # its inner body gets the changes of the values
    cell = anchored.body.layers[0]
    changes = np.diff(x[:600], prepend=x[0])
    inputs = jnp.asarray(changes, jnp.float32)[None, :, None]
    state = cell.initial_state(1)
    out, _ = cell.unroll(state, inputs)
    parts = {**cell.gates(state, inputs), "state h": out}
    order = np.argsort(np.asarray(out)[0, -SHOWN:].mean(axis=0), kind="stable")
    return {
        "t": np.arange(600 - SHOWN + 1, 601),
        "x": changes[-SHOWN:],
        "parts": {name: np.asarray(part)[0, -SHOWN:, order] for name, part in parts.items()},
    }


@lru_cache(maxsize=32)
def _fitted(
    tau: int, noise: float, train: int, model: str, seed: int
) -> tuple[np.ndarray, Forecaster]:
    """The series, and the model fitted to its first part."""
    known_name("model", model, ("linear", "MLP", *SEQUENCE))
    x = noisy_sine(STEPS, key=jax.random.key(whole("seed", seed, 0)), sd=noise)[0]
    panel = Panel.from_arrays([x[:train]])
    spec: Any = LinearAR(tau) if model == "linear" else MLPAR(tau, hidden=(WIDTH,))
    if model in SEQUENCE:
        spec = SEQUENCE[model](WIDTH)
    return x, fit(spec, panel, horizon=1, key=0, season=1, scaler=identity())


def _ahead(fitted: Forecaster, seen: np.ndarray, steps: int) -> np.ndarray:
    """The forecasts after each window of past values, `[window, step]`."""
    return fitted.predict(steps, panel=Panel.from_arrays(seen)).mean[:, :, 0]


def chain(text: str, order: int, start: str, steps: int) -> dict[str, Any]:
    """The Markov chain of the words of a text: its transition matrix, the distribution of the word
    k steps after `start`, and the stationary distribution."""
    words = text.split()
    if not 2 <= len(words) <= 5000:
        raise Refusal("Write between 2 and 5,000 words, with spaces between them.")
    tokens = Tokens.from_texts([" ".join(words)])
    if len(tokens.vocabulary) > 40:
        raise Refusal(
            f"The text has {len(tokens.vocabulary)} different words, and the picture has room for "
            "40. Write fewer, such as sun rain sun."
        )
    from ....training import count

    model = count(NGram(_within("The order", order, 1, 4) + 1, MaximumLikelihood()), tokens)
    names = [str(word) for word in tokens.vocabulary.words]
    known_name("word", start, [name for name in names if name not in ("<unk>", "</s>")])
    law = token_distribution(model, [tokens.vocabulary.numbers[start]], _within("k", steps, 1, 60))
    kept = [n for n in range(len(names)) if law[:, n].max() > 0 or names[n] == start]
    kept.sort(key=lambda n: names[n] == "</s>")  # the end of the text comes last
    states = markov_chain(model)
    first = np.zeros(len(names))
    first[tokens.vocabulary.numbers[start]] = 1
    told: dict[str, Any] = {
        "words": ["(end)" if names[n] == "</s>" else names[n] for n in kept],
        "law": np.vstack([first, law])[:, kept].T,
        "states": len(states.states),
    }
    try:
        stationary = np.bincount(states.last, states.stationary(), len(names))
        told["stationary"] = stationary[kept]
    except Refusal as refusal:
        told["stationary"] = None
        told["note"] = str(refusal)
    return told


def gradients(stretch: float, keep: float, steps: int, seed: int = 0) -> dict[str, Any]:
    """The norms |∂ out_T / ∂ x_t|, the effect of each earlier input on the last output, for an
    untrained RNN, GRU and LSTM whose recurrent weights are `stretch` times an orthogonal matrix;
    `keep` is the bias of the gates that keep the state."""
    between("stretch", stretch, 0.1, 3.01)
    between("keep", keep, 0, 10)
    steps = _within("The steps", steps, 10, 150)
    x = jax.random.normal(jax.random.key(1), (steps,))
    found = {
        name: np.asarray(
            _flow(name, steps)(jnp.float32(stretch), jnp.float32(keep), x, seed), np.float64
        )
        for name in SEQUENCE
    }
    return {
        "back": np.arange(steps),
        **{name: np.maximum(flow[::-1], 1e-30) for name, flow in found.items()},
    }


@lru_cache(maxsize=16)
def _flow(name: str, steps: int) -> Any:
    """The compiled gradient of the last output with respect to each of `steps` inputs."""

    def last(inputs: Any, model: Any) -> Any:
        def on(state: Any, value: Any) -> tuple[Any, Any]:
            return model.step(state, Observation(value[None, None]))

        _, out = jax.lax.scan(on, model.initial_state(1), inputs)
        return out[-1].sum()

    def flow(stretch: Any, keep: Any, inputs: Any, seed: Any) -> Any:
        model = build(SEQUENCE[name](UNITS), 1, Point(), jax.random.key(seed))
        return jnp.abs(jax.grad(last)(inputs, _changed(model, stretch, keep, name)))

    return jax.jit(flow, static_argnums=3)


def _changed(model: Any, stretch: Any, keep: Any, name: str) -> Any:
    """The model with its recurrent weights multiplied by `stretch`, and with the bias `keep` in the
    gates that keep the state: the second block of the stacked gates, f in an LSTM (i f g o) and z
    in a GRU (r z n)."""
    cell = model.body.layers[0]
    bias = cell.bias if name == "RNN" else cell.bias.at[UNITS : 2 * UNITS].set(keep)
    return eqx.tree_at(
        lambda m: (m.body.layers[0].recurrent, m.body.layers[0].bias),
        model,
        (cell.recurrent * stretch, bias),
    )


def _within(name: str, value: int, low: int, high: int) -> int:
    if not low <= whole("value", value, 0) <= high:
        raise Refusal(f"{name} is from {low} to {high}, but it is {value}.")
    return value


ANSWERS: Answers = {
    "sine": sine,
    "chain": chain,
    "gradients": gradients,
    "unrolled": unrolled,
}
