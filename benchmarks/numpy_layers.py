"""A recurrent layer along sequences without JAX: by NumPy step by step, and by compiled kernels.

    OPENBLAS_NUM_THREADS=1 python benchmarks/numpy_layers.py

Milliseconds of the processor, the least of some runs; the largest difference of the outputs from
them. `FEWEST` in `models/in_numpy/_layers.py` is the number of steps from which the kernels are
taken.
"""

import time
from collections.abc import Callable
from unittest import mock

import numpy as np

from stepahead.models.in_numpy import _layers

SIZES = [(32, 1, 35), (200, 1, 1), (200, 1, 32), (200, 1, 1000), (200, 20, 35), (64, 256, 50)]
"""Width, batch, steps."""


def least(call: Callable[[], object], runs: int) -> float:
    """Milliseconds of the processor."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return 1e3 * min(times)


def main() -> None:
    """Print a line for each kind and size."""
    draws = np.random.default_rng(0)
    for kind, gates in (("gru", 3), ("lstm", 4)):
        for width, batch, steps in SIZES:
            shapes = [(gates * width, width), (gates * width, width), (gates * width,)]
            shapes += [(width,)] if kind == "gru" else []
            layer = _layers.NumpyLayer(
                kind, *(draws.normal(0, 0.1, one).astype(np.float32) for one in shapes)
            )
            xs = draws.normal(size=(steps, batch, width)).astype(np.float32)
            state = layer.initial_state(batch)
            runs = max(3, min(30, 2000 // (steps * batch)))
            found = []
            for fewest in (steps + 1, 0):
                with mock.patch.object(_layers, "FEWEST", fewest):
                    outputs = layer.unroll(state, xs)[0]
                    found.append((least(lambda: layer.unroll(state, xs), runs), outputs))  # noqa: B023
            (slow, one), (fast, other) = found
            print(
                f"{kind:5}width {width:<4} batch {batch:<4} steps {steps:<5}"
                f"NumPy {slow:8.3f}   kernels {fast:8.3f}   apart {np.abs(one - other).max():.0e}"
            )


if __name__ == "__main__":
    main()
