"""The LSTM language model of `lstm.py` against PyTorch, on the same work in one run: a step of
training, and its recurrence alone.

    pip install torch . && python benchmarks/language/beside_torch.py [--turns 7] [--lanes 20]

LANES (20) lanes of 35 words, embeddings of 200, LSTM 2×200, 10,000 words, dropout 0.2 on
embeddings, between layers and before the output layer, Adam, the gradient clipped to norm 1, the
state carried on. Ours is `training.train_running`, a pass over 40 minibatches; PyTorch the same
minibatches with its own LSTM, Linear and Adam. The recurrence alone: both layers forward and
backward on inputs of 200 numbers. Contestants take turns on all threads; a ratio is the median over
turns of PyTorch's time to ours in that turn. An epoch is as many steps as the 929,589 words of the
Penn Treebank make. Memory is the most that a process holds that trains for one pass and imports
nothing of the other, less what it held before it made its network.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

STEPS, SPAN, WIDTH, WORDS, TREEBANK = 40, 35, 200, 10_000, 929_589
Contestant = tuple[Callable[[], None], Callable[[], None]]


def ours(lanes: int) -> Contestant:
    """A pass over the minibatches; the recurrence of each of them."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from stepahead import data, models, ops, training

    begin()
    vocabulary = data.Vocabulary(("<unk>", "</s>", *(f"w{number}" for number in range(WORDS - 2))))
    ids = np.random.default_rng(0).integers(2, WORDS, STEPS * lanes * SPAN - 1).astype(np.int32)
    text = data.Tokens(ids, np.array([0, len(ids)], np.int64), vocabulary)
    model = models.Embedded(models.LSTM(WIDTH, layers=2, dropout=0.2), dropout=0.2).build(WORDS, 0)
    recipe = training.Gradient(span=SPAN, batch=lanes, epochs=1, optimizer=training.adam(2e-3))
    layers = model.body.layers
    start = tuple(jnp.zeros((lanes, WIDTH)) for _ in range(2))
    inputs = jnp.asarray(np.random.default_rng(1).normal(size=(lanes, SPAN, WIDTH)), jnp.float32)

    def loss(layers: tuple, inputs: jax.Array) -> jax.Array:
        hidden = inputs
        for layer in layers:
            hidden, _ = ops.recurrence(ops.LSTM, layer, hidden, start)
        return hidden.sum()

    gradient = jax.jit(jax.grad(loss, argnums=(0, 1)))
    return (
        lambda: training.train_running(model, text, recipe, key=0) and None,
        lambda: [jax.block_until_ready(gradient(layers, inputs)) for _ in range(STEPS)] and None,
    )


def rival(lanes: int) -> Contestant:
    """The same in PyTorch."""
    import torch

    begin()
    torch.manual_seed(0)
    embedding, out = torch.nn.Embedding(WORDS, WIDTH), torch.nn.Linear(WIDTH, WORDS)
    lstm, drop = torch.nn.LSTM(WIDTH, WIDTH, 2, dropout=0.2), torch.nn.Dropout(0.2)
    weights = [*embedding.parameters(), *lstm.parameters(), *out.parameters()]
    adam = torch.optim.Adam(weights, 2e-3)
    words = torch.randint(2, WORDS, (STEPS, SPAN + 1, lanes))
    inputs = torch.randn(SPAN, lanes, WIDTH, requires_grad=True)

    def train() -> None:
        state = None
        for piece in words:
            hidden, state = lstm(drop(embedding(piece[:-1])), state)
            state = tuple(part.detach() for part in state)
            loss = torch.nn.functional.cross_entropy(
                out(drop(hidden)).view(-1, WORDS), piece[1:].reshape(-1)
            )
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            adam.step()

    def recur() -> None:
        for _ in range(STEPS):
            lstm.zero_grad()
            inputs.grad = None
            lstm(inputs)[0].sum().backward()

    return train, recur


def main() -> None:
    """Take turns, print medians; then the memory of each, in a process of its own."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--turns", type=int, default=7)
    asked.add_argument("--lanes", type=int, default=20)
    asked.add_argument("--memory", choices=CONTESTANTS, help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.memory:
        CONTESTANTS[told.memory](told.lanes)[0]()
        print(f"{told.memory}: {peak() - HELD[-1]:,.0f} MiB at the peak of training")
        return
    contestants = [make(told.lanes) for make in CONTESTANTS.values()]
    for name, pair in zip(
        ("one step of training", "its recurrence, forward and backward"),
        zip(*contestants, strict=True),
        strict=True,
    ):
        for run in pair:
            run()
        times = [[timed(run) for run in pair] for _ in range(told.turns)]
        mine, theirs = (1000 * median(column) / STEPS for column in zip(*times, strict=True))
        ratio = median(turn[1] / turn[0] for turn in times)
        print(
            f"{name:38} ours {mine:6.1f} ms, PyTorch {theirs:6.1f} ms, ratio {ratio:.2f}",
            flush=True,
        )
        if name == "one step of training":
            rounds = TREEBANK / told.lanes / SPAN / 1000
            print(f"{'an epoch':38} ours {mine * rounds:6.1f} s,  PyTorch {theirs * rounds:6.1f} s")
    for name in CONTESTANTS:
        command = [sys.executable, __file__, "--lanes", str(told.lanes), "--memory", name]
        subprocess.run(command, check=True)


CONTESTANTS: dict[str, Callable[[int], Contestant]] = {"ours": ours, "PyTorch": rival}
HELD: list[float] = []


def begin() -> None:
    """Note what the process holds before it makes its network."""
    HELD.append(peak())


def peak() -> float:
    """The most memory that the process has held, in MiB (Linux)."""
    # `ru_maxrss` of a process begins with that of the one that began it.
    line = next(x for x in Path("/proc/self/status").read_text().split("\n") if "VmHWM" in x)
    return int(line.split()[1]) / 1024


def timed(run: Callable[[], None]) -> float:
    """Seconds."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
