"""Train the pretrained network from a seed, on series that are drawn as it goes.

    python pretraining/pretrain.py FOLDER --updates 20000
    python pretraining/pretrain.py FOLDER --start WEIGHTS --seed 1 --updates 5000 --rate 1e-3

Every update has a random number of its own, so a run that is stopped, or killed, continues from its
last saved state and ends in the same weights. FOLDER holds `state.safetensors` (to continue from),
`weights.safetensors` (the mean of the weights along training, in half precision: what the package
carries) and `curve.csv` (loss by update). The rate grows over
the first `--warm-up` updates, stays, and falls to nothing over the last `--decay` ones; to train
longer, give more `--updates` before the decay began.

With `--start` training begins with the weights of a file, such as those that the package carries,
with an optimiser that knows nothing yet. Give a `--seed` that they have not seen: theirs would draw
the same series again. A folder that holds a state continues from that.
"""

import argparse
import csv
import json
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty, Full
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from card import card_of
from safetensors.numpy import load_file, save_file

from stepahead.pretrained import PATCHES, WIDTH, Batch, batch, initial_weights, loss

MEMORY = 1000
"""Updates that the mean of the weights along training spans, or all of them, while fewer."""

LIMITS = (
    "no covariates; at most two seasons, of at most 4,096 steps; nothing is learned from the other "
    "series of a panel unless it is fine-tuned; values up to 1e100 in size; beyond 512 steps, or a "
    "season, the last season is repeated"
)


def main() -> None:
    """Train until all updates are made or the seconds are spent."""
    told = _arguments()
    told.folder.mkdir(parents=True, exist_ok=True)
    state_file, curve_file = told.folder / "state.safetensors", told.folder / "curve.csv"
    rule = _rule(told)
    state, begun = _begun(told, rule, state_file)
    deadline = time.monotonic() + told.seconds
    losses: list[float] = []
    update = _update(rule)
    processor = time.process_time()
    for number, each in _batches(told, begun):
        state, value = update(state, number, *each)
        losses.append(float(value))
        done = number + 1
        late = time.monotonic() > deadline or done == told.updates
        if done % told.every == 0 or late:
            _save(state, state_file, told, done)
            spent, processor = time.process_time() - processor, time.process_time()
            _log(curve_file, done, float(np.mean(losses)), spent)
            losses = []
        if late:
            break


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--updates", type=int, default=14_500)
    parser.add_argument("--patches", type=int, default=PATCHES, help="of a batch, more on a GPU")
    parser.add_argument("--warm-up", type=int, default=1000, help="updates in which the rate grows")
    parser.add_argument("--decay", type=int, default=2_500)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--every", type=int, default=200, help="updates between two saved states")
    parser.add_argument("--without", nargs="*", default=(), help="families to leave out")
    parser.add_argument("--start", type=Path, help="a file of weights to begin with")
    parser.add_argument("--drawing", type=int, default=1, help="processes that draw series")
    return parser.parse_args()


def _rule(told: argparse.Namespace) -> optax.GradientTransformation:
    def rate(number: Any) -> Any:
        left = (told.updates - number) / max(told.decay, 1)
        return told.rate * jnp.minimum((number + 1) / told.warm_up, 1) * jnp.clip(left, 0.01, 1)

    return optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(rate, b1=0.9, b2=0.95, weight_decay=0.01)
    )


def _begun(
    told: argparse.Namespace, rule: optax.GradientTransformation, file: Path
) -> tuple[Any, int]:
    """The state to continue from, (weights, optimiser, mean), and the updates that made it."""
    weights = {name: jnp.asarray(array) for name, array in _first_weights(told).items()}
    state = (weights, rule.init(weights), weights)
    if not file.exists():
        return state, 0
    kept = load_file(file)
    leaves, shape = jax.tree.flatten(state)
    read = [jnp.asarray(kept[f"{k:04d}"]) for k in range(len(leaves))]
    if [each.shape for each in read] != [each.shape for each in leaves]:
        raise SystemExit(f"{file} is of another network. Give its sizes, or another folder.")
    return jax.tree.unflatten(shape, read), int(kept["updates"])


