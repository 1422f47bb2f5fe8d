"""`stepahead label fit` with nothing set, on training parts alone, scored once on test parts.

    python benchmarks/sequences/plain_labels.py [motions] [gunpoint] [vowels] [names] [sst2] [mr]
    [icu] [--budget SECONDS]

The parts are those of labels.py, their validation parts joined to the training parts. The budget is
in seconds of processor time, 60 as at the shell. Beside it, where they are installed, on the same
parts: scikit-learn's TF-IDF of words with logistic regression (benchmarks/requirements.txt), and
aeon's ROCKET (10,000 kernels, ridge regression; shorter series padded with zeros), both at their
defaults. aeon asks for an older numba than NumPy here allows, and runs with the newest: `pip
install --no-deps aeon numba llvmlite deprecated wrapt`. Needs the data folder (STEPAHEAD_DATA).
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import labels as parts

import stepahead as sa
from stepahead import data, workflow

Examples = tuple[data.Labelled, data.Labelled]


def archive(name: str) -> Examples:
    """A set of the UCR and UEA archives, as it is split there."""
    folder = parts.FOLDER / "classification" / name
    train = sa.read_ts(folder / f"{name}_TRAIN.ts.gz")
    return train, sa.read_ts(folder / f"{name}_TEST.ts.gz", names=train.names)


def joined(task: parts.Task) -> Examples:
    """Training and validation texts together, and the test texts."""
    tokenizer = task.train.inputs.vocabulary.tokenizer
    known = [task.train, task.valid]
    texts = [part.inputs.texts() for part in known]
    own = data.Tokens.from_texts([*texts[0], *texts[1]], tokenizer)
    labels = np.concatenate([known[0].labels, known[1].labels])
    return data.Labelled(own, labels, task.train.names), task.test


def stays() -> Examples:
    """Training and validation stays in intensive care together, and the test stays."""
    task = parts.icu()
    arrays = [
        part
        for panel in (task.train.inputs, task.valid.inputs)
        for part in np.split(
            np.where(panel.observed, panel.values, np.nan), panel.offsets[1:-1].tolist()
        )
    ]
    panel = data.Panel.from_arrays(arrays, names=list(task.train.inputs.names))
    labels = np.concatenate([task.train.labels, task.valid.labels])
    return data.Labelled(panel, labels, task.train.names), task.test


SETS: dict[str, Callable[[], Examples]] = {
    "motions": lambda: archive("BasicMotions"),
    "gunpoint": lambda: archive("GunPoint"),
    "vowels": lambda: archive("JapaneseVowels"),
    "names": lambda: joined(parts.names()),
    "sst2": lambda: joined(parts.sst2()),
    "mr": lambda: joined(parts.mr()),
    "icu": stays,
}


def run(name: str, budget: float) -> None:
    """Choose on the training part, and score on the test part."""
    train, test = SETS[name]()
    began = time.process_time()
    found = workflow.auto_label(train, key=0, clock=time.process_time, budget=budget)
    spent = time.process_time() - began
    print(f"{name}: {len(train):,} / {len(test):,} examples of {len(train.names)} labels")
    for row in found.leaderboard:
        print(
            f"  held out  {row.name:16} accuracy {row.accuracy:.4f}, macro-F1 {row.macro_f1:.4f},"
            f" log loss {row.log_loss:.4f}, weight {row.weight:.2f}   {row.seconds:5.1f} s"
        )
    print(f"  {found.sentence}")
    print(
        f"  test      {'combination':16} {found.model.evaluate(test)}   {spent:5.1f} s", flush=True
    )
    if isinstance(train.inputs, data.Tokens):
        beside(train, test)
    elif not train.inputs.missing:
        beside_rocket(train, test)


def beside(train: data.Labelled, test: data.Labelled) -> None:
    """scikit-learn's TF-IDF with logistic regression."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        print("  scikit-learn is not installed: no rival")
        return
    letters = isinstance(train.inputs.vocabulary.tokenizer, data.Characters)
    options = {"analyzer": "char", "ngram_range": (1, 5)} if letters else {"ngram_range": (1, 2)}
    began = time.process_time()
    vectors = TfidfVectorizer(**options)
    model = LogisticRegression(max_iter=1000).fit(
        vectors.fit_transform(train.inputs.texts()), train.labels
    )
    said = np.full((len(test), len(train.names)), -50.0)
    said[:, model.classes_] = model.predict_log_proba(vectors.transform(test.inputs.texts()))
    score = sa.labelling.label_score(said, test.labels, train.names)
    spent = time.process_time() - began
    print(f"  test      {'scikit-learn':16} {score}   {spent:5.1f} s", flush=True)


def beside_rocket(train: data.Labelled, test: data.Labelled) -> None:
    """aeon's ROCKET."""
    try:
        from aeon.classification.convolution_based import RocketClassifier
        from aeon.transformations.collection.unequal_length import Padder
    except ImportError:
        print("  aeon is not installed: no rival")
        return
    rows, others = (
        [
            np.ascontiguousarray(part.inputs.series(place).T, np.float32)
            for place in range(len(part))
        ]
        for part in (train, test)
    )
    if len({row.shape[1] for row in [*rows, *others]}) > 1:
        longest = Padder(padded_length=max(row.shape[1] for row in [*rows, *others]))
        rows, others = longest.fit_transform(rows), longest.fit_transform(others)
    right, spent = [], []
    for seed in range(3):
        began = time.process_time()
        model = RocketClassifier(random_state=seed).fit(np.stack(rows), train.labels)
        right.append(float((model.predict(np.stack(others)) == test.labels).mean()))
        spent.append(time.process_time() - began)
    said = ", ".join(f"{each:.4f}" for each in right)
    print(f"  test      aeon's ROCKET    accuracy {said} of three seeds   {spent[-1]:5.1f} s")


if __name__ == "__main__":
    asked = sys.argv[1:]
    seconds = float(asked.pop(asked.index("--budget") + 1)) if "--budget" in asked else 60.0
    for name in [word for word in asked if not word.startswith("--")] or list(SETS):
        run(name, seconds)
