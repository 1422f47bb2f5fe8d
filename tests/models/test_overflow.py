"""A number that is none is named for what it is, where it arose: nets that overflow, and counts
under which nothing is possible."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead.data import ConditionalSequences, Labelled, Pairs, Tokens, character_vocabulary
from stepahead.labelling import LabelModel, TagNetwork

WORDS = Tokens.from_texts(["a b", "b a b", "a"])
KNOWN, SIZE = WORDS.vocabulary, len(WORDS.vocabulary)
SMALL = models.GRU(2)
NET, READER, WRITER = (
    models.Embedded(SMALL),
    models.Encoder(SMALL),
    models.Decoder(models.Embedded(SMALL)),
)
LABELS = ["x", "y", "x"]
GRAND = "grown beyond what numbers hold"


def grown(model: Any) -> Any:
    """The net with weights that have grown until they are no numbers any more."""
    return jax.tree.map(lambda leaf: leaf * np.inf if eqx.is_inexact_array(leaf) else leaf, model)


@pytest.fixture(scope="module")
def language() -> sa.LanguageModel:
    return sa.LanguageModel(NET, grown(NET.build(SIZE, 0)), KNOWN)


@pytest.mark.parametrize(
    "ask",
    [
        lambda lm: lm.score(["a b", "b"]),
        lambda lm: lm.next("a"),
        lambda lm: lm.sample(3, key=0),
        lambda lm: lm.search(3),
    ],
    ids=["score", "next", "sample", "search"],
)
def test_a_language_model_that_overflows_is_not_told_to_smooth(
    language: sa.LanguageModel, ask: Callable[[Any], Any]
) -> None:
    with pytest.raises(sa.Refusal, match=GRAND) as refused:
        ask(language)
    assert "smooth" not in str(refused.value)


def test_one_weight_that_is_too_large_is_named_by_token_and_sequence() -> None:
    """Then one score is ∞ and all other tokens have the log probability −∞, which is no matter of
    counts."""
    broken = sa.LanguageModel(
        NET, NET.build(SIZE, 0).with_bias(np.where(np.arange(SIZE) == 0, np.inf, 0.0)), KNOWN
    )
    with pytest.raises(sa.Refusal, match=f"Of token 1 of sequence 1 the net says -inf: .* {GRAND}"):
        broken.score(["a b"])


def test_labels_tags_translations_and_sequences_of_vectors_are_refused_alike() -> None:
    sayer, tagger, translator = (
        models.Classifier(SMALL),
        models.Tagger(READER),
        models.Translator(READER, WRITER),
    )
    labels = LabelModel(sayer, grown(sayer.build(2, 0, tokens=SIZE)), ("x", "y"), KNOWN, None)
    tags = TagNetwork(
        tagger, grown(tagger.build(SIZE, 0, SIZE - 2, 0)), KNOWN, character_vocabulary(WORDS), KNOWN
    )
    said = sa.TranslationModel(
        translator, grown(translator.build(SIZE, 0, tokens=SIZE)), KNOWN, None, KNOWN
    )
    described = ConditionalSequences.of_labels(Labelled.of(WORDS, LABELS))
    made = sa.Generator(WRITER, grown(WRITER.of_tokens(SIZE, 2, 0)), KNOWN, features=2)
    asked: list[tuple[Callable[[], Any], str]] = [
        (lambda: labels.predict(["a b", "b"]), "Of sequence 1 the net says nan"),
        (lambda: labels.encode(["a b", "b"]), "Of sequence 1 the net says nan"),
        (lambda: tags.tag(["a b"]), "Of word 1 of sequence 1 the net says nan"),
        (lambda: said.score(Pairs(WORDS, WORDS)), "Of token 1 of sequence 1 the net says nan"),
        (lambda: said.translate("a b"), "Of token 1 of a continuation"),
        (lambda: made.score(described), "Of token 1 of sequence 1"),
        (lambda: made.sample(described.vectors, 3, key=0), "Of what comes next"),
    ]
    for ask, what in asked:
        with pytest.raises(sa.Refusal, match=f"{what}.* {GRAND}"):
            ask()


def test_a_sequence_that_no_label_allows_gets_none() -> None:
    counted = sa.fit(
        models.Bayes(models.NGram(2, models.MaximumLikelihood())), Labelled.of(WORDS, LABELS)
    )
    assert counted.predict(["a b"]) == ("x",)
    np.testing.assert_array_equal(counted.probabilities(["b a b"]), [[0.0, 1.0]])
    with pytest.raises(
        sa.Refusal, match="Sequence 2 has the probability 0 under the counts of every label"
    ):
        counted.predict(["a b", "b b b"])
    with pytest.raises(sa.Refusal, match="Sequence 1 has the probability 0"):
        counted.evaluate(Labelled.of(Tokens.from_texts(["b b b"]), ["x"]))


def test_weights_are_not_made_of_tokens_that_no_model_allows() -> None:
    with np.errstate(divide="ignore"):
        said = np.log([[0.5, 0.0, 0.2], [0.1, 0.0, 0.0]])
    with pytest.raises(
        sa.Refusal, match="Every model gives token 2 of the held-out text the probability 0"
    ):
        models.mixing_weights(said)


def test_a_prior_is_made_of_probabilities() -> None:
    made = sa.Generator(WRITER, WRITER.of_tokens(SIZE, 2, 0), KNOWN, features=2)
    found = made.posterior(WORDS, np.eye(2), [1.0, 0.0])
    np.testing.assert_array_equal(found, [[1.0, 0.0]] * 3)
    for prior in ([0.5, 0.4], [1.5, -0.5], [1.0], [np.nan, 1.0]):
        with pytest.raises(sa.Refusal, match=r"`prior` must be 2 probabilities that sum to 1"):
            made.posterior(WORDS, np.eye(2), prior)
