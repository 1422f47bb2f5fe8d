"""`count`: an n-gram model from a text, by counting."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..data import Tokens
from ..models import NGram, NGramModel, NGramTable
from ..ops import ngram_counts


def count(spec: NGram, tokens: Tokens, *, on_note: Callable[[str], None] | None = None) -> NGramModel:
    """Count the n-grams of a text and make probabilities of them, as `spec.smoothing` says.

    Sequences are independent: each begins after END, and its end is predicted and counted. `on_note` receives at most one sentence
    for each length at which the smoothing had to do something else than usual.

    >>> tokens = Tokens.from_texts(["the cat sat", "the dog sat", "the cat ran"])
    >>> model = count(NGram(2, models.MaximumLikelihood()), tokens)
    >>> after_the = np.exp(model.next_log_probs([tokens.vocabulary.encode("the")])[0])
    >>> {word: round(float(p), 3) for word, p in zip(tokens.vocabulary.words, after_the, strict=True) if p}
    {'cat': 0.667, 'dog': 0.333}
    """
    size = len(tokens.vocabulary)
    ended = tokens.ended()
    counts = ngram_counts(ended.ids, ended.offsets, size, spec.order)
    probs, tables = np.full(1, 1 / size), list[NGramTable]()
    with np.errstate(divide="ignore"):
        for length, table in enumerate(counts, 1):
            seen, left = spec.smoothing.shares(counts, length, on_note or _nothing)
            if tables:
                tables[-1] = replace(tables[-1], log_left=np.log(left))
                probs = seen + left[table.keys // size] * probs[table.suffixes]
            else:
                probs = seen + left[0] * probs[0]
            tables.append(NGramTable(table.keys, np.log(probs), np.zeros(0)))
    return NGramModel(tuple(tables))


def _nothing(_: str) -> None:
    """Nobody listens."""
