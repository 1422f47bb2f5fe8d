"""Recurrent training and inference: ours against PyTorch, Keras on JAX and plain `lax.scan`, on the
same work in one run.

The work is one step of two stacked layers and a Dense(10) head, 50 time steps of one channel, mean
squared error over every step: forward alone, and forward, backward, clipping to norm 1 and Adam.
Ours is the product's own path, `models.build` and `training.train`; `lax.scan` is a training loop
as one would write it in JAX; the others are their own modules and `fit`. The contestants take
turns, every ratio is the median over turns of the rival's time to ours in that turn, all use the
same number of threads. GFLOP/s counts the products only; next to it is the rate of multiply-adds
in registers, measured in this run on all threads: what the machine could do at most.

    pip install torch keras jax optax . && python benchmarks/recurrent.py [--turns 5] [--only lstm]
    [--sizes 20x32,64x128] [--without keras]
"""

import argparse
import os
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("KERAS_BACKEND", "jax")

TIME, OUT = 50, 10
SIZES = [(20, 32), (64, 128), (128, 256), (256, 64)]
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
Contestant = dict[
    str, Callable[[], float]
]  # "train" and "forward", each giving seconds for one step


def flops(kind: str, hidden: int, batch: int) -> float:
    """Floating-point operations of the matrix products of one forward pass."""
    rows = GATES[kind] * hidden
    return 2.0 * batch * TIME * (rows * (1 + hidden) + rows * 2 * hidden + OUT * hidden)


def steps_for(kind: str, hidden: int, batch: int) -> int:
    """Steps of one turn: about a quarter of a second for the fastest."""
    return max(8, min(150, int(1.5e10 / (3 * flops(kind, hidden, batch)))))


