"""Hints where a text is cut into words that white space does not tell apart, and where words were
never seen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..._check import counted
from ...data import Tokens, Vocabulary

if TYPE_CHECKING:
    from ...data import Sequences

WITHOUT_SPACES = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
)
"""First and last letters of Thai and Lao, Burmese, Khmer, Japanese, Chinese."""


def tokenizer_hint(by: str, inputs: "Sequences") -> str:
    """A sentence where most lines are one word, or the script knows no spaces, and how to cut
    instead; else empty.

    >>> tokenizer_hint("words", Tokens.from_texts(["我喜欢吃苹果", "他喜欢吃香蕉"]))
    'By words, 2 lines are 2 tokens: nothing can be learned of what is within a line. Characters
    tell more: --by characters.'
    >>> tokenizer_hint("words", Tokens.from_texts(["I like apples", "he likes pears"]))
    ''
    """
    if by not in ("words", "marks") or not isinstance(inputs, Tokens):
        return ""
    words = [inputs.vocabulary.words[number] for number in inputs.ids.tolist()]
    letters = "".join(words)
    if (inputs.lengths <= 1).mean() > 0.8 and len(letters) > 2 * len(words):
        said = (
            f"{counted(len(inputs), 'line')} are {counted(len(words), 'token')}: nothing can be"
            " learned of what is within a line."
        )
        return f"By {by}, {said} Characters tell more: --by characters."
    if sum(
        any(first <= letter <= last for first, last in WITHOUT_SPACES) for letter in letters
    ) > 0.3 * len(letters):
        return (
            f"This script sets no spaces between words, so cut by {by} they are not told apart."
            " Give --by characters."
        )
    return ""


def unknown_hint(vocabulary: Vocabulary | None, texts: Sequence[str]) -> str:
    """A sentence where texts hold tokens that were not learned, and are read as `<unk>`; else
    empty.

    >>> unknown_hint(Vocabulary.of([["a", "b"]]), ["a zebra", "b"])
    "1 of 3 tokens was not in the text that was learned from, such as 'zebra': it says nothing."
    """
    if vocabulary is None:
        return ""
    tokens = [token for text in texts for token in vocabulary.tokenize(text)]
    strange = [token for token in tokens if token not in vocabulary.numbers]
    if not strange:
        return ""
    was, says = ("was", "it says") if len(strange) == 1 else ("were", "they say")
    said = (
        f"{len(strange):,} of {counted(len(tokens), 'token')} {was} not in the text that was"
        " learned from"
    )
    return f"{said}, such as {strange[0]!r}: {says} nothing."
