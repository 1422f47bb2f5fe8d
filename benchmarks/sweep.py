"""Our recurrence against `lax.scan` over sizes: the gradient of one layer, for every H, B and T of
a grid.

Each cell prints the median over turns of the scan path's time to the time of the path that
`recurrence` takes by default; `scan` marks the cells where that is the scan path. The target is at
least 0.95 everywhere.

    pip install . && python benchmarks/sweep.py [--cell lstm] [--hidden 1,4,20,64,128,256,512]
    [--batch ...] [--time 1,10,50,500]
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import jax
import jax.numpy as jnp

from stepahead import native, ops

GRID = {"hidden": "1,4,20,64,128,256,512", "batch": "1,4,20,64,128,256,512", "time": "1,10,50,500"}
CELLS = {"rnn": ops.ELMAN_TANH, "lstm": ops.LSTM, "gru": ops.GRU}


def gradient(cell: ops.Gating, path: ops.Path | None, arguments: tuple) -> Callable[[], float]:
    """A function that takes the gradient of a layer once and gives the seconds."""

    batch, steps, hidden = *arguments[1].shape[:2], arguments[0].recurrent.shape[1]
    slopes = jax.random.normal(jax.random.key(1), (batch, steps, hidden))

    def back(weights, inputs, state):
        return jax.vjp(
            lambda *parts: ops.recurrence(cell, *parts, state, path=path)[0], weights, inputs
        )[1](slopes)

    compiled = jax.jit(back).lower(*arguments).compile()

    def run() -> float:
        begin = time.perf_counter()
        jax.block_until_ready(compiled(*arguments))
        return time.perf_counter() - begin

    return run


def arguments_of(cell: ops.Gating, hidden: int, batch: int, steps: int) -> tuple:
    """Weights, inputs of as many channels as hidden units, and a first state."""
    keys = jax.random.split(jax.random.key(0), 3)
    rows = cell.gates * hidden
    weights = ops.Weights(
        jax.random.normal(keys[0], (rows, hidden)) / hidden**0.5,
        jax.random.normal(keys[1], (rows, hidden)) / hidden**0.5,
        jnp.zeros(rows),
        jnp.zeros(hidden) if cell is ops.GRU else None,
    )
    return (
        weights,
        jax.random.normal(keys[2], (batch, steps, hidden)),
        tuple(jnp.zeros((batch, hidden)) for _ in range(cell.states)),
    )


def ratio(cell: ops.Gating, hidden: int, batch: int, steps: int, path: ops.Path | None) -> float:
    """Time on `lax.scan` to time on `path`, the median over turns that together take about a fifth
    of a second."""
    arguments = arguments_of(cell, hidden, batch, steps)
    runs = gradient(cell, path, arguments), gradient(cell, ops.SCAN, arguments)
    once = max(run() for run in runs for _ in range(2))
    turns = max(3, min(101, int(0.2 / once)))
    return median(1 / (runs[0]() / runs[1]()) for _ in range(turns))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cell", choices=CELLS, default="lstm")
    parser.add_argument(
        "--force",
        action="store_true",
        help="take the compiled kernels even where the seam would take the scan",
    )
    for name, values in GRID.items():
        parser.add_argument(f"--{name}", default=values)
    options = parser.parse_args()
    cell = CELLS[options.cell]
    print(native.reason())
    hiddens, batches, times = ([int(v) for v in getattr(options, name).split(",")] for name in GRID)
    least = float("inf")
    for steps in times:
        print(f"{cell.name}, T = {steps}\n    H \\ B " + "".join(f"{b:>12d}" for b in batches))
        for hidden in hiddens:
            row = f"{hidden:>9d} "
            for batch in batches:
                weights, inputs, _ = arguments_of(cell, hidden, batch, steps)
                path = ops.NATIVE if options.force else ops.best_path(cell, weights, inputs)
                by_scan = path is ops.SCAN
                got = 1.0 if by_scan else ratio(cell, hidden, batch, steps, path)
                least = min(least, got)
                row += f"{'scan' if by_scan else f'{got:.2f}':>12s}"
            print(row, flush=True)
    print(f"Least ratio: {least:.2f}")


if __name__ == "__main__":
    main()
