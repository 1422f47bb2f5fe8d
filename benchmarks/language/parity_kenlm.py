"""Scores against KenLM's Python module: our ARPA files, read by KenLM and again by us, every token
of held-out text; and how fast each is.

The text is Penn Treebank (train, test) where STEPAHEAD_DATA has it, else Python's own help pages,
every tenth paragraph held out. Ends with an error where a token's log10 probability differs by more
than 1e-4. Speed is that of scoring all held-out sentences, given as text or already as numbers, in
processor time of one thread, ours and KenLM's in turn, the median of nine.

    pip install kenlm . && STEPAHEAD_DATA=… python benchmarks/language/parity_kenlm.py
"""

import os
import pydoc_data.topics
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import kenlm
import numpy as np

from stepahead import models, training
from stepahead.data import Tokens
from stepahead.generation import token_score
from stepahead.readers import read_text
from stepahead.store import load_arpa, save_arpa

FOLDER = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "text"
    / "ptb"
)
ALLOWED, TURNS = 1e-4, 9
CASES = [
    (models.KneserNey(), 2),
    (models.KneserNey(), 5),
    (models.WittenBell(), 3),
    (models.AddK(0.1), 2),
]


def texts() -> tuple[Tokens, Tokens]:
    """Training text, and held-out text in its vocabulary."""
    if FOLDER.is_dir():
        train = read_text(FOLDER / "ptb.train.txt.gz")
        return train, read_text(FOLDER / "ptb.test.txt.gz", vocabulary=train.vocabulary)
    parts = [part for topic in pydoc_data.topics.topics.values() for part in topic.split("\n\n")]
    lines = [" ".join(re.findall(r"\w+", part.lower())) for part in parts]
    lines = [line for line in lines if line]
    held_out = [number % 10 == 0 for number in range(len(lines))]
    train = Tokens.from_texts([line for line, out in zip(lines, held_out, strict=True) if not out])
    return train, Tokens.from_texts(
        [line for line, out in zip(lines, held_out, strict=True) if out],
        vocabulary=train.vocabulary,
    )


def by_kenlm(path: Path, lines: tuple[str, ...]) -> tuple[kenlm.Model, np.ndarray]:
    """The model, and the log10 probability of every token and end."""
    model = kenlm.Model(str(path))
    return model, np.array([score for line in lines for score, _, _ in model.full_scores(line)])


def seconds(*works: Callable[[], object]) -> list[float]:
    """The median processor time of each, in turn: all run on one thread, and other work on the
    machine does not count."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(TURNS):
        for work, taken in zip(works, times, strict=True):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
    return [statistics.median(taken) for taken in times]


def main() -> bool:
    """Print the table; whether all differences are allowed."""
    train, held_out = texts()
    ended, lines = held_out.with_ends(), held_out.texts()
    print(
        f"{'Penn Treebank' if FOLDER.is_dir() else 'help pages'}: {len(train.ids):,} tokens, "
        f"{len(ended.ids):,} held out, ends counted"
    )
    fine = True
    for smoothing, order in CASES:
        ours = training.count(models.NGram(order, smoothing), train)
        with tempfile.TemporaryDirectory() as folder:
            path = save_arpa(ours, train.vocabulary, Path(folder) / "model.arpa")
            size = path.stat().st_size / 2**20
            theirs, scores = by_kenlm(path, lines)
            again, _ = load_arpa(path)
        log10 = ours.log_probs(ended.ids, ended.offsets) / np.log(10)
        back = again.log_probs(ended.ids, ended.offsets) / np.log(10)
        differences = [float(np.abs(scores - found).max()) for found in (log10, back)]
        fine &= max(differences) <= ALLOWED
        perplexities = [10 ** -found.mean() for found in (log10, scores)]
        print(
            f"{smoothing!r:16} order {order}: perplexity {perplexities[0]:.3f}, KenLM "
            f"{perplexities[1]:.3f}; largest difference of a "
            f"token's log10 {differences[0]:.1e}, read again {differences[1]:.1e}; file {size:.0f} "
            "MB"
        )
        vocabulary = train.vocabulary
        from_text, from_numbers, kenlm_text = seconds(
            lambda ours=ours, vocabulary=vocabulary: token_score(
                ours, Tokens.from_texts(lines, vocabulary=vocabulary)
            ),
            lambda ours=ours: ours.log_probs(ended.ids, ended.offsets),
            lambda theirs=theirs: [theirs.score(line) for line in lines],
        )
        rates = [len(ended.ids) / taken / 1e6 for taken in (from_text, from_numbers, kenlm_text)]
        print(
            f"{'':16} million tokens/s: {rates[0]:.2f} from text, {rates[1]:.2f} from numbers; "
            f"KenLM {rates[2]:.2f} from text"
        )
    return fine


if __name__ == "__main__":
    sys.exit(not main())
