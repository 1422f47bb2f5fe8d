"""Processor time of one training step by its parts: the kernels, in them products and exponentials,
and everything else.

    python benchmarks/step_parts.py [--size 20x32] [--turns 9] [--sets avx512,avx2]

The work is ours of `recurrent.py`. `step` is the whole of it by `training.train`; `kernels` what
of it is native, in a program of its own: the one call for an epoch, Adam in it, or where the stack
is too wide for that, its layers, forward and backward. `products` are the multiply-adds that
the equations ask for, at the rate of multiply-adds in registers of one core; `exponentials` as many
sigmoids and tanhs as the cells take, in cache. Both are floors, what is left of the kernels is
copies and transposes. Parts take turns and a figure is the median over turns, in µs of the
processor, all on one core: other work on the machine disturbs that less than a clock.
"""

import argparse
import contextlib
import ctypes
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from recurrent import GATES, OUT, TIME, flops, our_contestant

STEPS = 150
TANHS = {"rnn": 1, "gru": 1, "lstm": 3}
SIGMOIDS = {"rnn": 0, "gru": 2, "lstm": 3}
"""Of one unit at one step, forward and backward together."""


def main() -> None:
    """A line for every kind of cell and set of instructions, each set in a process of its own."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--size", default="20x32", help="hidden x batch")
    asked.add_argument("--turns", type=int, default=9)
    asked.add_argument("--sets", default="avx512,avx2")
    asked.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.child:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        hidden, batch = (int(number) for number in told.size.split("x"))
        for kind in GATES:
            line(kind, hidden, batch, told.turns)
        return
    print(f"{'µs of the processor':18}{'step':>8}{'kernels':>9}{'products':>10}", end="")
    print(f"{'exponentials':>14}{'other kernel':>14}{'everything else':>17}")
    for name in told.sets.split(","):
        command = [sys.executable, __file__, "--child", "--size", told.size]
        environment = {**os.environ, "STEPAHEAD_KERNELS": name}
        subprocess.run([*command, "--turns", str(told.turns)], env=environment, check=True)


def line(kind: str, hidden: int, batch: int, turns: int) -> None:
    """Measure one kind of cell and print it."""
    with contextlib.redirect_stdout(io.StringIO()):
        train = our_contestant(kind, hidden, batch, STEPS)["train"]

    def step() -> float:
        train()
        return STEPS

    parts = step, kernels(kind, hidden, batch), multiply_adds(), exponentials(kind, hidden, batch)
    for part in parts:
        part()
    times = [[used(part) for part in parts] for _ in range(turns)]
    whole, layers, unit, squashed = (median(column) for column in zip(*times, strict=True))
    head = 2.0 * batch * TIME * OUT * hidden
    products = 3 * (flops(kind, hidden, batch) - head) * unit
    cells = (whole, layers, products, squashed, layers - products - squashed, whole - layers)
    name = f"{kind} {os.environ['STEPAHEAD_KERNELS']}"
    print(f"{name:18}", end="")
    for width, seconds in zip((8, 9, 10, 14, 14, 17), cells, strict=True):
        print(f"{seconds * 1e6:{width}.0f}", end="")
    print(flush=True)


def used(run: Callable[[], float]) -> float:
    """Processor seconds for each unit of work of a call, which returns their number."""
    begin = time.process_time()
    units = run()
    return (time.process_time() - begin) / units


def kernels(kind: str, hidden: int, batch: int) -> Callable[[], float]:
    """The native part of a step, as often as an epoch has steps; returns that number."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    from jax.flatten_util import ravel_pytree

    from stepahead import models, ops, training
    from stepahead.training._descent import init_optimizer
    from stepahead.training._loss import Batch, WindowFacts
    from stepahead.training._one_call import in_one_call
    from stepahead.training._optimizers import adam_settings

    spec = {"rnn": models.RNN, "lstm": models.LSTM, "gru": models.GRU}[kind](hidden, layers=2)
    model = models.build(spec, 1, models.Point(horizon=OUT), 0)
    series = training.Series(jax.random.normal(jax.random.key(0), (batch * (TIME + OUT), 1)), None)
    call = in_one_call(model, series, batch, TIME, training.EVERY, WindowFacts(True, True))
    if call is not None:
        recipe = training.adam(1e-3, clip=1.0)
        begins = jnp.tile((TIME + OUT) * jnp.arange(batch), (STEPS, 1))
        windows = Batch(begins, 0 * begins + TIME, begins + TIME + OUT, jnp.ones(begins.shape))
        state, settings = init_optimizer(model, recipe), adam_settings(recipe)
        assert settings is not None

        @jax.jit
        def whole(vector: jax.Array) -> jax.Array:
            now = eqx.combine(unravel(vector), frozen)
            return call.epoch([now], [state], [series.values], [windows], settings)[0].loss

        weights, frozen = eqx.partition(model, eqx.is_inexact_array)
        vector, unravel = ravel_pytree(weights)

        def run_calls() -> float:
            jax.block_until_ready(whole(vector))
            return STEPS

        return run_calls
    layers = model.body.layers
    cell = {"rnn": ops.ELMAN_TANH, "lstm": ops.LSTM, "gru": ops.GRU}[kind]
    start = tuple(jnp.zeros((batch, hidden)) for _ in range(cell.states))
    inputs = jax.random.normal(jax.random.key(0), (batch, TIME, 1))
    slopes = jax.random.normal(jax.random.key(1), (batch, TIME, hidden))

    def value(layers: tuple, inputs: jax.Array) -> jax.Array:
        for layer in layers:
            inputs, _ = ops.recurrence(cell, layer, inputs, start)
        return inputs

    @jax.jit
    def epoch(layers: tuple) -> tuple:
        def step(layers: tuple, _: None) -> tuple[tuple, None]:
            (gradients,) = jax.vjp(lambda layers: value(layers, inputs), layers)[1](slopes)
            return jax.tree.map(lambda w, g: w - 1e-6 * g, layers, gradients), None

        return jax.lax.scan(step, layers, None, length=STEPS)[0]

    def run() -> float:
        jax.block_until_ready(epoch(layers))
        return STEPS

    return run


