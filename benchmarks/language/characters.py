"""A network of characters by its width, within one budget: alone, and mixed with counts.

    python benchmarks/language/characters.py [--book timemachine] [--budget 60] [--share 1.0]
        [--width N ...] [--lanes N] [--cell lstm] [--dropout SHARE] [--windows N ...]

The first lines of a book, that share of the training part, are read by the recipe of `stepahead
text fit` with the updates that its budget allows for each width. Bits a character of the
validation text; the weights of the mixture come from one half for the other. Then the mixture with
recent characters, by the number that is remembered and by sharpness, on the first 20,000 of that
text. Needs the data folder (STEPAHEAD_DATA).
"""

import argparse
import time
from dataclasses import replace
from typing import Any

import numpy as np
from plain_text import book

import stepahead as sa
from stepahead.models import GRU, LSTM, Embedded, NGram, mixing_weights, recent_log_probs
from stepahead.workflow import text_network

SHARPNESSES = (0.3, 0.8, 1.2, 2.0, 3.0)
"""The figures that are tried: the larger, the more a similar context counts."""

MOST = 20_000
"""Characters by which recent ones are judged."""

CELLS = {"lstm": (LSTM, 1.0), "gru": (GRU, 0.75)}
"""Cells, and the work of each against that of an LSTM."""


def crosswise(said: np.ndarray) -> float:
    """Bits a token of the mixture, each half by the weights of the other."""
    halves = np.array_split(said, 2, axis=1)
    mixed = [
        np.logaddexp.reduce(own + np.log(mixing_weights(other))[:, None], axis=0)
        for own, other in (halves, halves[::-1])
    ]
    return float(-np.concatenate(mixed).mean() / np.log(2))


def remembered(model: Any, said: np.ndarray, valid: Any, window: int) -> str:
    """Bits of the mixture with recent characters, by sharpness."""
    ended = valid.with_ends()
    most = min(MOST, len(ended.ids))
    asked = SHARPNESSES, window, ended.ids[:most], np.array([0, most])
    found = recent_log_probs(model.model, *asked)
    every = (crosswise(np.concatenate([said[:, :most], one[None]])) for one in found)
    return ", ".join(f"{bits:.3f} ({by})" for by, bits in zip(SHARPNESSES, every, strict=True))


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--book", choices=["timemachine", "tinyshakespeare"], default="timemachine")
    asked.add_argument("--budget", type=float, default=60.0)
    asked.add_argument("--share", type=float, default=1.0)
    asked.add_argument("--width", type=int, nargs="+", default=[128])
    asked.add_argument("--cell", choices=CELLS, default="lstm")
    asked.add_argument("--lanes", type=int)
    asked.add_argument("--dropout", type=float)
    asked.add_argument("--windows", type=int, nargs="*", default=[500, 2000])
    options = asked.parse_args()
    train, valid, _ = book(options.book)
    ids = train.ids[: round(options.share * len(train.ids))]
    train = replace(train, ids=ids, offsets=np.array([0, len(ids)]))
    counted = [sa.fit(NGram(order), train).score(valid).log_probs for order in (5, 6, 7)]
    counts = max(counted, key=np.mean)
    print(f"{len(ids):,} characters, counts {-counts.mean() / np.log(2):.3f} bits", flush=True)
    kind, work = CELLS[options.cell]
    for width in options.width:
        spec, recipe = text_network(train, options.budget / work, width=width, lanes=options.lanes)
        dropout = spec.dropout if options.dropout is None else options.dropout
        began = time.process_time()
        spec = Embedded(kind(width), dropout=dropout)
        model = sa.fit(spec, train, key=0, training=replace(recipe, patience=None))
        took = time.process_time() - began
        said = np.stack([counts, model.score(valid).log_probs])
        passes = recipe.epochs * recipe.steps * recipe.batch * recipe.span / len(ids)
        print(
            f"{options.cell} {width}, {recipe.batch} lanes, dropout {dropout}, {passes:.1f} "
            f"passes: {-said[1].mean() / np.log(2):.3f} bits, mixed {crosswise(said):.3f}, "
            f"{took:.0f} s of the processor",
            flush=True,
        )
        print(f"  without recent ones {crosswise(said[:, :MOST]):.3f}", flush=True)
        for window in options.windows:
            print(f"  the last {window:,}: {remembered(model, said, valid, window)}", flush=True)


if __name__ == "__main__":
    main()
