"""ARPA files: out and in again, those of others, and those that are wrong."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from stepahead import Refusal, training
from stepahead.data import Characters, Tokens
from stepahead.models import KneserNey, MaximumLikelihood, NGram, Smoothing
from stepahead.store import load_arpa, save_arpa

TOKENS = Tokens.from_texts(["a b a c a b b", "b a a", "a b c ä", "c c a"])

FOREIGN = r"""
A comment, as some programs write it.

\data\
ngram 1=4
ngram 2=3

\1-grams:
-1.0 <s> -0.5
-0.6 </s>
-0.3	b	-0.2
-0.9	<UNK>

\2-grams:
-0.1	<s> b
-0.4	b b
-0.5	b </s>

\end\
"""


@pytest.mark.parametrize(
    "smoothing", [KneserNey(), MaximumLikelihood()], ids=["kneser-ney", "maximum likelihood"]
)
@pytest.mark.parametrize("order", [1, 3])
def test_what_is_written_is_read(tmp_path: Path, smoothing: Smoothing, order: int) -> None:
    model = training.count(NGram(order, smoothing), TOKENS)
    again, vocabulary = load_arpa(save_arpa(model, TOKENS.vocabulary, tmp_path / "a.arpa"))
    assert vocabulary.words == TOKENS.vocabulary.words
    other = Tokens.from_texts(["a b c q", "c ä b b", "b"], vocabulary=vocabulary).with_ends()
    np.testing.assert_allclose(
        again.log_probs(other.ids, other.offsets),
        model.log_probs(other.ids, other.offsets),
        atol=1e-5,
    )


def test_a_foreign_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "foreign.arpa.gz"
    path.write_bytes(gzip.compress(FOREIGN.encode()))
    model, vocabulary = load_arpa(path)
    assert vocabulary.words == ("<unk>", "</s>", "b")
    log10 = model.next_log_probs([np.array([1]), np.array([2])]) / np.log(10)
    np.testing.assert_allclose(log10, [[-1.4, -1.1, -0.1], [-1.1, -0.5, -0.4]], rtol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ngram 2=3", "ngram 2=4", r"Line 6 .* states 4 2-grams, but there are 3"),
        ("ngram 1=4", "ngram 1=3", r"Line 5 .* states 3 1-grams, but there are 4"),
        ("ngram 2=3", "ngram 3=3", r"Line 6 .* 'ngram 2=…' is due"),
        ("\\2-grams:", "\\3-grams:", r"Line 14 .* should be '\\2-grams:'"),
        ("\\end\\", "", r"should be '\\end\\'"),
        ("\\data\\", "", r"no line '\\data\\'"),
        ("-0.4	b b", "-0.4	b c", r"Line 16 .* holds 'c', which is not among the 1-grams"),
        ("-0.4	b b", "-0.1	<s> b", r"Line 16 .* a second time"),
        ("-0.4	b b", "-0.4	b <s>", r"Line 16 .* '<s>' not as its first word"),
        ("-0.4	b b", "much	b b", r"Line 16 .* holds 'much' where a number must be"),
        ("-0.4	b b", "0.4	b b", r"Line 16 .* at most 0"),
        ("-0.4	b b", "-0.4	b", r"Line 16 .* does not hold a number, 2 word"),
        ("-0.9	<UNK>", "-0.9		-0.3", r"Line 12 .* does not hold 1 word between two tabs"),
        ("-0.6 </s>", "-0.6 end", r"without '</s>'"),
        ("-0.9	<UNK>", "-0.9	b", r"Line 12 .* gives 'b' a second time"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_the_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert FOREIGN.count(old) == 1
    (tmp_path / "bad.arpa").write_text(FOREIGN.replace(old, new))
    with pytest.raises(Refusal, match=said):
        load_arpa(tmp_path / "bad.arpa")


def test_n_grams_without_their_context_are_refused(tmp_path: Path) -> None:
    longer = FOREIGN.replace("ngram 2=3", "ngram 2=3\nngram 3=1").replace(
        "\\end\\", "\\3-grams:\n-0.1 <s> </s> b\n\n\\end\\"
    )
    (tmp_path / "bad.arpa").write_text(longer.replace("<s> </s> b", "b <UNK> b"))
    with pytest.raises(Refusal, match=r"Line 21 .* whose first 2 words are not among the 2-grams"):
        load_arpa(tmp_path / "bad.arpa")


def test_what_the_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    spaced = Tokens.from_texts(["a b"], Characters())
    with pytest.raises(Refusal, match=r"cannot hold the token ' '"):
        save_arpa(training.count(NGram(2), spaced), spaced.vocabulary, tmp_path / "a.arpa")
    with pytest.raises(Refusal, match=r"running text"):
        save_arpa(
            training.count(NGram(3), TOKENS.concatenated()), TOKENS.vocabulary, tmp_path / "a.arpa"
        )
    with pytest.raises(Refusal, match=r"has 6 tokens and the vocabulary 5"):
        save_arpa(training.count(NGram(2), TOKENS), spaced.vocabulary, tmp_path / "a.arpa")
    with pytest.raises(Refusal, match=r"cannot be read"):
        load_arpa(tmp_path / "nothing.arpa")


def test_a_weight_that_makes_something_more_probable_than_certain_is_refused(
    tmp_path: Path,
) -> None:
    """10 to the weight times the probability of what the context has not seen; a weight above 1 by
    itself is none."""
    lines = [
        "\\data\\",
        "ngram 1=4",
        "ngram 2=1",
        "",
        "\\1-grams:",
        "-1\t<unk>",
        "-99\t<s>\t{}",
        "-0.5\t</s>",
        "-0.3\ta",
        "",
    ]
    text = "\n".join([*lines, "\\2-grams:", "-0.1\t<s> a", "", "\\end\\", ""])
    path = tmp_path / "weights.arpa"
    path.write_text(text.format(0.4))
    assert load_arpa(path)[0].next_log_probs([np.array([1])]).max() <= 0
    path.write_text(text.format(0.6))
    with pytest.raises(
        Refusal,
        match=r"the back-off weight of '<s>' gives a word that follows the probability 1\.26",
    ):
        load_arpa(path)