def our_contestant(kind: str, hidden: int, batch: int, steps: int) -> Contestant:
    """The product: a model built from its specification, trained by the training loop, run by
    `unroll`."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from stepahead import models, training
    from stepahead.data import Windows

    spec = {"rnn": models.RNN, "lstm": models.LSTM, "gru": models.GRU}[kind](hidden, layers=2)
    model = models.build(spec, 1, models.Point(horizon=OUT), 0)
    values = jnp.asarray(
        np.random.default_rng(0).normal(size=(steps * batch * (TIME + OUT), 1)), jnp.float32
    )
    start = np.arange(steps * batch, dtype=np.int32) * (TIME + OUT)
    windows = Windows(start, np.full_like(start, TIME), start + TIME + OUT)
    recipe = training.Gradient(
        span=TIME, epochs=1, batch=batch, optimizer=training.adam(1e-3, clip=1.0)
    )
    series = training.Series(values, None)
    inputs = values.reshape(steps, batch, TIME + OUT, 1)[:, :, :TIME]
    predict = jax.jit(
        lambda inputs: jax.lax.map(
            lambda x: models.unroll(model, models.Observation(x)).out.sum(), inputs
        )
    )
    begin = time.perf_counter()
    training.train(model, series, windows, recipe, key=0)
    print(f"    ours: first epoch, compilation included, {time.perf_counter() - begin:.1f} s")
    return {
        "train": lambda: timed(
            steps, lambda: training.train(model, series, windows, recipe, key=0)
        ),
        "forward": lambda: timed(steps, lambda: jax.block_until_ready(predict(inputs))),
    }


def scan_contestant(kind: str, hidden: int, batch: int, steps: int) -> Contestant:
    """The same net on `lax.scan`, trained by one compiled program over minibatches, with optax."""
    import jax
    import jax.numpy as jnp
    import optax

    from stepahead import ops

    cell = {"rnn": ops.ELMAN_TANH, "lstm": ops.LSTM, "gru": ops.GRU}[kind]
    keys = jax.random.split(jax.random.key(0), 5)

    def layer(key: jax.Array, channels: int) -> ops.Weights:
        rows = cell.gates * hidden
        one, two = jax.random.split(key)
        return ops.Weights(
            jax.random.normal(one, (rows, channels)) / hidden**0.5,
            jax.random.normal(two, (rows, hidden)) / hidden**0.5,
            jnp.zeros(rows),
            jnp.zeros(hidden) if kind == "gru" else None,
        )

    parameters = (
        layer(keys[0], 1),
        layer(keys[1], hidden),
        jax.random.normal(keys[2], (OUT, hidden)) / hidden**0.5,
        jnp.zeros(OUT),
    )
    inputs, targets = (
        jax.random.normal(keys[3], (steps * batch, TIME, 1)),
        jax.random.normal(keys[4], (steps * batch, TIME, OUT)),
    )

    def model(parameters, inputs):
        for weights in parameters[:2]:
            state = tuple(jnp.zeros((len(inputs), hidden)) for _ in range(cell.states))
            inputs, _ = ops.recurrence(cell, weights, inputs, state, path=ops.SCAN)
        return inputs @ parameters[2].T + parameters[3]

    def loss(parameters, inputs, targets):
        return jnp.mean((model(parameters, inputs) - targets) ** 2)

    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))

    @jax.jit
    def epoch(parameters, state, key):
        def step(carry, rows):
            parameters, state = carry
            gradients = jax.grad(loss)(parameters, inputs[rows], targets[rows])
            updates, state = optimizer.update(gradients, state, parameters)
            return (optax.apply_updates(parameters, updates), state), None

        order = jax.random.permutation(key, steps * batch).reshape(steps, batch)
        return jax.lax.scan(step, (parameters, state), order)[0]

    predict = jax.jit(
        lambda parameters, rows: jax.lax.map(lambda r: model(parameters, inputs[r]).sum(), rows)
    )
    rows, state = jnp.arange(steps * batch).reshape(steps, batch), optimizer.init(parameters)
    return {
        "train": lambda: timed(
            steps, lambda: jax.block_until_ready(epoch(parameters, state, keys[0]))
        ),
        "forward": lambda: timed(steps, lambda: jax.block_until_ready(predict(parameters, rows))),
    }


def torch_contestant(kind: str, hidden: int, batch: int, steps: int) -> Contestant:
    """PyTorch's own recurrent modules, Adam and clipping."""
    import torch

    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](
        1, hidden, num_layers=2, batch_first=True
    )
    head = torch.nn.Linear(hidden, OUT)
    parameters = [*layer.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    inputs, targets = torch.randn(steps, batch, TIME, 1), torch.randn(steps, batch, TIME, OUT)

    def train() -> None:
        for x, y in zip(inputs, targets, strict=True):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(head(layer(x)[0]), y).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()

    def forward() -> None:
        with torch.inference_mode():
            for x in inputs:
                head(layer(x)[0])

    return {"train": lambda: timed(steps, train), "forward": lambda: timed(steps, forward)}


def keras_contestant(kind: str, hidden: int, batch: int, steps: int) -> Contestant:
    """Keras 3 on JAX, by `fit` and `predict`."""
    import keras
    import numpy as np

    layer = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[
        kind
    ]
    model = keras.Sequential(
        [
            keras.Input((TIME, 1)),
            *(layer(hidden, return_sequences=True) for _ in range(2)),
            keras.layers.Dense(OUT),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3, global_clipnorm=1.0), loss="mse")
    draw = np.random.default_rng(0)
    inputs = draw.normal(size=(steps * batch, TIME, 1)).astype("float32")
    targets = draw.normal(size=(steps * batch, TIME, OUT)).astype("float32")
    return {
        "train": lambda: timed(
            steps, lambda: model.fit(inputs, targets, batch_size=batch, verbose=0)
        ),
        "forward": lambda: timed(steps, lambda: model.predict(inputs, batch_size=batch, verbose=0)),
    }


def timed(steps: int, run: Callable[[], object]) -> float:
    """Seconds for one step of a run of several."""
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) / steps


