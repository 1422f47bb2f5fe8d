"""`stepahead text fit` with nothing set on the Penn Treebank, with and without recent tokens.

    python benchmarks/language/plain_text.py [--lines N] [--budget SECONDS] [--resume FILE]
    python benchmarks/language/plain_text.py --book timemachine [--budget SECONDS]

The text is one running text, of its first N lines (default: all); with --book the characters of a
book, the last tenth of its lines the test text, the tenth before it the validation text. The budget
is that of the shell (default 3600); the clock is processor time divided by four, so that a machine
with other jobs cuts off no training. With --resume the network is kept in FILE, and an interrupted
run continues from there. Weights, share and sharpness come from the validation text. Needs the data
folder (STEPAHEAD_DATA).
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from stepahead import data, workflow
from stepahead.models import Mixture, RecentTokens, mixing_weights
from stepahead.readers import text_of

FOLDER = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))


def lines(part: str) -> list[str]:
    """The lines of one part that are not blank."""
    text = text_of(FOLDER / "text" / "ptb" / f"ptb.{part}.txt.gz")
    return [line for line in text.split("\n") if line.strip()]


def book(name: str) -> tuple[data.Tokens, ...]:
    """The characters of a book for training, validation and test, each one running text."""
    every = text_of(FOLDER / "text" / "books" / f"{name}.txt.gz").split("\n")
    found = [line for line in every if line.strip()]
    parts = np.split(np.array(found, object), [len(found) * 8 // 10, len(found) * 9 // 10])
    train = data.Tokens.from_texts(list(parts[0]), data.Characters())
    rest = [data.Tokens.from_texts(list(part), vocabulary=train.vocabulary) for part in parts[1:]]
    return tuple(part.concatenated() for part in (train, *rest))


def treebank(most: int | None) -> tuple[data.Tokens, ...]:
    """The words of the Penn Treebank for training, validation and test, each one running text."""
    train = data.Tokens.from_texts(lines("train")[:most])
    rest = [
        data.Tokens.from_texts(lines(part), vocabulary=train.vocabulary)
        for part in ("valid", "test")
    ]
    return tuple(part.concatenated() for part in (train, *rest))


def perplexity(log_probs: np.ndarray) -> float:
    """exp(-mean log probability)."""
    return float(np.exp(-log_probs.mean()))


def bits(log_probs: np.ndarray) -> float:
    """Bits a token."""
    return float(-log_probs.mean() / np.log(2))


def told(row: Any, in_bits: bool) -> str:
    """Perplexity of a row, and bits where asked."""
    return f"perplexity {row.perplexity:.2f}" + in_bits * f", {row.bits:.3f} bits a token"


def said(models: list[Any], tokens: data.Tokens) -> np.ndarray:
    """The log probability of every token by every model."""
    ended = tokens.with_ends()
    return np.stack([np.asarray(one.log_probs(ended.ids, ended.offsets)) for one in models])


def compare(
    name: str, models: list[Any], valid: data.Tokens, test: data.Tokens, in_bits: bool
) -> None:
    """Counts and a network mixed by the validation text, and each alone."""
    every = [said(models, part) for part in (valid, test)]
    weights = np.array(mixing_weights(every[0]))
    mixed = [np.logaddexp.reduce(one + np.log(weights)[:, None], axis=0) for one in every]
    counts, network = ([one[place] for one in every] for place in (0, 1))
    both, alone = ([perplexity(one) for one in parts] for parts in (mixed, network))
    print(
        f"{name}: weights {weights[0]:.2f} {weights[1]:.2f}, mixed: validation {both[0]:.2f}, test "
        f"{both[1]:.2f}; the network alone {alone[0]:.2f}, {alone[1]:.2f}",
        flush=True,
    )
    if in_bits:
        for which, parts in (("mixed", mixed), ("counts", counts), ("the network", network)):
            figures = [f"{bits(one):.3f}" for one in parts]
            print(f"  bits of {which}: validation {figures[0]}, test {figures[1]}", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--lines", type=int)
    asked.add_argument("--book", choices=["timemachine", "tinyshakespeare"])
    asked.add_argument("--budget", type=float, default=3600.0)
    asked.add_argument("--resume", type=Path)
    options = asked.parse_args()
    train, valid, test = book(options.book) if options.book else treebank(options.lines)
    in_bits = options.book is not None
    print(f"{len(train.ids):,} tokens, {len(train.vocabulary):,} kinds", flush=True)

    def on_event(event: Any) -> None:
        past = event.progress
        print(
            f"  epoch {len(past.losses)}: loss {past.losses[-1]:.3f}, validation "
            f"{past.validation[-1]:.3f}, {time.process_time():.0f} s of the processor",
            flush=True,
        )

    found = workflow.auto_text(
        train,
        valid,
        key=0,
        clock=lambda: time.process_time() / 4,
        budget=options.budget,
        on_event=on_event,
        on_row=lambda row: print(f"{row.name}: {told(row, in_bits)}", flush=True),
        checkpoint=options.resume,
    )
    print(f"{found.rows[0].name}: {told(found.rows[0], in_bits)}")
    print(found.sentence, found.more_time)
    assert isinstance(found.judged.model, Mixture), "no network"
    counts, network = found.judged.model.models
    if isinstance(network, RecentTokens):
        print(
            f"share {network.share:.2f}, sharpness {network.sharpness}, the last {network.window:,}"
        )
        compare("before", [counts, network.model], valid, test, in_bits)
    compare("after", [counts, network], valid, test, in_bits)


if __name__ == "__main__":
    main()
