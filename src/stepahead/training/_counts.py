"""`count`, `count_labels` and `count_tags`: fit an n-gram model, one for each label, and a hidden
Markov tagger by counting."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Int

from .._check import Refusal
from ..data import Labelled, Tokens
from ..models import Bayes, BayesModel, NGram, NGramModel, NGramTable, TagCounts
from ..ops import ngram_counts


def count(
    spec: NGram, tokens: Tokens, *, on_note: Callable[[str], None] | None = None
) -> NGramModel:
    """Count the n-grams of a text and convert the counts to probabilities by `spec.smoothing`.

    Sequences are independent: each starts after END, and its end is predicted and counted.
    `on_note` receives a message if the smoothing had to use fallback discounts.

    >>> tokens = Tokens.from_texts(["the cat sat", "the dog sat", "the cat ran"])
    >>> from stepahead.models import MaximumLikelihood
    >>> model = count(NGram(2, MaximumLikelihood()), tokens)
    >>> after_the = np.exp(model.next_log_probs([tokens.vocabulary.encode("the")])[0])
    >>> {
    ...     word: round(float(p), 3)
    ...     for word, p in zip(tokens.vocabulary.words, after_the, strict=True)
    ...     if p
    ... }
    {'cat': 0.667, 'dog': 0.333}
    """
    size = len(tokens.vocabulary)
    ended = tokens.with_ends()
    counts = ngram_counts(ended.ids, ended.offsets, size, spec.order)
    probs, tables, remarks = np.full(1, 1 / size), list[NGramTable](), dict[str, list[str]]()
    with np.errstate(divide="ignore"):
        for length, table in enumerate(counts, 1):
            seen, left, remark = spec.smoothing.shares(counts, length)
            remarks.setdefault(remark, []).append(str(length))
            probs = seen + left[table.keys // size] * probs[table.suffixes]
            if tables:
                tables[-1] = replace(tables[-1], log_left=np.log(left))
            tables.append(NGramTable(table.keys, np.log(probs), np.zeros(0)))
    for remark, lengths in remarks.items():
        if remark and on_note:
            all_of = len(lengths) > 3 and len(lengths) == int(lengths[-1]) - int(lengths[0]) + 1
            said = f"{lengths[0]} to {lengths[-1]}" if all_of else ", ".join(lengths)
            on_note(f"{remark} (n = {said}).")
    return NGramModel(tuple(tables))


def count_labels(
    spec: Bayes, labelled: Labelled, *, on_note: Callable[[str], None] | None = None
) -> BayesModel:
    """Fit an n-gram model to the sequences of each label; refuse labels without a sequence.

    `on_note` receives a message if the smoothing had to use fallback discounts.

    >>> from stepahead.data import Tokens
    >>> from stepahead.models import AddK, NGram
    >>> tokens = Tokens.from_texts(["a a", "a b", "b b b"])
    >>> model = count_labels(Bayes(NGram(1, AddK(1.0))), Labelled.of(tokens, ["x", "x", "y"]))
    >>> np.exp(model.log_probs(tokens.ids, tokens.offsets)).round(2).tolist()  # p(x), p(y)
    [[0.96, 0.04], [0.75, 0.25], [0.13, 0.87]]
    """
    if not isinstance(labelled.inputs, Tokens):
        raise Refusal(
            "Counts are made of tokens, but these are rows of numbers. Fit a Classifier, such as "
            "`Classifier(GRU(32))`."
        )
    shares = np.bincount(labelled.labels, minlength=len(labelled.names))
    if not shares.all():
        raise Refusal(
            f"No sequence has the label '{labelled.names[int(np.argmin(shares))]}', so it cannot "
            "be counted. Leave it out."
        )
    parts = [
        labelled.inputs.take(np.flatnonzero(labelled.labels == label))
        for label in range(len(labelled.names))
    ]
    return BayesModel(
        tuple(count(spec.counts, part, on_note=on_note) for part in parts),
        np.log(shares / shares.sum()),
    )


def count_tags(
    words: Int[np.ndarray, " word"],
    tags: Int[np.ndarray, " word"],
    offsets: Int[np.ndarray, " boundary"],
    *,
    vocabulary: int,
    tag_count: int,
) -> TagCounts:
    """Count words with their tags, and tags with the two before them, in sequences of words.
    Sequence s has the words offsets[s] … offsets[s + 1] − 1.

    >>> counts = count_tags(
    ...     np.array([0, 1, 0]), np.array([0, 1, 0]), np.array([0, 2, 3]), vocabulary=2, tag_count=2
    ... )
    >>> counts.words.tolist()
    [[2, 0], [0, 1]]
    >>> counts.steps[2, 2].tolist(), counts.steps[2, 0].tolist()  # 2 is the edge
    ([2, 0, 0], [0, 1, 1])
    """
    # two boundaries before every sequence and one after it
    lengths = np.diff(offsets)
    place = np.arange(len(tags)) + 3 * np.repeat(np.arange(len(lengths)), lengths) + 2
    row = np.full(len(tags) + 3 * len(lengths), tag_count)
    row[place] = tags
    last = np.concatenate([place, (offsets[1:] + 3 * np.arange(1, len(lengths) + 1) - 1)])
    steps = np.zeros((tag_count + 1,) * 3, np.int64)
    np.add.at(steps, (row[last - 2], row[last - 1], row[last]), 1)
    with_tags = np.zeros((vocabulary, tag_count), np.int64)
    np.add.at(with_tags, (words, tags), 1)
    return TagCounts(steps, with_tags)
