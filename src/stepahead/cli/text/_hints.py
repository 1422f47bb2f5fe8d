"""Hints on the tokenizer, for scripts without spaces, and on unknown tokens."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..._check import counted

if TYPE_CHECKING:
    from ...data import Sequences, Vocabulary

WITHOUT_SPACES = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
)
"""First and last letters of Thai and Lao, Burmese, Khmer, Japanese, and Chinese."""


def tokenizer_hint(tokenizer: str, inputs: "Sequences") -> str:
    """A sentence with a better tokenizer if most lines are one word, or the script has no spaces;
    else empty.

    >>> from stepahead.data import Tokens
    >>> tokenizer_hint("words", Tokens.from_texts(["我喜欢吃苹果", "他喜欢吃香蕉"]))
    'Split into words, 2 lines are 2 tokens, so the model cannot learn what is inside a line.
    Use --tokenizer characters.'
    >>> tokenizer_hint("words", Tokens.from_texts(["I like apples", "he likes pears"]))
    ''
    """
    from ...data import Tokens

    if not tokenizer.startswith("words") or not isinstance(inputs, Tokens):
        return ""
    words = [inputs.vocabulary.words[number] for number in inputs.ids.tolist()]
    letters = "".join(words)
    if (inputs.lengths <= 1).mean() > 0.8 and len(letters) > 2 * len(words):
        are = "is" if len(inputs) == 1 else "are"
        return (
            f"Split into words, {counted(len(inputs), 'line')} {are}"
            f" {counted(len(words), 'token')}, so the model cannot learn what is inside a line. "
            "Use --tokenizer characters."
        )
    without = sum(
        any(first <= letter <= last for first, last in WITHOUT_SPACES) for letter in letters
    )
    if without > 0.3 * len(letters):
        return (
            "This script has no spaces between words, so splitting at spaces does not find "
            "words. Use --tokenizer characters."
        )
    return ""


def unknown_hint(vocabulary: "Vocabulary | None", texts: Sequence[str]) -> str:
    """A sentence if texts contain tokens outside the vocabulary, which are read as `<unk>`; else
    empty.

    >>> from stepahead.data import Vocabulary
    >>> unknown_hint(Vocabulary.of([["a", "b"]]), ["a zebra", "b"])
    "1 of 3 tokens is unknown to the model, such as 'zebra': it is read as <unk>."
    """
    if vocabulary is None:
        return ""
    tokens = [token for text in texts for token in vocabulary.tokenize(text)]
    unknown = [token for token in tokens if token not in vocabulary.numbers]
    if not unknown:
        return ""
    be, they = ("is", "it is") if len(unknown) == 1 else ("are", "they are")
    return (
        f"{len(unknown):,} of {counted(len(tokens), 'token')} {be} unknown to the model, such as"
        f" {unknown[0]!r}: {they} read as <unk>."
    )
