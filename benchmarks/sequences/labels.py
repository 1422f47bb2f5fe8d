"""Labels of whole sequences: the language of a surname, the speaker of a vowel, the feeling of a
sentence, death in intensive care.

    python benchmarks/sequences/labels.py [names] [vowels] [sst2] [mr] [icu] [--test] [--plot
    FOLDER]

Each task: an encoder and an output layer, and with it the rival that counts (an n-gram model for
each label, and Bayes' rule), on the same parts. Settings and the number of epochs were chosen on
the validation part, which is not trained on; the test part is scored with --test alone. README.md
says how many settings were tried, and where a test part had been seen before. Needs the data folder
(STEPAHEAD_DATA).

- names: distinct pairs of surname and language (18,012 of the 20,050 lines); split by distinct
  surname, so that none is in two parts: 80 % training, 10 % validation, 10 % test, drawn from key
  0.
- vowels: Japanese vowels as the archive splits them (270 / 370); the last sixth of each speaker's
  training series is validation.
- sst2: the Stanford sentiment treebank's sentences, its own parts (6,920 / 872 / 1,821); no
  phrases, no pretrained vectors.
- mr: the 10,662 sentences of the movie reviews, 80 / 10 / 10 %, drawn from key 0.
- icu: PhysioNet 2012, set a, 4,000 stays of 48 hours, a row an hour (the mean of what was measured
  in it, and what is known at admission: age, sex, height, weight, kind of unit), cut off at the 0.5
  and 99.5 % quantiles of the training part; 70 / 10 / 20 %, drawn from key 0; death in hospital.
  Beside it two scores that clinics use.
"""

import gzip
import os
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

import stepahead as sa
from stepahead import data, labelling, models, plots, training

FOLDER = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))


class Task(NamedTuple):
    """The parts of the data, the net with its training recipe, how many of them speak together, and
    the counts as rival (None: none)."""

    train: data.Labelled
    valid: data.Labelled
    test: data.Labelled
    spec: models.Classifier
    recipe: training.BySequence
    members: int
    rival: models.Bayes | None


def parts(count: int, *shares: float) -> list[np.ndarray]:
    """Numbers 0 … count − 1 in drawn order, cut by shares."""
    order = np.asarray(jax.random.permutation(jax.random.key(0), count))
    return np.split(order, (np.cumsum(shares)[:-1] * count).round().astype(int))


