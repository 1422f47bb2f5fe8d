"""Processor time of one training step of a language model, and what its rule of descent takes.

    python benchmarks/language/step.py [--words 10000] [--turns 7]

LSTM 2×200, embeddings of 200, 20 lanes of 35 words drawn at random. In turns in one process:
`training.adam`, whose clipping and moments are one kernel for so many weights; the same rule by
optax, operation by operation; and plain descent, which reads and writes nothing but the weights.
Milliseconds of the processor on all threads together, the median over turns, and ratios of pairs.
"""

import argparse
import time
from statistics import median

import jax
import numpy as np
import optax

import stepahead as sa
from stepahead import models, native, training
from stepahead.training import train_running

STEPS, LANES, SPAN = 6, 20, 35


def main() -> None:
    """Print the times and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=7)
    asked = parser.parse_args()
    words = [f"w{number}" for number in range(asked.words)]
    drawn = np.random.default_rng(0).permutation(np.tile(words, 2))[: STEPS * LANES * SPAN]
    text = sa.Tokens.from_texts([" ".join([*words, *drawn])])
    spec = models.Embedded(models.LSTM(200, layers=2, dropout=0.2), dropout=0.2)
    model = spec.build(len(text.vocabulary), jax.random.key(0))
    rules = {
        "adam": training.adam(1e-3),
        "adam by optax": optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3)),
        "descent": optax.sgd(1e-3),
    }
    recipes = {
        name: training.Gradient(span=SPAN, batch=LANES, epochs=1, steps=STEPS, optimizer=rule)
        for name, rule in rules.items()
    }

    def used(recipe: training.Gradient) -> float:
        begin = time.process_time()
        train_running(model, text, recipe, key=jax.random.key(0))
        return (time.process_time() - begin) / STEPS

    for recipe in recipes.values():
        used(recipe)
    times = [{name: used(recipe) for name, recipe in recipes.items()} for _ in range(asked.turns)]
    print(f"{asked.words:,} words, a step of {LANES}×{SPAN}. {native.reason()}")
    for name in recipes:
        ratio = median(each[name] / each["adam"] for each in times)
        spent = median(each[name] for each in times) * 1e3
        print(f"{name:14}{spent:7.1f} ms of the processor, {ratio:.2f} of the first")


if __name__ == "__main__":
    main()
