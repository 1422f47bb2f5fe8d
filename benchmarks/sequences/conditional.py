"""Vector → sequence: a surname for a language, a melody for a style, a caption for a picture, a
sine for a frequency and a phase.

    python benchmarks/sequences/conditional.py [surnames] [melodies] [captions] [sines]

Surnames: an LSTM over characters whose first state is set from the language, one of 18, as a vector
of 0 and 1. Judged by nats per character on held-out names, and as a classifier by Bayes' rule, log
p(name | language) + log p(language), against a classifier that was trained directly on the same
names. To reach: within 3 points of it. Parts and classifier are those of `labels.py`. Melodies:
the highest key of the first 64 frames of folk tunes (Nottingham) and of Bach's chorales (JSB), the
parts those of `music.py`; by an LSTM whose first state is set from the style, and by one that is
told no style: what the style is worth in nats a frame, and the style of a melody by Bayes' rule.
Captions:
pictures of 16 × 16 pixels in seven colours are drawn here; "small red circle left" is to be said of
them, exactly, of combinations of size, colour, shape and place of which training never saw one.
What is seen at once is a vector: the pixels as they are, or brightness and colour apart, so that a
shape looks the same in every colour. Sines: from frequency and phase, 60 steps; scored by the mean
squared error of the whole series that the model rolls out, fed nothing but its own output. Settings
are chosen on validation data; test data are used once. Surnames and melodies need the data folder
(STEPAHEAD_DATA).
"""

import itertools
import sys
import time
from collections.abc import Callable

import numpy as np
from labels import names
from music import DATA as MUSIC

import stepahead as sa
from stepahead import models, training
from stepahead.data import ConditionalSequences, Panel, Tokens
from stepahead.readers import read_piano_rolls

SIZES, COLOURS, SHAPES, PLACES = (
    ("small", "large"),
    ("red", "green", "blue", "yellow", "magenta", "cyan", "white"),
    ("circle", "square", "triangle"),
    ("left", "right", "top", "bottom", "centre"),
)
RGB = {
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "yellow": (1, 1, 0),
    "magenta": (1, 0, 1),
    "cyan": (0, 1, 1),
    "white": (1, 1, 1),
}


def main() -> None:
    """Those that are named, or all."""
    for name in sys.argv[1:] or ("sines", "captions", "melodies", "surnames"):
        begun, used = time.monotonic(), time.process_time()
        tasks = {"sines": sines, "captions": captions, "melodies": melodies, "surnames": surnames}
        tasks[name]()
        spent = time.process_time() - used
        took = time.monotonic() - begun
        print(f"{name}: {took:.0f} s ({spent:.0f} s of processor time)\n", flush=True)


def sines() -> None:
    """A series for a frequency and a phase."""
    draws = np.random.default_rng(0)
    frequency, phase = draws.uniform(1, 4, 3000), draws.uniform(0, 2 * np.pi, 3000)
    series = np.sin(2 * np.pi * frequency[:, None] * np.arange(60) / 60 + phase[:, None])
    vectors = np.stack([frequency - 2.5, np.sin(phase), np.cos(phase)], axis=1).astype(np.float32)
    known, held, test = (
        ConditionalSequences(vectors[part], Panel.from_arrays(series[part]))
        for part in (np.s_[:2400], np.s_[2400:2700], np.s_[2700:])
    )
    recipe = training.BySequence(60, 32, training.adam(training.cosine(3e-3, 60 * 75)))
    for feed in (models.FirstState(), models.FirstInput()):
        model = sa.fit(
            models.Decoder(models.LSTM(64), feed), known, key=0, training=recipe, validation=held
        )
        error = np.square(model.mean(test.vectors, 60)[..., 0] - series[2700:])
        by_step = ", ".join(f"{error[:, k - 1].mean():.5f}" for k in (1, 10, 30, 60))
        ahead = model.learning.validation[-1] * model.scale.deviation[0] ** 2
        print(
            f"sines, {feed}: one step ahead {ahead:.6f}, rolled out {error.mean():.5f}; at steps "
            f"1, 10, 30, 60: {by_step}"
        )


