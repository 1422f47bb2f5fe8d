"""Labels, tags and translations by the models that were named on the command line."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ...._check import Refusal
from ...._fitted import Fitted
from ....generation import TranslationModel
from ....labelling import LabelPredictor, TagModel
from ....store import load
from ._questions import Answers

MOST_TEXTS, LONGEST = 50, 4000
"""The largest number of texts in one request, and of characters in each."""


def answer(path: str, texts: list[str]) -> dict[str, Any]:
    """The answer of the model in a file for each text: labels with their probabilities, words with
    their tags, or a translation."""
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise Refusal("There is no text. Write one on each line.")
    if len(texts) > MOST_TEXTS or max(map(len, texts)) > LONGEST:
        raise Refusal(
            f"At most {MOST_TEXTS} texts of {LONGEST:,} characters are answered at once. Give "
            "fewer."
        )
    model = _model(path)
    if isinstance(model, LabelPredictor):
        return {"kind": "label", "rows": _labels(model, texts)}
    if isinstance(model, TagModel):
        return {"kind": "tag", "rows": _tags(model, texts)}
    if isinstance(model, TranslationModel):
        return {"kind": "translate", "rows": list(model.translate(texts, width=4))}
    raise Refusal(
        "This model neither labels nor tags nor translates texts. Name another: --model FILE."
    )


def _labels(model: LabelPredictor, texts: list[str]) -> list[list[list[Any]]]:
    """The labels of each text, the most probable first."""
    shares = np.asarray(model.probabilities(texts), np.float64)
    order = np.argsort(-shares, axis=1, kind="stable")
    return [
        [[model.names[at], float(row[at])] for at in best]
        for row, best in zip(shares, order, strict=True)
    ]


def _tags(model: TagModel, texts: list[str]) -> list[list[list[str]]]:
    words = model.tokens(texts)
    tags = model.tag(words)
    pairs = [
        [words.vocabulary.words[word], tags.vocabulary.words[tag]]
        for word, tag in zip(words.ids, tags.ids, strict=True)
    ]
    ends = words.offsets
    return [pairs[begin:end] for begin, end in pairwise(ends)]


@lru_cache(maxsize=8)
def _model(path: str) -> Fitted:
    return load(Path(path))


ANSWERS: Answers = {"answer": answer}
