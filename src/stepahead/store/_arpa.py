"""Write ARPA files: n-gram models as text, as SRILM, KenLM and others exchange them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from .._check import Refusal
from .._files import write_atomically
from .._types import END
from ..data import Vocabulary
from ..models import NGramModel, NGramTable

TEN = np.log(10.0)
NEVER = -99.0
"""The number that ARPA files have for log10 of 0."""


def save_arpa(model: NGramModel, vocabulary: Vocabulary, path: str | Path) -> Path:
    """Write an n-gram model as an ARPA file and return the path. Log probabilities become log10;
    probability 0 is written as −99.

    Sentences start with `<s>`. A vocabulary of another size, tokens with white space (which the
    format cannot express) and a model of running text (whose sequences do not end) are errors.

    >>> from tempfile import mkdtemp
    >>> from stepahead import data, training
    >>> from stepahead.models import NGram, WittenBell
    >>> tokens = data.Tokens.from_texts(["a b", "a"])
    >>> model = training.count(NGram(2, WittenBell()), tokens)
    >>> path = save_arpa(model, tokens.vocabulary, Path(mkdtemp()) / "small.arpa")
    >>> path.read_text().splitlines()[:6]
    ['\\\\data\\\\', 'ngram 1=5', 'ngram 2=4', '', '\\\\1-grams:', '-1.028029\\t<unk>']
    """
    path = Path(path)
    if model.size != len(vocabulary):
        raise Refusal(
            f"The model has {model.size} tokens and the vocabulary {len(vocabulary)}. Give the "
            "vocabulary that it was counted with."
        )
    odd = next((word for word in vocabulary.words if word.split() != [word] or word == "<s>"), None)
    if odd is not None:
        raise Refusal(
            f"An ARPA file cannot hold the token {odd!r}. Replace it in the text first, white "
            "space by '▁' for example."
        )
    lines = [
        "\\data\\",
        *(f"ngram {n}={len(table.keys) + (n == 1)}" for n, table in enumerate(model.tables, 1)),
        "",
    ]
    for length, (table, words) in enumerate(zip(model.tables, _words(model), strict=True), 1):
        lines.append(f"\\{length}-grams:")
        lines += _section(table, words, vocabulary)
        lines.append("")
    write_atomically(path, "\n".join([*lines, "\\end\\", ""]).encode())
    return path


def _words(model: NGramModel) -> Iterator[Int64[np.ndarray, "ngram length"]]:
    """The tokens of all n-grams, one array for each table."""
    words = np.arange(model.size)[:, None]
    yield words
    for table in model.tables[1:]:
        context, last = np.divmod(table.keys, model.size)
        words = np.concatenate([words[context], last[:, None]], axis=1)
        if (words[:, 1:-1] == END).any():
            raise Refusal(
                "This model was counted on running text: ends stand inside its n-grams. Count it "
                "on text cut into sequences."
            )
        yield words


def _section(
    table: NGramTable, words: Int64[np.ndarray, "ngram length"], vocabulary: Vocabulary
) -> Iterator[str]:
    """The lines of the n-grams of one length; a back-off weight of 1 is not written."""
    with np.errstate(divide="ignore"):
        probs = np.maximum(table.log_probs / TEN, NEVER).tolist()
    has_weights = len(table.log_left)
    left = np.maximum(table.log_left / TEN, NEVER) if has_weights else np.zeros(len(probs))
    # END at the beginning of an n-gram is the start of a sentence; elsewhere it is the end.
    spelled = ["<s>" if word == END else text for word, text in enumerate(vocabulary.words)]
    first = np.array(spelled, object)
    names = np.array(vocabulary.words, object)
    if words.shape[1] == 1:
        yield from (
            _line(p, text, 0.0 if n == END else w)
            for n, (p, text, w) in enumerate(zip(probs, names, left.tolist(), strict=True))
        )
        yield _line(NEVER, "<s>", float(left[END]))
        return
    texts = first[words[:, 0]] + " "
    for column in words[:, 1:-1].T:
        texts += names[column] + " "
    yield from map(_line, probs, texts + names[words[:, -1]], left.tolist())


def _line(prob: float, text: str, left: float) -> str:
    return f"{prob:.7g}\t{text}\t{left:.7g}" if left else f"{prob:.7g}\t{text}"
