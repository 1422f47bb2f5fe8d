"""Seeds at once: networks trained together by `training.train_many` beside one by `training.train`.

    python benchmarks/many_at_once.py [--seeds 5] [--size 20x32] [--turns 7] [--one-core]

The work of `recurrent.py`: two layers and a Dense(10) head, 50 time steps of one channel, forward,
backward, clipping to norm 1 and Adam, every network with its own first weights and its own order of
the windows. `one` trains one network, `together` all of them in one call, `in turn` one after the
other. Contestants take turns; a ratio is the median over turns. Milliseconds of a step by the clock
(of the processor), and steps of one network in a second. `floor` is what `together` would take if
the networks were shared among the cores without loss: their processor time one by one, by the
cores, beside the clock of one.
"""

import argparse
import os
import time
from collections.abc import Callable
from statistics import median

STEPS = 150
TIME, OUT = 50, 10


def contestants(kind: str, hidden: int, batch: int, seeds: int) -> tuple[Callable[[], object], ...]:
    """Programs of `STEPS` training steps: of one network, of all together, of one after the
    other."""
    import jax.numpy as jnp
    import numpy as np

    from stepahead import models, training
    from stepahead.data import Windows

    spec = {"rnn": models.RNN, "lstm": models.LSTM, "gru": models.GRU}[kind](hidden, layers=2)
    built = [models.build(spec, 1, models.Point(horizon=OUT), seed) for seed in range(seeds)]
    values = np.random.default_rng(0).normal(size=(STEPS * batch * (TIME + OUT), 1))
    start = np.arange(STEPS * batch, dtype=np.int32) * (TIME + OUT)
    windows = Windows(start, np.full_like(start, TIME), start + TIME + OUT)
    recipe = training.Gradient(span=TIME, epochs=1, batch=batch, optimizer=training.adam(clip=1.0))
    series = training.Series(jnp.asarray(values, jnp.float32), None)

    def alone(seed: int) -> object:
        return training.train(built[seed], series, windows, recipe, key=seed)

    return (
        lambda: alone(0),
        lambda: training.train_many(built, series, windows, recipe, keys=range(seeds)),
        lambda: [alone(seed) for seed in range(seeds)],
    )


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
        runs = contestants(kind, hidden, batch, told.seeds)
        for run in runs:
            run()
        turns = [[timed(run) for run in runs] for _ in range(told.turns)]
        one, all_, each = (
            tuple(map(median, zip(*(turn[place] for turn in turns), strict=True)))
            for place in range(3)
        )
        ratio, of_each = (median(turn[k][0] / turn[0][0] for turn in turns) for k in (1, 2))
        of_processor = median(turn[1][1] / turn[0][1] for turn in turns)
        floor = each[1] / len(os.sched_getaffinity(0)) / one[0]
        print(
            f"{kind:4} H={hidden} B={batch}  one {one[0]:.3f} ({one[1]:.3f}) ms, {told.seeds} "
            f"together {all_[0]:.3f} ({all_[1]:.3f}) ms: {ratio:.2f} ({of_processor:.2f}) times "
            f"one; in turn {each[0]:.3f} ({each[1]:.3f}) ms: {of_each:.2f}; floor {floor:.2f}\n"
            f"     {1e3 / one[0]:,.0f}, {1e3 * told.seeds / all_[0]:,.0f} and "
            f"{1e3 * told.seeds / each[0]:,.0f} steps of a network a second",
            flush=True,
        )


if __name__ == "__main__":
    main()
