"""Sequences of 1,000 and 10,000 steps: backpropagation through all of it, and truncated, with the
state carried on.

Each row is a process of its own: a GRU(64) trained for two epochs on 32 series of T steps, either
in windows of T steps or in pieces of 100 (`data.consecutive_windows`), whose states are carried
from piece to piece and whose gradients are not. Memory is the process's peak beyond what it had
before training, compilation included.

    pip install . && python benchmarks/long_sequences.py
"""

import resource
import subprocess
import sys
import time

PIECE, LANES, WIDTH, EPOCHS = 100, 32, 64, 2


def one(steps: int, piece: int) -> None:
    """Train and print the peak in MiB, the seconds of the second epoch and its loss."""
    import jax.numpy as jnp
    import numpy as np

    from stepahead import data, models, training

    values = np.sin(np.arange(LANES * steps) / 7) + 0.1 * np.random.default_rng(0).normal(
        size=LANES * steps
    )
    offsets = np.arange(LANES + 1) * steps
    model = models.build(models.GRU(WIDTH), 1, models.Point(), 0)
    series = training.Series(jnp.asarray(values[:, None], jnp.float32), None)
    whole = piece >= steps
    windows = (
        data.sliding_windows(offsets, steps - 1)
        if whole
        else data.consecutive_windows(offsets, piece, LANES)
    )
    recipe = training.Gradient(span=steps - 1 if whole else piece, epochs=EPOCHS, batch=LANES)
    began, before = [time.perf_counter()], peak()
    done = training.train(
        model,
        series,
        windows,
        recipe,
        key=0,
        on_event=lambda event: began.append(time.perf_counter()),
    )
    print(peak() - before, began[-1] - began[-2], done.losses[-1])


def peak() -> float:
    """The largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """A process for each row."""
    if len(sys.argv) == 3:
        one(int(sys.argv[1]), int(sys.argv[2]))
        return
    print(
        f"GRU({WIDTH}), {LANES} series\n{'T':>7} {'gradient through':>17} {'updates':>8} "
        f"{'peak MiB':>9} {'s/epoch':>8} {'loss':>7}"
    )
    for steps in (1_000, 10_000):
        for piece in (PIECE, steps):
            done = subprocess.run(
                [sys.executable, __file__, str(steps), str(piece)],
                check=True,
                capture_output=True,
                text=True,
            )
            memory, seconds, loss = map(float, done.stdout.split())
            updates = 1 if piece == steps else steps // piece
            print(
                f"{steps:>7,} {f'{piece:,} steps':>17} {updates:>8} {memory:>9.0f} {seconds:>8.2f} "
                f"{loss:>7.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
