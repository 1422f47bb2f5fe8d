"""The whole ten-step two-sine experiment from process start: LSTM 20, 20 + Dense(10), every step
predicts ten, 20 epochs.

Ours, PyTorch and Keras on JAX each run as a process of their own, in turns; wall time includes
start, imports and compilation. The series are drawn once and are the same for all. Adam 0.01, batch
32, 7,000 series of 50 steps, MSE of the last step on 1,000 test series.

Run: python benchmarks/experiment.py [--turns 3] [--without keras]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

STEPS, AHEAD, TRAIN, TEST, BATCH, EPOCHS, RATE = 50, 10, 7000, 9000, 32, 20, 0.01


def draw() -> np.ndarray:
    """10,000 series of 60 steps, as in the textbook."""
    drawn = np.random.default_rng(0)
    f1, f2, o1, o2 = drawn.random((4, 10_000, 1))
    time_ = np.linspace(0, 1, STEPS + AHEAD)
    series = 0.5 * np.sin((time_ - o1) * (f1 * 10 + 10)) + 0.2 * np.sin(
        (time_ - o2) * (f2 * 20 + 20)
    )
    return (series + 0.1 * (drawn.random(series.shape) - 0.5)).astype(np.float32)


def targets(series: np.ndarray) -> np.ndarray:
    """Y[n, t, k − 1] = series[n, t + k]."""
    return np.stack([series[:, k : k + STEPS] for k in range(1, AHEAD + 1)], axis=-1)


def ours(series: np.ndarray) -> float:
    """Through `models.build` and `training.train`, as a user would."""
    import jax
    import jax.numpy as jnp

    from stepahead import models, training
    from stepahead.data import Windows

    def windows(first: int, last: int) -> Windows:
        start = np.arange(first, last, dtype=np.int32) * series.shape[1]
        return Windows(start, np.full_like(start, STEPS), start + series.shape[1])

    flat = training.Series(jnp.asarray(series.reshape(-1, 1)), None)
    model = models.build(
        models.LSTM(20, layers=2), 1, models.Point(horizon=AHEAD), jax.random.key(0)
    )
    recipe = training.Gradient(
        span=STEPS, epochs=EPOCHS, batch=BATCH, optimizer=training.adam(RATE, clip=None)
    )
    trained = training.train(model, flat, windows(0, TRAIN), recipe, key=jax.random.key(1))
    return training.loss_of(trained.model, flat, windows(TEST, len(series)), span=STEPS)


def torch(series: np.ndarray) -> float:
    """An idiomatic PyTorch loop."""
    import torch

    torch.manual_seed(0)

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = torch.nn.LSTM(1, 20, num_layers=2, batch_first=True)
            self.out = torch.nn.Linear(20, AHEAD)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(self.rnn(x)[0])

    x, y = torch.from_numpy(series[:, :STEPS, None]), torch.from_numpy(targets(series))
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for rows in torch.randperm(TRAIN).split(BATCH):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(net(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return float(torch.nn.functional.mse_loss(net(x[TEST:])[:, -1], y[TEST:, -1]))


def keras(series: np.ndarray) -> float:
    """Keras 3 on JAX, `fit` as documented."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    keras.utils.set_random_seed(0)
    x, y = series[:, :STEPS, None], targets(series)
    layers = [
        keras.layers.LSTM(20, return_sequences=True),
        keras.layers.LSTM(20, return_sequences=True),
        keras.layers.Dense(AHEAD),
    ]
    net = keras.Sequential([keras.Input((STEPS, 1)), *layers])
    net.compile(optimizer=keras.optimizers.Adam(RATE), loss="mse")
    net.fit(x[:TRAIN], y[:TRAIN], batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return float(np.mean((np.asarray(net.predict(x[TEST:], verbose=0))[:, -1] - y[TEST:, -1]) ** 2))


CONTESTANTS = {"ours": ours, "torch": torch, "keras": keras}


def main() -> None:
    """Run everyone in turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--without", action="append", default=[], choices=list(CONTESTANTS))
    parser.add_argument("--one", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(CONTESTANTS[asked.one[0]](np.load(asked.one[1])))
        return
    names = [name for name in CONTESTANTS if name not in asked.without]
    walls: dict[str, list[float]] = {name: [] for name in names}
    losses: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "series.npy"
        np.save(file, draw())
        for _ in range(asked.turns):
            for name in names:
                began = time.perf_counter()
                done = subprocess.run(
                    [sys.executable, __file__, "--one", name, str(file)],
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=900,
                )
                walls[name].append(time.perf_counter() - began)
                losses[name].append(float(done.stdout.split()[-1]))
    print(
        f"{'':6} {'wall s':>8} {'ratio':>6} {'test MSE, last step':>20}   (medians of "
        f"{asked.turns} turns, start and compilation included)"
    )
    for name in names:
        ratio = (
            median(theirs / mine for theirs, mine in zip(walls[name], walls["ours"], strict=True))
            if "ours" in walls
            else float("nan")
        )
        print(f"{name:6} {median(walls[name]):8.2f} {ratio:6.2f} {median(losses[name]):20.5f}")


if __name__ == "__main__":
    main()