def captions() -> None:
    """A caption for a picture, on combinations that were never seen: from its pixels, and from its
    brightness and its colour apart."""
    kinds = list(itertools.product(SIZES, COLOURS, SHAPES, PLACES))
    order = np.random.default_rng(0).permutation(len(kinds))
    parts = {"validation": order[:12], "test": order[12:28], "training": order[28:]}
    spec = models.Decoder(
        models.Embedded(models.LSTM(128), width=16, dropout=0.5), models.FirstState()
    )
    for words, seen in (
        ("pixels of red, green and blue", np.ravel),
        ("brightness of the pixels, and the mean colour", apart),
    ):
        draws = np.random.default_rng(1)
        held = {
            name: _described(part, kinds, 120 if name == "training" else 40, seen, draws)
            for name, part in parts.items()
        }
        recipe = training.BySequence(
            20,
            32,
            training.adam(training.cosine(2e-3, 20 * -(-len(held["training"]) // 32))),
            patience=6,
        )
        model = sa.fit(
            spec, held["training"], key=0, training=recipe, validation=held["validation"]
        )
        print(
            f"captions from {words}: {len(held['training']):,} pictures of "
            f"{len(parts['training'])} combinations"
        )
        for name in ("validation", "test"):
            said = np.array([one.text for one in model.search(held[name].vectors, 5, width=4)])
            exact = 100 * (said == np.array(held[name].targets.texts())).mean()
            print(
                f"  {len(parts[name])} combinations never seen ({name}): exact {exact:.1f} % of "
                f"{len(said)} pictures",
                flush=True,
            )


def apart(picture: np.ndarray) -> np.ndarray:
    """The brightness of every pixel, the largest of its three numbers, and the mean colour of the
    bright ones."""
    brightness = picture.max(axis=-1)
    return np.append(brightness.ravel(), picture[brightness > 0.5].mean(axis=0))


def surnames() -> None:
    """A name for a language, and the language of a name by Bayes' rule; parts and classifier are
    those of `labels.py`."""
    task = names()
    known, held, test = task.train, task.valid, task.test
    kinds = np.eye(len(known.names), dtype=np.float32)
    shares = np.bincount(known.labels, minlength=len(kinds)) / len(known)
    described = [
        ConditionalSequences(kinds[part.labels], part.inputs) for part in (known, held, test)
    ]
    spec = models.Decoder(
        models.Embedded(models.LSTM(128), width=32, dropout=0.3), models.FirstState()
    )
    recipe = training.BySequence(
        40, 32, training.adam(training.cosine(2e-3, 40 * -(-len(known) // 32))), patience=5
    )
    model = sa.fit(spec, described[0], key=0, training=recipe, validation=described[1])
    print(
        f"surnames: {len(known):,} / {len(held):,} / {len(test):,} of {len(kinds)} languages; "
        f"{model.learning.stopped}"
    )
    for name, part in (("validation", described[1]), ("test", described[2])):
        print(f"  {name}: {model.score(part).bits * np.log(2):.3f} nats a character, ends counted")
    direct = sa.fit(task.spec, known, key=0, training=task.recipe, validation=held)
    for name, part in (("validation", held), ("test", test)):
        by_bayes = (
            100 * (model.posterior(part.inputs, kinds, shares).argmax(axis=1) == part.labels).mean()
        )
        print(
            f"  {name}: by Bayes' rule {by_bayes:.2f} %, directly "
            f"{100 * direct.evaluate(part).accuracy:.2f} %"
        )
    for language in ("Italian", "Japanese", "Russian"):
        drawn = model.sample(np.tile(kinds[known.names.index(language)], (6, 1)), 20, key=1)
        print(f"  {language}: {', '.join(one.text for one in drawn)}")


STYLES, FRAMES, LOWEST_KEY = {"tune": "Nottingham", "chorale": "JSB_Chorales"}, 64, 21
"""Collections by style, frames of each piece, and the MIDI number of the first of 88 keys."""


def melodies() -> None:
    """A melody for a style, and the style of a melody by Bayes' rule."""
    rolls = {style: read_piano_rolls(MUSIC / f"{name}.mat") for style, name in STYLES.items()}
    known, held, test = (_melodies(rolls, part) for part in ("train", "valid", "test"))
    vocabulary = Tokens.from_texts(known[1]).vocabulary
    shares = known[0].mean(axis=0)
    for name, told in (("with the style", 1), ("without it", 0)):
        parts = [
            ConditionalSequences(vectors * told, Tokens.from_texts(texts, vocabulary=vocabulary))
            for vectors, texts in (known, held, test)
        ]
        recipe = training.BySequence(
            20, 16, training.adam(training.cosine(3e-3, 20 * -(-len(known[1]) // 16))), patience=5
        )
        spec = models.Decoder(
            models.Embedded(models.LSTM(96), width=16, dropout=0.3), models.FirstState()
        )
        model = sa.fit(spec, parts[0], key=0, training=recipe, validation=parts[1])
        nats = [model.score(part).bits * np.log(2) for part in parts[1:]]
        print(
            f"melodies, {name}: {' / '.join(f'{len(part):,}' for part in parts)}; "
            f"{model.learning.stopped}; validation {nats[0]:.3f}, test {nats[1]:.3f} nats a frame",
            flush=True,
        )
        if told:
            kinds = np.eye(len(STYLES), dtype=np.float32)
            for part, (vectors, _), which in (
                (parts[1], held, "validation"),
                (parts[2], test, "test"),
            ):
                found = model.posterior(part.targets, kinds, shares).argmax(axis=1)
                right = (found == vectors.argmax(axis=1)).mean()
                print(f"  {which}: the style by Bayes' rule {right:.1%}")
            for number, style in enumerate(STYLES):
                drawn = model.sample(kinds[[number]], 24, key=1)[0]
                print(f"  a {style}: {drawn.text}")


def _melodies(rolls: dict[str, dict[str, Panel]], part: str) -> tuple[np.ndarray, list[str]]:
    """The style of each piece as a vector, and the names of its highest keys, a frame a word."""
    vectors, texts = [], []
    for number, style in enumerate(STYLES):
        panel = rolls[style][part]
        for place in range(len(panel)):
            frames = panel.series(place)[:FRAMES] > 0
            highest = np.where(frames.any(axis=1), 87 - frames[:, ::-1].argmax(axis=1), -1)
            texts.append(" ".join(_note(key) for key in highest.tolist()))
            vectors.append(np.eye(len(STYLES), dtype=np.float32)[number])
    return np.stack(vectors), texts


def _note(key: int) -> str:
    """The name of one of 88 keys, and a rest."""
    if key < 0:
        return "-"
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    return f"{names[(key + LOWEST_KEY) % 12]}{(key + LOWEST_KEY) // 12 - 1}"


def _described(
    chosen: np.ndarray,
    kinds: list[tuple[str, ...]],
    each: int,
    seen: Callable[[np.ndarray], np.ndarray],
    draws: np.random.Generator,
) -> ConditionalSequences:
    said = [kinds[place] for place in chosen for _ in range(each)]
    pictures = np.stack([seen(picture(*kind, draws)) for kind in said]).astype(np.float32)
    vocabulary = Tokens.from_texts([" ".join(kind) for kind in kinds]).vocabulary
    return ConditionalSequences(
        pictures, Tokens.from_texts([" ".join(kind) for kind in said], vocabulary=vocabulary)
    )


def picture(
    size: str, colour: str, shape: str, place: str, draws: np.random.Generator
) -> np.ndarray:
    """16 × 16 pixels of red, green and blue, the shape half a pixel off its place at most, and a
    little noise."""
    radius = {"small": 2.6, "large": 4.4}[size]
    centre = {
        "left": (7.5, 5),
        "right": (7.5, 10),
        "top": (5, 7.5),
        "bottom": (10, 7.5),
        "centre": (7.5, 7.5),
    }[place] + draws.uniform(-0.5, 0.5, 2)
    down, across = (np.arange(16)[:, None] - centre[0], np.arange(16)[None] - centre[1])
    inside = {
        "circle": down**2 + across**2 <= radius**2,
        "square": np.maximum(abs(down), abs(across)) <= 0.9 * radius,
        "triangle": (down <= 0.8 * radius) & (abs(across) <= 0.62 * (down + 1.1 * radius)),
    }[shape]
    return inside[..., None] * np.array(RGB[colour]) + draws.normal(0, 0.05, (16, 16, 3))


if __name__ == "__main__":
    main()