def _first_weights(told: argparse.Namespace) -> dict[str, np.ndarray]:
    """The weights of `--start`, or random ones."""
    if told.start is None:
        return initial_weights(np.random.default_rng(told.seed), WIDTH, told.hidden, told.layers)
    return {name: array.astype(np.float32) for name, array in load_file(told.start).items()}


def _update(rule: optax.GradientTransformation) -> Any:
    @jax.jit
    def update(state: Any, number: Any, *each: Any) -> Any:
        weights, optimiser, mean = state
        value, slope = jax.value_and_grad(loss)(weights, *each)
        change, optimiser = rule.update(slope, optimiser, weights)
        weights = optax.apply_updates(weights, change)
        share = 1 / jnp.minimum(number + 1.0, MEMORY)
        mean = jax.tree.map(lambda m, w: m + share * (w - m), mean, weights)
        return (weights, optimiser, mean), value

    return update


def _batches(told: argparse.Namespace, begun: int) -> Iterator[tuple[int, Batch]]:
    """The batches that are still to come, drawn by other processes; each depends on its number
    alone."""
    context = multiprocessing.get_context("spawn")
    lines: list[Queue] = [context.Queue(3) for _ in range(told.drawing)]
    workers = [
        context.Process(
            target=_draw,
            args=(line, told, range(begun + k, told.updates, told.drawing)),
            daemon=True,
        )
        for k, line in enumerate(lines)
    ]
    for worker in workers:
        worker.start()
    try:
        for number in range(begun, told.updates):
            which = (number - begun) % told.drawing
            yield number, _next(lines[which], workers[which])
    finally:
        for worker in workers:
            worker.terminate()


def _next(line: Any, worker: Any) -> Batch:
    """The next batch of a process that draws, if that is there."""
    while True:
        try:
            return line.get(timeout=5)
        except Empty:
            if worker.exitcode:
                raise SystemExit("A process that draws series has ended. Start again.") from None


def _draw(line: Any, told: argparse.Namespace, numbers: range) -> None:
    """Draw these batches as long as the process that trains is there, also if it was killed."""
    trains = multiprocessing.parent_process()
    for number in numbers:
        rng = np.random.default_rng((told.seed, number))
        drawn = batch(rng, told.patches, without=tuple(told.without))
        while trains is None or trains.is_alive():
            try:
                line.put(drawn, timeout=5)
                break
            except Full:
                continue
        else:
            line.cancel_join_thread()  # nobody reads it any more
            return


def _save(state: Any, file: Path, told: argparse.Namespace, done: int) -> None:
    """Write the state, then the weights, each under another name first."""
    leaves = {f"{k:04d}": np.asarray(leaf) for k, leaf in enumerate(jax.tree.leaves(state))}
    _replace(file, leaves | {"updates": np.asarray(done)}, None)
    mean = {name: np.asarray(array, np.float16) for name, array in state[2].items()}
    about = {"card": json.dumps(_card(state, told, done), ensure_ascii=False)}
    _replace(file.with_name("weights.safetensors"), mean, about)


def _card(state: Any, told: argparse.Namespace, done: int) -> dict[str, Any]:
    """What the weights are, how they were made, and of the weights they began with the same."""
    weights = state[0]
    layers = sum(name.endswith(".recurrent") for name in weights)
    count = sum(array.size for array in weights.values())
    units = len(weights["head.0.bias"])
    card = {
        "data": "series drawn by stepahead.data.synthetic.families alone",
        "network": f"{layers} GRU layers of {units} units, {count:,} weights",
        "updates": done,
        "patches": told.patches,
        "seed": told.seed,
        "without": list(told.without),
        "licence": "as the package",
        "limits": LIMITS,
    }
    return card if told.start is None else card | {"start": card_of(told.start)}


def _replace(file: Path, arrays: dict[str, np.ndarray], about: dict[str, str] | None) -> None:
    beside = file.with_suffix(".part")
    save_file(arrays, beside, about)
    beside.replace(file)


def _log(file: Path, done: int, value: float, processor: float) -> None:
    new = not file.exists()
    with file.open("a", newline="") as out:
        writer = csv.writer(out)
        if new:
            writer.writerow(["updates", "loss", "processor_seconds"])
        writer.writerow([done, round(value, 5), round(processor, 1)])
    print(f"{done} updates: loss {value:.4f}", flush=True)


if __name__ == "__main__":
    main()