def names() -> Task:
    """Characters of a surname."""
    read = sa.read_labelled(
        FOLDER / "text" / "names" / "names_by_language.tsv.gz",
        tokenizer=data.Characters(),
        label_first=False,
    )
    texts = read.inputs.texts()
    seen = sorted({(text, int(label)) for text, label in zip(texts, read.labels, strict=True)})
    surnames = sorted({text for text, _ in seen})
    held = [{surnames[place] for place in part} for part in parts(len(surnames), 0.8, 0.1, 0.1)]
    made = []
    for part in held:
        pairs = [pair for pair in seen if pair[0] in part]
        tokens = data.Tokens.from_texts([text for text, _ in pairs], data.Characters())
        made.append(
            data.Labelled(tokens, np.array([label for _, label in pairs], np.int32), read.names)
        )
    encoder = models.Encoder(
        models.GRU(128), bidirectional=True, embedding=32, dropout=0.2, word_dropout=0.02
    )
    epochs = 12
    rate = training.cosine(4e-3, epochs * (len(made[0]) // 64 + 3))
    recipe = training.BySequence(epochs=epochs, batch=64, optimizer=training.adam(rate))
    return Task(*made, models.Classifier(encoder), recipe, 6, models.Bayes(models.NGram(6)))


def vowels() -> Task:
    """Twelve cepstral coefficients over 7 to 29 frames."""
    folder = FOLDER / "classification" / "JapaneseVowels"
    read = sa.read_ts(folder / "JapaneseVowels_TRAIN.ts.gz")
    test = sa.read_ts(folder / "JapaneseVowels_TEST.ts.gz", names=read.names)
    place = np.concatenate(
        [np.arange((read.labels == label).sum()) for label in range(len(read.names))]
    )
    train, valid = (read.take(np.flatnonzero(chosen)) for chosen in (place < 25, place >= 25))
    encoder = models.Encoder(
        models.GRU(64), bidirectional=True, dropout=0.3, pool=models.MeanPool()
    )
    recipe = training.BySequence(
        epochs=60, batch=16, optimizer=training.adam(training.cosine(3e-3, 60 * 15))
    )
    return Task(train, valid, test, models.Classifier(encoder), recipe, 3, None)


def sentences() -> tuple[models.Classifier, training.BySequence]:
    """For both sets of reviews."""
    encoder = models.Encoder(
        models.GRU(32),
        bidirectional=True,
        embedding=32,
        dropout=0.5,
        word_dropout=0.4,
        pool=models.MeanPool(),
    )
    return models.Classifier(encoder), training.BySequence(
        epochs=5, batch=32, optimizer=training.adam(1e-3, decay=1.0)
    )


def sst2() -> Task:
    """Sentences of reviews, the labels of whole sentences alone."""
    folder = FOLDER / "text" / "sentiment"
    train = sa.read_labelled(folder / "sst2.train.gz")
    valid, test = (
        sa.read_labelled(folder / f"sst2.{part}.gz", names=train.names) for part in ("dev", "test")
    )
    return Task(
        train, valid, test, *sentences(), 5, models.Bayes(models.NGram(1, models.AddK(1.0)))
    )


def mr() -> Task:
    """Sentences of reviews, one file for each label."""
    folder = FOLDER / "text" / "sentiment"
    read = [
        gzip.decompress((folder / f"rt-polarity.{kind}.gz").read_bytes())
        .decode("latin-1")
        .split("\n")
        for kind in ("neg", "pos")
    ]
    read = [[line for line in lines if line.strip()] for lines in read]
    texts, labels = [*read[0], *read[1]], ["neg"] * len(read[0]) + ["pos"] * len(read[1])
    made = []
    for part in parts(len(texts), 0.8, 0.1, 0.1):
        tokens = data.Tokens.from_texts([texts[place] for place in part])
        made.append(data.Labelled.of(tokens, [labels[place] for place in part], ("neg", "pos")))
    return Task(*made, *sentences(), 5, models.Bayes(models.NGram(1, models.AddK(1.0))))


def icu() -> Task:
    """Stays, hour by hour; what was never measured stays missing."""
    folder = FOLDER / "physionet2012"
    outcomes = pd.read_csv(folder / "Outcomes-a.txt.gz").set_index("RecordID")
    outcome = outcomes["In-hospital_death"]
    tables = {}
    with tarfile.open(folder / "set-a.tar.gz") as archive:
        for member in archive:
            stored = archive.extractfile(member) if member.isfile() else None
            if stored is not None:
                tables[int(Path(member.name).stem)] = pd.read_csv(stored)
    rows = pd.concat(tables, names=["stay"]).reset_index("stay")
    rows = rows[
        (rows["Value"] >= 0) & (rows["Parameter"] != "RecordID") & rows["Parameter"].notna()
    ]
    hour = rows["Time"].str.slice(0, 2).astype(int).clip(upper=47)
    table = rows.groupby([rows["stay"], hour.rename("hour"), "Parameter"])["Value"].mean().unstack()
    stays = np.array(sorted(tables))
    table = table.reindex(pd.MultiIndex.from_product([stays, range(48)]))
    known = table.loc[stays[parts(len(stays), 0.7, 0.1, 0.2)[0]]]
    table = table.clip(known.quantile(0.005), known.quantile(0.995), axis=1)
    panel = data.Panel.from_arrays(
        table.to_numpy(float).reshape(len(stays), 48, -1),
        ids=stays.astype(str).tolist(),
        names=list(table.columns),
    )
    read = data.Labelled.of(
        panel, [("lived", "died")[outcome[stay]] for stay in stays], ("lived", "died")
    )
    made = [read.take(part) for part in parts(len(read), 0.7, 0.1, 0.2)]
    for row in ("SAPS-I", "SOFA"):
        score = outcomes.loc[made[2].inputs.ids.astype(int), row].to_numpy(float)
        area = labelling.auroc(score[score >= 0], made[2].labels[score >= 0] == 1)
        print(
            f"\n{row}, the score of the clinic, on the {(score >= 0).sum()} test stays that have "
            f"one: AUROC {area:.4f}",
            end="",
        )
    encoder = models.Encoder(models.GRU(32), dropout=0.3)
    recipe = training.BySequence(epochs=12, batch=32, optimizer=training.adam(5e-4, decay=1.0))
    return Task(*made, models.Classifier(encoder), recipe, 5, None)


TASKS: dict[str, Callable[[], Task]] = {
    "names": names,
    "vowels": vowels,
    "sst2": sst2,
    "mr": mr,
    "icu": icu,
}


def mean(members: list[sa.LabelModel], labelled: data.Labelled) -> np.ndarray:
    """The mean of what several models hold probable."""
    return np.mean([member.probabilities(labelled.inputs) for member in members], axis=0)


def together(members: list[sa.LabelModel], labelled: data.Labelled) -> labelling.LabelScore:
    """Several models with one voice, judged."""
    return mixed((members,), (1.0,), labelled)


def mixed(
    kinds: tuple[list[sa.LabelModel], ...], weights: tuple[float, ...], labelled: data.Labelled
) -> labelling.LabelScore:
    """Kinds of models weighted, judged."""
    said = sum(
        weight * mean(members, labelled) for weight, members in zip(weights, kinds, strict=True)
    )
    return labelling.label_score(
        np.log(said), labelling.label_indices(labelled, kinds[0][0].names), kinds[0][0].names
    )


def truth(members: list[sa.LabelModel], labelled: data.Labelled) -> np.ndarray:
    """The log probability of every true label."""
    return np.log(mean(members, labelled)[np.arange(len(labelled)), labelled.labels])


def run(name: str, folder: Path | None, tested: bool) -> None:
    """Train, score on validation, and where asked on test, against the counts."""
    task = TASKS[name]()
    parts = [task.valid, task.test] if tested else [task.valid]
    print(
        f"\n{name}: {len(task.train):,} / {len(task.valid):,} / {len(task.test):,} sequences, "
        f"{len(task.train.names)} labels",
        flush=True,
    )
    if task.rival is not None:
        began = time.perf_counter()
        counts = sa.fit(task.rival, task.train)
        report(
            "counts, Bayes", [counts.evaluate(part) for part in parts], time.perf_counter() - began
        )
    members = []
    for seed in range(task.members):
        began = time.perf_counter()
        members.append(
            sa.fit(task.spec, task.train, key=seed, training=task.recipe, validation=task.valid)
        )
        row = f"net, seed {seed}, {len(members[-1].learning.losses)} epochs"
        report(row, [members[-1].evaluate(part) for part in parts], time.perf_counter() - began)
    final = [together(members, part) for part in parts]
    if len(members) > 1:
        report(f"mean of the {len(members)} nets", final, 0.0)
    if task.rival is not None:
        weights = models.mixing_weights(
            np.stack([truth(part, task.valid) for part in (members, [counts])])
        )
        report(
            f"{weights[0]:.2f} nets + {weights[1]:.2f} counts",
            [mixed((members, [counts]), weights, part) for part in parts],
            0.0,
        )
    if folder is not None:
        score, part = final[-1], "test" if tested else "validation"
        title, subtitle = f"{name}: {part} part", f"accuracy {score.accuracy:.3f}"
        plots.save_figure(
            plots.confusion_plot(score.confusion, score.names, title=title, subtitle=subtitle),
            folder / f"{name}.png",
        )


def report(name: str, scores: list[labelling.LabelScore], seconds: float) -> None:
    """One line: validation, and test where it was asked for."""
    last = scores[-1]
    area = "" if last.auroc is None else f", AUROC {last.auroc:.4f}"
    test = f"   test accuracy {last.accuracy:.4f}" if len(scores) > 1 else ""
    said = f"{test}, macro-F1 {last.macro_f1:.4f}, log loss {last.log_loss:.4f}{area}"
    print(
        f"  {name:26} validation accuracy {scores[0].accuracy:.4f}{said}   {seconds:5.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    asked = sys.argv[1:]
    folder = Path(asked.pop(asked.index("--plot") + 1)) if "--plot" in asked else None
    for name in [word for word in asked if not word.startswith("--")] or list(TASKS):
        run(name, folder, "--test" in asked)
