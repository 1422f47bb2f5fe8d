"""Seeds at once: networks trained by one program, as members of one kernel call, against one.

    python benchmarks/many_at_once.py [--seeds 5] [--size 20x32] [--turns 7] [--one-core]

The step of `recurrent.py`: two layers and a Dense(10) head, 50 time steps of one channel, forward,
backward, clipping to norm 1 and Adam, every network with its own first weights on its own windows.
`one` trains one network, `together` all of them by `jax.vmap` over weights. Contestants take turns;
a ratio is the median over turns. Milliseconds of a step by the clock (of the processor), and steps
of one network in a second.
"""

import argparse
import os
import time
from collections.abc import Callable
from statistics import median

STEPS = 60
TIME, OUT = 50, 10


def contestant(kind: str, hidden: int, batch: int, seeds: int) -> Callable[[], object]:
    """A program of `STEPS` training steps of so many networks."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import optax
    from jax.flatten_util import ravel_pytree

    from stepahead import models, training

    spec = {"rnn": models.RNN, "lstm": models.LSTM, "gru": models.GRU}[kind](hidden, layers=2)
    built = [models.build(spec, 1, models.Point(horizon=OUT), seed) for seed in range(seeds)]
    split = [eqx.partition(model, eqx.is_inexact_array) for model in built]
    frozen, unravel = split[0][1], ravel_pytree(split[0][0])[1]
    vectors = jnp.stack([ravel_pytree(weights)[0] for weights, _ in split])
    optimizer = training.adam(1e-3, clip=1.0)
    data = jax.random.normal(jax.random.key(0), (STEPS, seeds, batch, TIME + OUT))

    def loss(vector: jax.Array, windows: jax.Array) -> jax.Array:
        model = eqx.combine(unravel(vector), frozen)
        out = models.unroll(model, models.Observation(windows[:, :TIME, None])).out
        places = jnp.arange(TIME)[:, None] + jnp.arange(1, OUT + 1)
        return jnp.mean((out.reshape(batch, TIME, OUT) - windows[:, places]) ** 2)

    def update(vector: jax.Array, state: tuple, windows: jax.Array) -> tuple:
        gradient = jax.grad(loss)(vector, windows)
        change, state = optimizer.update(gradient, state, vector)
        return optax.apply_updates(vector, change), state

    @jax.jit
    def program(vectors: jax.Array, state: tuple, data: jax.Array) -> jax.Array:
        if seeds == 1:
            done, _ = jax.lax.scan(lambda c, x: (update(*c, x[0]), None), (vectors[0], state), data)
        else:
            done, _ = jax.lax.scan(
                lambda c, x: (jax.vmap(update)(*c, x), None), (vectors, state), data
            )
        return done[0]

    state = optimizer.init(vectors[0]) if seeds == 1 else jax.vmap(optimizer.init)(vectors)
    return lambda: program(vectors, state, data).block_until_ready()


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of a step by the clock and of the processor."""
    began, used = time.perf_counter(), time.process_time()
    run()
    return (
        1e3 * (time.perf_counter() - began) / STEPS,
        1e3 * (time.process_time() - used) / STEPS,
    )


def main() -> None:
    """A line for each kind of cell."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--size", default="20x32", help="hidden x batch")
    asked.add_argument("--turns", type=int, default=7)
    asked.add_argument("--one-core", action="store_true", help="all on one core")
    told = asked.parse_args()
    if told.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from stepahead import native

    print(native.reason())
    hidden, batch = (int(number) for number in told.size.split("x"))
    for kind in ("rnn", "lstm", "gru"):
        runs = [contestant(kind, hidden, batch, seeds) for seeds in (1, told.seeds)]
        for run in runs:
            run()
        turns = [[timed(run) for run in runs] for _ in range(told.turns)]
        (one, used), (all_, used_by_all) = (
            tuple(map(median, zip(*(turn[place] for turn in turns), strict=True)))
            for place in (0, 1)
        )
        ratio, of_processor = (
            median(turn[1][place] / turn[0][place] for turn in turns) for place in (0, 1)
        )
        print(
            f"{kind:4} H={hidden} B={batch}  one {one:.3f} ({used:.3f}) ms, {told.seeds} together "
            f"{all_:.3f} ({used_by_all:.3f}) ms: {ratio:.2f} ({of_processor:.2f}) times one; "
            f"{1e3 / one:,.0f} and {1e3 * told.seeds / all_:,.0f} steps of a network a second",
            flush=True,
        )


if __name__ == "__main__":
    main()
