"""Names of text models, smoothings and tokenizers at the command line, and their values."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..._check import known_name
from ..shared import RECURRENT, recurrent

if TYPE_CHECKING:
    from ...data import Tokenizer
    from ...models import Smoothing

TEXT_MODELS = ("ngram", "hmm", "mlp", *RECURRENT)
"""All names, listed here because help texts must not import the models."""

SMOOTHINGS = ("kneser-ney", "witten-bell", "add-one", "maximum-likelihood")

TOKENIZERS = ("words", "words-and-punctuation", "characters", "subwords")


def text_model(
    name: str, order: int, smoothing: str, states: int, width: int, layers: int, dropout: float
) -> Any:
    """The specification of that name with these sizes; an unknown name is an error.

    >>> text_model("mlp", 3, "kneser-ney", 8, 64, 1, 0.0)
    Embedded(body=MLPAR(lags=2, hidden=(64,)), width=None, dropout=0.0, tied=False)
    """
    known_name("model", name, TEXT_MODELS)
    from ... import models

    if name == "ngram":
        return models.NGram(order, smoothing_of(smoothing))
    if name == "hmm":
        return models.HMM(states)
    if name == "mlp":
        return models.Embedded(
            models.MLPAR(max(1, order - 1), hidden=(width,) * layers), dropout=dropout
        )
    return models.Embedded(recurrent(name)(width, layers=layers, dropout=dropout), dropout=dropout)


def smoothing_of(name: str) -> "Smoothing":
    """The smoothing of that name."""
    known_name("smoothing", name, SMOOTHINGS)
    from ... import models

    table: dict[str, Callable[[], Smoothing]] = {
        "kneser-ney": models.KneserNey,
        "witten-bell": models.WittenBell,
        "add-one": lambda: models.AddK(1.0),
        "maximum-likelihood": models.MaximumLikelihood,
    }
    return table[name]()


def tokenizer_of(name: str, texts: Sequence[str], pieces: int) -> "Tokenizer":
    """The tokenizer of that name; a subword tokenizer of `pieces` subwords is trained on
    `texts`."""
    known_name("tokenizer", name, TOKENIZERS)
    from ... import data

    if name == "subwords":
        return data.Subwords.learned(texts, pieces)
    table: dict[str, Callable[[], Tokenizer]] = {
        "words": data.Words,
        "words-and-punctuation": data.WordsAndPunctuation,
        "characters": data.Characters,
    }
    return table[name]()
