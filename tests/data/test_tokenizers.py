"""Text becomes tokens and text again: nothing is lost but white space, nothing is torn, nothing is
left out in silence."""

import re
import unicodedata
from functools import lru_cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stepahead import Refusal
from stepahead.data import Characters, Subwords, Tokenizer, Tokens, Words, WordsAndPunctuation

ODD = (
    "\x0b\x0c\x1c\x1d\x1e\x85\u00a0\u2028\u2029\u200b\u200c\u200d\u3000\ufeff\u0301\u093f\ufe0fﬁ①Å\u212b"
    " e\u0301'’-_.…"
)
TEXTS = st.lists(
    st.one_of(
        st.text(),
        st.text(ODD),
        st.sampled_from(["cafe\u0301", "हिन्दी", "می‌خواهم", "it's", "low lower"]),
    )
).map(" ".join)


@lru_cache
def pieces() -> Subwords:
    return Subwords.learned(["low lower lowest", "new newer newest"] * 20, 20)


TOKENIZERS = {
    "words": Words,
    "marks": WordsAndPunctuation,
    "characters": Characters,
    "subwords": pieces,
}


def kept(tokenizer: Tokenizer, text: str) -> str:
    """The part of a text that a tokenizer promises to keep."""
    if isinstance(tokenizer, Characters):
        return text
    if isinstance(tokenizer, Words):
        return " ".join(text.split())
    return (
        re.sub(r"\s", "", text)
        if isinstance(tokenizer, WordsAndPunctuation)
        else re.sub(" +", " ", text).strip(" ")
    )


@pytest.mark.parametrize("name", TOKENIZERS)
@given(text=TEXTS)
@example(text="ﬁ ① Å")
@example(text="हिन्दी 'cafe\u0301s'")
def test_what_is_decoded_is_what_was_encoded(name: str, text: str) -> None:
    tokenizer = TOKENIZERS[name]()
    if not kept(tokenizer, text):
        return
    tokens = Tokens.from_texts([text], tokenizer)
    (said,) = tokens.texts()
    assert said == tokens.vocabulary.decode(tokens.vocabulary.encode(text).tolist())
    assert kept(tokenizer, said) == kept(tokenizer, text)


@given(text=TEXTS)
def test_no_mark_that_combines_is_torn_from_what_stands_before_it(text: str) -> None:
    at = 0
    for token in WordsAndPunctuation().tokenize(text):
        place = text.index(token, at)
        assert (
            unicodedata.category(token[0])[0] != "M"
            or not text[:place].strip()
            or text[place - 1].isspace()
        )
        at = place + len(token)


def test_accents_may_be_composed_or_not() -> None:
    for text in ("l’été, déjà!", "naïve: ‘Ångström’"):
        composed = WordsAndPunctuation().tokenize(text)
        assert [
            unicodedata.normalize("NFC", token)
            for token in WordsAndPunctuation().tokenize(unicodedata.normalize("NFD", text))
        ] == composed


def test_lines_of_any_length_are_learned_from() -> None:
    """sentencepiece leaves out lines of more than 4,192 bytes unless it is told not to."""
    tokenizer = Subwords.learned(["zz " * 3_000, "low lower lowest"], 12)
    assert tokenizer.tokenize("zz") == ["▁zz"]


@pytest.mark.parametrize("mark", ["▁", "▅"])
def test_characters_with_another_meaning_among_pieces_are_refused(mark: str) -> None:
    with pytest.raises(Refusal, match=f"holds '{mark}', which stands for something else"):
        Subwords.learned(["low lower lowest"] * 9 + [f"a{mark}b"], 12)
    with pytest.raises(Refusal, match="holds '▁'"):
        pieces().tokenize("a▁b")


def test_an_empty_text_is_scored_but_nothing_is_learned_from_one() -> None:
    words = Tokens.from_texts(["a b"]).vocabulary
    assert Tokens.from_texts(["", "a"], vocabulary=words).lengths.tolist() == [0, 1]
    assert Tokens.from_texts([""], vocabulary=words).lengths.tolist() == [0]
    for texts, given_words in [([""], None), ([], None), ([], words)]:
        with pytest.raises(Refusal, match="not one token"):
            Tokens.from_texts(texts, vocabulary=given_words)
