"""The rules of every model of labels and of tags: nets and counts, tokens and rows, with and
without a chain."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import data, models, training
from stepahead.data import Labelled, Tagged, Tokens

WORDS = Tokens.from_texts(["a b b", "b", "c a c c a", "c b a b", "a a", "b c"])
LABELS = ["x", "y", "x", "y", "x", "y"]
TEXT = Labelled.of(WORDS, LABELS)
DRAWS = np.random.default_rng(0)
GAPS = [
    np.where(DRAWS.random((n, 2)) < 0.3, np.nan, DRAWS.normal(size=(n, 2)))
    for n in (3, 1, 5, 4, 2, 2)
]
ROWS = Labelled.of(sa.Panel.from_arrays(GAPS), LABELS)
TAGGED = Tagged(
    WORDS, Tokens.from_texts([text.upper().replace("C", "A") for text in WORDS.texts()])
)
QUICK = training.BySequence(epochs=1, batch=4)
SMALL = models.GRU(2)
ENCODER = models.Encoder(
    models.GRU(3),
    bidirectional=True,
    embedding=2,
    dropout=0.2,
    word_dropout=0.1,
    pool=models.MaxPool(),
)


def taught(name: str) -> Any:
    """A fitted model by the name of what it is."""
    if name == "counts":
        return sa.fit(models.Bayes(models.NGram(2, models.AddK(0.5))), TEXT)
    if name in ("tokens", "rows"):
        return sa.fit(
            *((ENCODER, TEXT) if name == "tokens" else (SMALL, ROWS)), key=0, training=QUICK
        )
    if name in ("most frequent", "crf"):
        spec = models.CRFTagger(epochs=2) if name == "crf" else models.MostFrequentTag()
        return sa.fit(spec, TAGGED, key=0)
    if name in ("hmm", "hmm of order 1"):
        return sa.fit(models.HMMTagger(1 if "order" in name else 2), TAGGED)
    spec = (
        models.Tagger(ENCODER)
        if name == "tags"
        else models.Tagger(models.Encoder(SMALL), models.Encoder(SMALL), transitions=True)
    )
    return sa.fit(spec, TAGGED, key=0, training=QUICK)


TAGGERS = ("tags", "chain", "hmm", "hmm of order 1", "crf", "most frequent")
NAMES = ("counts", "tokens", "rows", *TAGGERS)


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    return {name: taught(name) for name in NAMES}


def inputs(name: str) -> Any:
    return ROWS.inputs if name == "rows" else WORDS


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_sequence_does_not_depend_on_those_beside_it(
    fitted: dict[str, Any], name: str
) -> None:
    together = fitted[name].probabilities(inputs(name))
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)
    alone = fitted[name].probabilities(inputs(name).take(np.array([1])))
    place = int(WORDS.offsets[1]) if name in TAGGERS else 1
    np.testing.assert_allclose(together[place], alone[0], atol=1e-5)
    assert np.abs(together - together[:1]).max() > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_says_the_same(fitted: dict[str, Any], name: str, tmp_path: Path) -> None:
    sa.save(fitted[name], tmp_path / "model.stepahead")
    loaded = sa.load(tmp_path / "model.stepahead")
    np.testing.assert_array_equal(
        loaded.probabilities(inputs(name)), fitted[name].probabilities(inputs(name))
    )
    assert loaded.names == fitted[name].names


def test_the_same_key_makes_the_same_model(fitted: dict[str, Any]) -> None:
    np.testing.assert_array_equal(
        taught("tokens").probabilities(WORDS), fitted["tokens"].probabilities(WORDS)
    )


def test_what_is_evaluated_is_what_is_predicted(fitted: dict[str, Any]) -> None:
    said = fitted["tokens"].predict(WORDS)
    score = fitted["tokens"].evaluate(TEXT)
    assert score.accuracy == np.mean([one == two for one, two in zip(said, LABELS, strict=True)])
    probabilities = fitted["tokens"].probabilities(WORDS)
    np.testing.assert_allclose(
        score.log_loss, -np.log(probabilities[np.arange(6), TEXT.labels]).mean(), atol=1e-6
    )
    np.testing.assert_allclose(
        fitted["tokens"].polarity(WORDS), probabilities[:, 1] - probabilities[:, 0]
    )
    assert fitted["tokens"].encode("a b").shape == (1, 6)
    for name in TAGGERS:
        tags, score = fitted[name].tag(WORDS), fitted[name].evaluate(TAGGED)
        right = tags.with_vocabulary(TAGGED.tags.vocabulary).ids == TAGGED.tags.ids
        assert (score.accuracy, score.unknown) == (right.mean(), None)
        assert score.sequences == np.mean(
            [right[a:b].all() for a, b in zip(tags.offsets[:-1], tags.offsets[1:], strict=True)]
        )


def test_a_word_that_was_never_seen_is_told_from_another_by_its_spelling(
    fitted: dict[str, Any],
) -> None:
    said = fitted["chain"].probabilities(["aaa", "cbc"])
    assert np.abs(said[0] - said[1]).max() > 1e-6
    assert (
        fitted["chain"]
        .evaluate(Tagged(Tokens.from_texts(["aaa"]), Tokens.from_texts(["A"])))
        .unknown
        is not None
    )


def test_an_unseen_label_or_tag_and_the_wrong_kind_of_input_are_refused(
    fitted: dict[str, Any],
) -> None:
    with pytest.raises(
        sa.Refusal, match=r"The label 'z' was not seen in training. The labels are: x, y"
    ):
        fitted["tokens"].evaluate(Labelled.of(WORDS, [*LABELS[:5], "z"]))
    with pytest.raises(
        sa.Refusal, match=r"The tag 'Q' was not seen in training. The tags are: A, B"
    ):
        fitted["tags"].evaluate(Tagged(Tokens.from_texts(["a"]), Tokens.from_texts(["Q"])))
    with pytest.raises(sa.Refusal, match=r"reads tokens, but these are rows"):
        fitted["tokens"].predict(ROWS.inputs)
    with pytest.raises(sa.Refusal, match=r"reads rows of numbers, but these are tokens"):
        fitted["rows"].predict(WORDS)
    with pytest.raises(sa.Refusal, match=r"have 1 channel, but there were 2 in training"):
        fitted["rows"].predict(sa.Panel.from_arrays([[1.0]]))
    three = sa.fit(
        models.Bayes(models.NGram(1, models.AddK(1.0))), Labelled.of(WORDS, ["x", "y", "z"] * 2)
    )
    with pytest.raises(sa.Refusal, match=r"Only two labels lie on one line"):
        three.polarity("a")


def test_what_cannot_be_learned_is_refused() -> None:
    with pytest.raises(sa.Refusal, match=r"`training` belongs to models trained by gradient"):
        sa.fit(models.Bayes(models.NGram(2)), TEXT, training=QUICK)
    with pytest.raises(sa.Refusal, match=r"`training` belongs to models trained by gradient"):
        sa.fit(models.HMMTagger(), TAGGED, training=QUICK)
    for wrong in ({"order": 3}, {"suffix": -1}, {"rare": 0}, {"theta": 0.0}, {"prior": np.nan}):
        with pytest.raises(sa.Refusal, match=f"`{next(iter(wrong))}`"):
            models.HMMTagger(**wrong)
    with pytest.raises(sa.Refusal, match=r"no words to learn from"):
        sa.fit(models.HMMTagger(), TAGGED.take(np.zeros(0, int)))
    with pytest.raises(sa.Refusal, match=r"Counts are made of tokens"):
        sa.fit(models.Bayes(models.NGram(2)), ROWS)
    with pytest.raises(sa.Refusal, match=r"No sequence has the label 'z'"):
        sa.fit(models.Bayes(models.NGram(2)), Labelled.of(WORDS, LABELS, ("x", "y", "z")))
    with pytest.raises(sa.Refusal, match=r"A value is missing, but none was in training"):
        data.row_scale(sa.Panel.from_arrays([[1.0, 2.0]])).rows(
            sa.Panel.from_arrays([[1.0, np.nan]])
        )


def test_the_loss_counts_every_example_once_and_no_filling() -> None:
    untouched = training.BySequence(epochs=1, batch=4, optimizer=training.adam(1e-12))
    model = sa.fit(models.Encoder(SMALL), TEXT, key=0, training=untouched)
    np.testing.assert_allclose(model.learning.losses[0], model.evaluate(TEXT).log_loss, rtol=1e-5)
