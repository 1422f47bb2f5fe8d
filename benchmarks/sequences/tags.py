"""Part-of-speech tags of UD English EWT (UPOS, gold words): networks with and without a chain
between neighbouring tags, and a hidden Markov model.

    python benchmarks/sequences/tags.py [free] [chain] [hmm] [crf] [plain]
                                        [--save FOLDER] [--plot FOLDER]

Words from both sides by an LSTM, next to the embedding of each what a GRU makes of its characters
from both sides; no vectors from elsewhere. The rival is the most frequent tag of each word (of
words never seen: of all words that occur once). Trained on the training part; the number of epochs
and the sizes were chosen on the development part, the test part was scored at the end. `free` has
no chain, `chain` scores neighbours too and finds the best path by Viterbi. `hmm` counts words and
tags, nothing else; `crf` is a conditional random field on features of words; `plain` is what
`stepahead tag fit` makes of the training part, within two minutes of processor time. Needs the data
folder (STEPAHEAD_DATA). With --save the models are kept, and a run that was stopped continues.
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead import data, models, plots, training, workflow

FOLDER = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "text"
    / "ud_ewt"
)
EPOCHS, BATCH = 8, 32
WORDS = models.Encoder(
    models.LSTM(100), bidirectional=True, embedding=100, dropout=0.4, word_dropout=0.2
)
CHARACTERS = models.Encoder(models.GRU(32), bidirectional=True, embedding=24, dropout=0.1)


def read() -> tuple[data.Tagged, data.Tagged, data.Tagged]:
    """The parts, tags under the numbers of the training part's."""
    train = sa.read_conllu(FOLDER / "en_ewt-ud-train.conllu.gz")
    return train, *(
        sa.read_conllu(FOLDER / f"en_ewt-ud-{part}.conllu.gz", tags=train.tags.vocabulary)
        for part in ("dev", "test")
    )


def frequent(train: data.Tagged, test: data.Tagged) -> float:
    """Accuracy of each word's most frequent tag in training."""
    words = [train.inputs.vocabulary.words[number].lower() for number in train.inputs.ids.tolist()]
    tags = train.tags.ids.tolist()
    counts = Counter(zip(words, tags, strict=True))
    best = {word: tag for (word, tag), _ in sorted(counts.items(), key=lambda item: item[1])}
    seen = Counter(words)
    rare = Counter(
        tag for word, tag in zip(words, tags, strict=True) if seen[word] == 1
    ).most_common(1)[0][0]
    said = [
        best.get(test.inputs.vocabulary.words[number].lower(), rare)
        for number in test.inputs.ids.tolist()
    ]
    return float(np.mean(np.array(said) == test.tags.ids))


def run(
    name: str,
    parts: tuple[data.Tagged, data.Tagged, data.Tagged],
    save: Path | None,
    plot: Path | None,
) -> None:
    """Train and score one tagger."""
    train, dev, test = parts
    began, used = time.perf_counter(), time.process_time()
    if name in ("hmm", "crf"):
        model = sa.fit(models.HMMTagger() if name == "hmm" else models.CRFTagger(), train, key=0)
    elif name == "plain":
        found = workflow.auto_tag(train, key=0, clock=time.process_time, budget=120.0)
        model = found.model
        print(found.sentence, flush=True)
    else:
        model = network(name, train, dev, save)
    report(name, model, dev, test, began, used)
    if save is not None:
        sa.save(model, save / f"{name}.stepahead")
    if plot is not None:
        words = model.evaluate(test).words
        figure = plots.confusion_plot(
            words.confusion,
            words.names,
            title=f"Tags of UD English EWT, test part: {words.accuracy:.2%}",
        )
        plots.save_figure(figure, plot / f"tags-{name}.png")


def network(name: str, train: data.Tagged, dev: data.Tagged, save: Path | None) -> sa.TagModel:
    """A trained network."""
    rate = training.cosine(4e-3, EPOCHS * (len(train) // BATCH + 4))
    recipe = training.BySequence(epochs=EPOCHS, batch=BATCH, optimizer=training.adam(rate))
    began = time.perf_counter()

    def tell(event: training.Epoch) -> None:
        passed = time.perf_counter() - began
        print(
            f"  epoch {event.number:2}: training {event.loss:.4f}, development "
            f"{event.validation:.4f} nats a word, {passed:5.0f} s",
            flush=True,
        )

    spec = models.Tagger(WORDS, CHARACTERS, transitions=name == "chain")
    progress = None if save is None else save / f"{name}.progress"
    return sa.fit(
        spec, train, key=0, training=recipe, validation=dev, on_event=tell, checkpoint=progress
    )


def report(
    name: str, model: sa.TagModel, dev: data.Tagged, test: data.Tagged, began: float, used: float
) -> None:
    """Print what a model reaches on both parts, and how long its training took."""
    taken = (
        f"{time.perf_counter() - began:.1f} s, {time.process_time() - used:.1f} s of processor time"
    )
    for part, tagged in (("development", dev), ("test", test)):
        score = model.evaluate(tagged)
        unknown = 0.0 if score.unknown is None else score.unknown.accuracy
        print(
            f"{name:6} {part:12} accuracy {score.accuracy:.4f}, of unknown words {unknown:.4f}, "
            f"whole sentences {score.sequences:.4f}, "
            f"macro-F1 {score.words.macro_f1:.4f}   {taken}",
            flush=True,
        )


if __name__ == "__main__":
    asked = sys.argv[1:]
    folders = {
        kind: Path(asked.pop(asked.index(kind) + 1)) if kind in asked else None
        for kind in ("--save", "--plot")
    }
    parts = read()
    print(
        f"most frequent tag of each word: development {frequent(*parts[:2]):.4f}, test "
        f"{frequent(parts[0], parts[2]):.4f}",
        flush=True,
    )
    for name in [word for word in asked if word not in folders] or ["free", "chain", "hmm"]:
        run(name, parts, folders["--save"], folders["--plot"])
