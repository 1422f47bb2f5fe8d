"""Does a hidden Markov model of tokens add to n-grams? Bits a token of held-out text, by the best
n-grams, by the hidden states, and by both mixed, where the text is too short for a network.

    python benchmarks/language/hidden_states.py

The weights of one half of the held-out text come from the other. Needs the data folder
(STEPAHEAD_DATA).
"""

import gzip
import os
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.data import Characters, Tokens
from stepahead.models import HMM, NGram, mixing_weights

FOLDER = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
TEXT = FOLDER / "text" / "multi30k" / "val.en.gz"


def compare(name: str, train: Tokens, heldout: Tokens) -> None:
    """Print a line for each number of states."""
    counted = [sa.fit(NGram(order), train).score(heldout) for order in (2, 3, 4, 5, 6)]
    counts = min(counted, key=lambda score: score.bits)
    for states in (8, 24):
        began = time.process_time()
        hidden = sa.fit(HMM(states), train, key=0).score(heldout)
        both = np.stack([counts.log_probs, hidden.log_probs])
        half = both.shape[1] // 2
        mixed = [
            np.logaddexp.reduce(own + np.log(mixing_weights(other))[:, None], axis=0)
            for own, other in (
                (both[:, :half], both[:, half:]),
                (both[:, half:], both[:, :half]),
            )
        ]
        bits = -np.concatenate(mixed).mean() / np.log(2)
        print(
            f"{name}, {states:2} states: counts {counts.bits:.3f}, hidden states {hidden.bits:.3f},"
            f" mixed {bits:.3f} bits a token, {time.process_time() - began:.1f} s",
            flush=True,
        )


def main() -> None:
    """Short texts of words and of characters."""
    with gzip.open(TEXT, "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    for count, tokenizer in ((60, None), (300, None), (30, Characters())):
        train = Tokens.from_texts(lines[:count], *(() if tokenizer is None else (tokenizer,)))
        heldout = Tokens.from_texts(lines[300:400], vocabulary=train.vocabulary)
        kind = "words" if tokenizer is None else "characters"
        compare(f"{kind}, {count} lines", train, heldout)


if __name__ == "__main__":
    main()