def multiply_adds() -> Callable[[], float]:
    """Multiply-adds in registers of one core; returns the number of operations, two each."""
    import numpy as np

    library, numbers = opened(), np.full(32, 0.5, np.float32)
    library.stepahead_multiply_adds.argtypes = [ctypes.c_int64, ctypes.c_void_p]
    library.stepahead_multiply_adds.restype = ctypes.c_int64
    return lambda: 2.0 * library.stepahead_multiply_adds(100_000, numbers.ctypes.data)


def exponentials(kind: str, hidden: int, batch: int) -> Callable[[], float]:
    """The sigmoids and tanhs of one step of training, those of 16,384 numbers at a time, ten
    times over; returns ten."""
    import numpy as np

    library = opened()
    one, two = np.linspace(-4, 4, 1 << 14, dtype=np.float32), np.empty(1 << 14, np.float32)
    lanes = -(-batch // 16) * 16 * hidden * TIME * 2
    counts = (
        (library.stepahead_tanh, TANHS[kind] * lanes),
        (library.stepahead_sigmoid, SIGMOIDS[kind] * lanes),
    )

    def run() -> float:
        for function, count in counts:
            for _ in range(10 * count >> 14):
                function(
                    ctypes.c_void_p(one.ctypes.data),
                    ctypes.c_void_p(two.ctypes.data),
                    ctypes.c_int64(1 << 14),
                )
        return 10

    return run


def opened() -> ctypes.CDLL:
    """The kernels in use."""
    from stepahead.native._kernels import kernels as found

    library = found().library
    if library is None:
        raise SystemExit(found().reason)
    return library


if __name__ == "__main__":
    main()
