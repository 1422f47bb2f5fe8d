"""Combinations of encoders and decoders, each on a task with a known answer, with a figure of its
network unrolled.

Source: Géron, Hands-On Machine Learning, chapter 15, draws four of them (sequence to sequence, to
vector, from a vector, encoder and decoder) and prints no numbers; Dive into Deep Learning adds
density estimation. Tasks and bounds are our own, set before the first run: a majority, a running
parity, the spelling of digits, reversed words, and a Markov chain that no model can predict better
than the chain itself. (The first run compared the chain with the entropy rate, and gave 1.059
because of the randomness of the held-out draw.) All results are on held-out data.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...data import Characters, ConditionalSequences, Labelled, Pairs, Tagged, Tokens, Vocabulary
from ...generation import Generator
from ...models import GRU, Classifier, Decoder, DotProduct, Encoder, Tagger, Translator
from ...plots import save_figure, unrolled
from ...training import BySequence, adam
from ...workflow import fit
from .._result import Result, Row, numbers_to_hit

LETTERS = "abcdefgh"
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
STAYS = 0.8
"""The probability that the chain repeats its letter; the others share the rest."""


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Fit every combination, evaluate it on held-out sequences, and draw it."""
    rows, fitted = [], {}
    for name, task in TASKS.items():
        measure, value, reach, model = task(np.random.default_rng(0), quick)
        say(f"{name}: {measure}: {value:.4f}")
        rows.append(Row(f"{name}: {measure}", [value], reach=reach))
        fitted[name] = model
    files = [
        save_figure(unrolled(model, title=name), out / f"compositions-{n + 1}.png")
        for n, (name, model) in enumerate(fitted.items())
    ]
    return Result(
        tuple(rows), (numbers_to_hit("Five ways, through one `fit`", rows),), (), tuple(files)
    )


Judged = tuple[str, float, tuple[float, float], Any]
"""Name of the measure, its value, the range to reach, and the fitted model."""


def density(rng: np.random.Generator, quick: bool) -> Judged:
    """Density estimation: a chain that usually repeats its letter, which no model can predict
    better than the chain itself."""
    ids = np.zeros((400, 40), np.int64)
    ids[:, 0] = rng.integers(len(LETTERS), size=400)
    for t in range(1, 40):
        other = (ids[:, t - 1] + rng.integers(1, len(LETTERS), size=400)) % len(LETTERS)
        ids[:, t] = np.where(rng.random(400) < STAYS, ids[:, t - 1], other)
    text = _letters(["".join(LETTERS[i] for i in row) for row in ids])
    held = text.take(np.arange(300, 400))
    model = fit(GRU(16), text.take(np.arange(300)), key=0, training=_recipe(12, quick))
    stays = ids[300:, 1:] == ids[300:, :-1]
    true = float(
        np.log(STAYS) * stays.mean() + np.log((1 - STAYS) / (len(LETTERS) - 1)) * (1 - stays.mean())
    )
    inside = model.score(held).log_probs.reshape(100, 41)[:, 1:40]
    return (
        "perplexity / that of the true Markov chain",
        float(np.exp(true - inside.mean())),
        (0.95, 1.05),
        model,
    )


def to_vector(rng: np.random.Generator, quick: bool) -> Judged:
    """Sequence to vector: which of two letters is in the majority."""
    texts = ["".join(rng.choice(["a", "b"], size=2 * rng.integers(3, 9) + 1)) for _ in range(800)]
    labels = ["a" if text.count("a") > text.count("b") else "b" for text in texts]
    examples = Labelled.of(_letters(texts), labels)
    model = fit(
        Classifier(GRU(16)), examples.take(np.arange(600)), key=0, training=_recipe(20, quick)
    )
    return (
        "accuracy, the letter in the majority",
        model.evaluate(examples.take(np.arange(600, 800))).accuracy,
        (0.95, 1.0),
        model,
    )


def from_vector(rng: np.random.Generator, quick: bool) -> Judged:
    """Vector to sequence: a digit, spelled."""
    labelled = Labelled.of(_letters(list(DIGITS) * 8), list(DIGITS) * 8, DIGITS)
    model = fit(
        Decoder(GRU(32)),
        ConditionalSequences.of_labels(labelled),
        key=0,
        training=_recipe(40, quick),
    )
    assert isinstance(model, Generator)
    spelled = model.search(np.eye(10, dtype=np.float32), 8, width=1)
    return (
        "digits spelled right",
        float(np.mean([one.text == digit for one, digit in zip(spelled, DIGITS, strict=True)])),
        (1.0, 1.0),
        model,
    )


def aligned(rng: np.random.Generator, quick: bool) -> Judged:
    """Sequence to aligned sequence: the parity of the number of b so far."""
    texts = [list(rng.choice(["a", "b"], size=rng.integers(3, 13))) for _ in range(800)]
    tags = [
        ["even" if row[: t + 1].count("b") % 2 == 0 else "odd" for t in range(len(row))]
        for row in texts
    ]
    examples = Tagged(Tokens.from_sequences(texts), Tokens.from_sequences(tags))
    model = fit(
        Tagger(Encoder(GRU(24))), examples.take(np.arange(600)), key=0, training=_recipe(40, quick)
    )
    return (
        "letters with the right running parity",
        model.evaluate(examples.take(np.arange(600, 800))).accuracy,
        (0.98, 1.0),
        model,
    )


def unaligned(rng: np.random.Generator, quick: bool) -> Judged:
    """Sequence to sequence: a reversed word."""
    texts = ["".join(rng.choice(list(LETTERS), size=rng.integers(2, 8))) for _ in range(2000)]
    pairs = Pairs(_letters(texts), _letters([text[::-1] for text in texts]))
    held = pairs.take(np.arange(1800, 2000))
    spec = Translator(Encoder(GRU(32), bidirectional=True), Decoder(GRU(32)), DotProduct())
    model = fit(spec, pairs.take(np.arange(1800)), key=0, training=_recipe(25, quick))
    reversed_words = model.translate(held.inputs)
    right = np.mean(
        [one == other for one, other in zip(reversed_words, held.targets.texts(), strict=True)]
    )
    return "words reversed without a mistake", float(right), (0.95, 1.0), model


TASKS: dict[str, Callable[[np.random.Generator, bool], Judged]] = {
    "density": density,
    "sequence → vector": to_vector,
    "vector → sequence": from_vector,
    "sequence → sequence, aligned": aligned,
    "sequence → sequence, encoder and decoder": unaligned,
}
"""For each combination, its task."""


def _letters(texts: list[str]) -> Tokens:
    """Characters as tokens, with a vocabulary of all letters whether they occur or not."""
    alphabet = sorted({letter for text in (LETTERS, *DIGITS) for letter in text})
    return Tokens.from_texts(texts, vocabulary=Vocabulary.of([alphabet], Characters()))


def _recipe(epochs: int, quick: bool) -> BySequence:
    return BySequence(epochs=1 if quick else epochs, batch=16, optimizer=adam(0.005))
