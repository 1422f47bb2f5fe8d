"""Counting n-grams for each label separately."""

from collections.abc import Callable

import numpy as np

from .._check import Refusal
from ..data import Labelled, Tokens
from ..models import Bayes, BayesModel
from ._counts import count


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
