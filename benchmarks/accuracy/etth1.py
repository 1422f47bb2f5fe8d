"""ETTh1, look-back 96, horizons 96, 192, 336 and 720: mean squared error beside what was published.

As published: 12 months to train, 4 to validate, 4 to test; each of the 7 channels standardised by its training part; every window of
the test part is forecast; the error is the mean over windows, steps and channels, in standardised units. The channels share one model.
The setting of each horizon is chosen by the validation part among all that are tried; only that one is judged on the test part.

Run: python benchmarks/accuracy/etth1.py  (the data folder is STEPAHEAD_DATA, or ../shared/data)
"""

import csv
import gzip
import os
import resource
import time
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import stepahead as sa
from stepahead import models, training
from stepahead.data import Panel, identity
from stepahead.forecasting import anchored, mimo

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))
BACK, MONTH = 96, 30 * 24
TRAIN, VALIDATION, TEST = 12 * MONTH, 16 * MONTH, 20 * MONTH
PUBLISHED = {96: "SegRNN .368", 192: "SegRNN .408", 336: "SegRNN .444", 720: "SegRNN .446"}


def channels() -> np.ndarray:
    """The 7 channels, `[time, channel]`, standardised by their training part."""
    with gzip.open(DATA / "ett/ETTh1.csv.gz", "rt") as file:
        values = np.array([[float(cell) for cell in row[1:]] for row in list(csv.reader(file))[1:]])
    seen = values[:TRAIN]
    return ((values - seen.mean(axis=0)) / seen.std(axis=0))[:TEST]


@eqx.filter_jit
def last(model: models.Model, windows: jnp.ndarray) -> jnp.ndarray:
    """The forecast from the end of each window, `[window, horizon]`."""
    end = jnp.full((windows.shape[0], 1), windows.shape[1] - 1)
    return model.head.mean(models.unroll(model, models.Observation(windows[..., None]), at=end).out)[:, 0, :, 0]


def error(model: models.Model, values: np.ndarray, first: int, stop: int, horizon: int) -> float:
    """Mean squared error over every window whose targets lie in `first` to `stop`."""
    total = count = 0
    for channel in values.T:
        windows = np.lib.stride_tricks.sliding_window_view(channel[first - BACK : stop], BACK + horizon)
        for part in np.array_split(windows, max(1, len(windows) // 512)):
            made = np.asarray(last(model, jnp.asarray(part[:, :BACK], jnp.float32)))
            total, count = total + float(((made - part[:, BACK:]) ** 2).sum()), count + made.size
    return total / count


def settings(horizon: int) -> dict[str, tuple]:
    """What is tried: a specification and its training, None for the closed form."""
    found: dict[str, tuple] = {
        f"linear AR(96), ridge {ridge:g}": (models.LinearAR(BACK, ridge=ridge), None) for ridge in (0.0, 100.0, 1000.0)
    }
    for width, layers in ((64, 1), (128, 1)):
        rate = training.adam(training.cosine(2e-3, 10 * 150))
        recipe = training.Gradient(span=BACK, epochs=10, steps=150, batch=64, optimizer=rate, loss_steps=training.LAST)
        found[f"GRU({width})"] = models.GRU(width, layers=layers), recipe
    return found


def main() -> None:
    """Choose and judge at every horizon."""
    began, values = time.perf_counter(), channels()
    panel = Panel.from_arrays(list(values[:TRAIN].T))
    for horizon, published in PUBLISHED.items():
        tried = {}
        for name, (spec, recipe) in settings(horizon).items():
            start = time.perf_counter()
            fitted = sa.fit(
                spec, panel, horizon, key=0, head=models.Point(), scaler=identity(), strategy=anchored(mimo), training=recipe, season=24
            )
            tried[name] = error(fitted.model, values, TRAIN, VALIDATION, horizon), fitted.model
            print(f"    {horizon:3d} ahead, validation {tried[name][0]:.4f}  {name}  ({time.perf_counter() - start:.1f} s)", flush=True)
        best = min(tried, key=lambda name: tried[name][0])
        test = error(tried[best][1], values, VALIDATION, TEST, horizon)
        naive = np.mean([(w[:, BACK:] - w[:, BACK - 1 : BACK]) ** 2 for w in windows_of(values, horizon)])
        print(f"{horizon:3d} ahead: test MSE {test:.3f} [{best}]; last value {naive:.3f}; published {published}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - began:.0f} s, peak memory {peak:.0f} MiB")


def windows_of(values: np.ndarray, horizon: int) -> list[np.ndarray]:
    """Every test window of each channel."""
    return [np.lib.stride_tricks.sliding_window_view(channel[VALIDATION - BACK :], BACK + horizon) for channel in values.T]


if __name__ == "__main__":
    main()