def peak_rate() -> float:
    """GFLOP/s of multiply-adds in registers on all threads at once, in the set of instructions that
    the kernels use."""
    import ctypes
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from stepahead.native._kernels import kernels

    library, threads, rounds = kernels().library, len(os.sched_getaffinity(0)), 2_000_000
    if library is None:
        return float("nan")
    library.stepahead_multiply_adds.argtypes, library.stepahead_multiply_adds.restype = (
        [ctypes.c_int64, ctypes.c_void_p],
        ctypes.c_int64,
    )
    arrays = [np.full(32, 0.5, np.float32) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def all_at_once() -> list[int]:
            return list(
                pool.map(
                    lambda array: library.stepahead_multiply_adds(rounds, array.ctypes.data), arrays
                )
            )

        count = sum(all_at_once())
        return 2 * count / min(timed(1, all_at_once) for _ in range(6)) / 1e9


def compare(
    kind: str, hidden: int, batch: int, turns: int, without: list[str], peak: float
) -> None:
    """Run all contestants in turns on one row and print it."""
    steps = steps_for(kind, hidden, batch)
    print(f"{kind} H={hidden} B={batch}, {steps} steps a turn")
    makers: dict[str, Callable[[], Contestant]] = {
        "ours": lambda: our_contestant(kind, hidden, batch, steps),
        "lax.scan": lambda: scan_contestant(kind, hidden, batch, steps),
        "PyTorch": lambda: torch_contestant(kind, hidden, batch, steps),
        "Keras": lambda: keras_contestant(kind, hidden, batch, steps),
    }
    contestants = {name: make() for name, make in makers.items() if name.lower() not in without}
    for work, factor in (("forward", 1), ("train", 3)):
        for contestant in contestants.values():
            contestant[work]()
        times = [
            {name: contestant[work]() for name, contestant in contestants.items()}
            for _ in range(turns)
        ]
        ours = median(t["ours"] for t in times)
        ratios = {
            name: median(t[name] / t["ours"] for t in times)
            for name in contestants
            if name != "ours"
        }
        rate = factor * flops(kind, hidden, batch) / ours / 1e9
        cells = "  ".join(
            f"{name} {median(t[name] for t in times) * 1e3:9.3f} ms" for name in contestants
        )
        each = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
        print(f"  {work:8s} {cells}  ratio to the best rival {min(ratios.values()):5.2f} ({each})")
        print(f"           {rate:.0f} GFLOP/s, {rate / peak:.0%} of {peak:.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", choices=GATES, help="one kind of cell")
    parser.add_argument(
        "--sizes", default=",".join(f"{h}x{b}" for h, b in SIZES), help="HxB, comma-separated"
    )
    parser.add_argument(
        "--without", default="", help="contestants to leave out: pytorch, keras, lax.scan"
    )
    options = parser.parse_args()
    without = [name for name in options.without.split(",") if name]
    missing = [
        name
        for name, module in (("pytorch", "torch"), ("keras", "keras"))
        if name not in without and not importable(module)
    ]
    if missing:
        raise SystemExit(
            f"Not installed: {', '.join(missing)}. Run `pip install torch keras`, or leave them "
            f"out: --without {','.join(missing)}"
        )
    peak = peak_rate()  # before the rivals bring threads of their own
    if "pytorch" not in without:
        import torch

        torch.set_num_threads(len(os.sched_getaffinity(0)))
    from stepahead import native

    print(f"{len(os.sched_getaffinity(0))} threads, at most {peak:.0f} GFLOP/s. {native.reason()}")
    for kind in [options.only] if options.only else GATES:
        for size in options.sizes.split(","):
            hidden, batch = map(int, size.split("x"))
            compare(kind, hidden, batch, options.turns, without, peak)


def importable(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


if __name__ == "__main__":
    main()
