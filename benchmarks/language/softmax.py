"""The loss of an output layer of many words with its gradient: `ops.softmax_loss`, which keeps no
matrix of all scores, against the plain formula.

    python benchmarks/language/softmax.py [--rows 700] [--width 200] [--words 10000] [--turns 7]

In turns in one process, processor time on all threads together and its ratio, the median over
turns; GFLOP/s of the processor count three products, against the rate of multiply-adds in registers
of one core. The memory is what XLA reserves for a call besides arguments and results; the kernel's
own is one block of scores, at most 480 rows.
"""

import argparse
import ctypes
import time
from collections.abc import Callable
from statistics import median

import jax
import jax.numpy as jnp
import numpy as np

from stepahead import models, native, ops
from stepahead.native._kernels import kernels


def by_formula(
    hidden: jax.Array, weight: jax.Array, bias: jax.Array, target: jax.Array, share: jax.Array
) -> jax.Array:
    """The whole matrix of scores, and JAX's own gradient."""
    return (models.cross_entropy(hidden @ weight.T + bias, target) * share).sum()


def main() -> None:
    """Print both, and the ratio."""
    parser = argparse.ArgumentParser()
    for name, usual in {"rows": 700, "width": 200, "words": 10_000, "turns": 7}.items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    keys = jax.random.split(jax.random.key(0), 4)
    arguments = (
        jax.random.normal(keys[0], (asked.rows, asked.width)),
        jax.random.normal(keys[1], (asked.words, asked.width)) / asked.width**0.5,
        jax.random.normal(keys[2], (asked.words,)),
        jax.random.randint(keys[3], (asked.rows,), 0, asked.words),
        jnp.full(asked.rows, 1 / asked.rows),
    )
    losses = {"ours": ops.softmax_loss, "formula": by_formula}
    calls = {
        name: jax.jit(jax.value_and_grad(loss, (0, 1, 2))).lower(*arguments).compile()
        for name, loss in losses.items()
    }
    runs = {
        name: lambda call=call: jax.block_until_ready(call(*arguments))
        for name, call in calls.items()
    }
    for run in runs.values():
        run()
    times = [{name: used(run) for name, run in runs.items()} for _ in range(asked.turns)]
    flops = 6.0 * asked.rows * asked.width * asked.words
    print(f"{asked.rows} rows, width {asked.width}, {asked.words:,} words. {native.reason()}")
    for name, call in calls.items():
        seconds = median(turn[name] for turn in times)
        memory = call.memory_analysis().temp_size_in_bytes / 2**20
        print(
            f"{name:8} {seconds * 1e3:7.1f} ms of the processor, {flops / seconds / 1e9:4.0f} "
            f"GFLOP/s of {peak():.0f}; {memory:.0f} MiB besides arguments and results"
        )
    print(f"ratio {median(turn['formula'] / turn['ours'] for turn in times):.2f}")


def peak() -> float:
    """GFLOP/s of multiply-adds in registers of one core."""
    library, numbers = kernels().library, np.full(32, 0.5, np.float32)
    assert library is not None
    multiply_adds = library.stepahead_multiply_adds
    multiply_adds.argtypes, multiply_adds.restype = (
        [ctypes.c_int64, ctypes.c_void_p],
        ctypes.c_int64,
    )
    rounds = 200_000
    least = min(used(lambda: multiply_adds(rounds, numbers.ctypes.data)) for _ in range(5))
    return 2 * multiply_adds(1, numbers.ctypes.data) * rounds / least / 1e9


def used(run: Callable[[], object]) -> float:
    """Processor seconds."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
