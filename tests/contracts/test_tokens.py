"""The rules of every model of tokens, whatever it is inside: counts, nets, windows, mixtures, in
either direction."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead import generation, models, training
from stepahead.data import END, Tokens

TEXT = Tokens.from_texts(["a b c a", "b a", "c c b a", "a b a", "b c a b", "a c"])
RARE = Tokens.from_texts(
    ["a x a y a z"], min_count=2
)  # after "a" comes what is unknown, and nothing else
TRAINED = training.BySequence(epochs=2, batch=4)


def _net(spec: object, **options: object) -> sa.LanguageModel:
    return sa.fit(spec, TEXT, key=0, training=TRAINED, **options)


@pytest.fixture(scope="module")
def fitted() -> dict[str, sa.LanguageModel]:
    counts = sa.fit(models.NGram(3), TEXT)
    gru = _net(models.Embedded(models.GRU(6), width=4, dropout=0.3))
    return {
        "counts": counts,
        "backward counts": sa.fit(models.NGram(2, models.AddK(0.5)), TEXT, backward=True),
        "gru": gru,
        "tied lstm": _net(models.Embedded(models.LSTM(5, layers=2), tied=True), backward=True),
        "window": _net(models.Embedded(models.MLPAR(2, hidden=(5,)), width=3)),
        "mixture": sa.mix((counts, gru), TEXT),
        "recent": replace(gru, model=models.RecentTokens(gru.model, 0.3, 0.5, window=3)),
    }


NAMES = ("counts", "backward counts", "gru", "tied lstm", "window", "mixture", "recent")


@pytest.mark.parametrize("name", NAMES)
def test_step_by_step_equals_the_whole_and_what_comes_next_sums_to_one(
    fitted: dict[str, sa.LanguageModel], name: str
) -> None:
    model = fitted[name].model
    ids = np.array([2, 4, 3, 3, 2, END], np.int32)
    state, said = model.start(1)
    by_step = []
    for token in ids:
        np.testing.assert_allclose(np.exp(np.asarray(said, np.float64)).sum(), 1, atol=1e-5)
        by_step.append(float(said[0, token]))
        state, said = model.step(state, np.array([token], np.int32))
    np.testing.assert_allclose(model.log_probs(ids, np.array([0, 6])), by_step, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_sequences_are_independent_and_the_future_does_not_matter(
    fitted: dict[str, sa.LanguageModel], name: str
) -> None:
    model = fitted[name].model
    first, second, other = ([2, 3, 4, 2, 1], [4, 4, 2, 1], [2, 3, 4, 4, 4])
    together = model.log_probs(np.array(first + second, np.int32), np.array([0, 5, 9]))
    alone = model.log_probs(np.array(second, np.int32), np.array([0, 4]))
    changed = model.log_probs(np.array(other, np.int32), np.array([0, 5]))
    np.testing.assert_allclose(together[5:], alone, atol=1e-6)
    np.testing.assert_allclose(together[:3], changed[:3], atol=1e-6)
    assert np.abs(together[3:5] - changed[3:]).max() > 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_answers_alike(
    fitted: dict[str, sa.LanguageModel], name: str, tmp_path: Path
) -> None:
    sa.save(fitted[name], tmp_path / "model.stepahead")
    loaded = sa.load(tmp_path / "model.stepahead")
    assert (loaded.score(TEXT).log_probs == fitted[name].score(TEXT).log_probs).all()
    assert loaded.sample(5, key=3, prompt="a") == fitted[name].sample(5, key=3, prompt="a")
    assert (
        loaded.vocabulary.words == TEXT.vocabulary.words
        and loaded.backward == fitted[name].backward
    )


@pytest.mark.parametrize("name", ["counts", "tied lstm", "mixture"])
def test_a_beam_that_keeps_everything_finds_the_most_probable(
    fitted: dict[str, sa.LanguageModel], name: str
) -> None:
    model, length = fitted[name].model, 3
    state, said = model.start(1)
    found = generation.beam_search(model.step, state, said, model.size**length, length)
    complete = [
        ids
        for ids in np.ndindex(*[model.size] * length)
        if END not in ids[:-1] or set(ids[ids.index(END) :]) == {END}
    ]
    totals = {}
    for ids in complete:
        held = list(ids[: ids.index(END) + 1] if END in ids else ids)
        totals[ids] = model.log_probs(np.array(held, np.int32), np.array([0, len(held)])).sum()
    best = sorted(totals.values(), reverse=True)[:20]
    np.testing.assert_allclose(found.log_probs[0][:20], best, atol=1e-4)
    np.testing.assert_allclose(
        totals[tuple(int(n) for n in found.tokens[0, 0])], best[0], atol=1e-4
    )
    greedy = generation.beam_search(model.step, state, said, 1, length)
    assert int(greedy.tokens[0, 0, 0]) == int(np.argmax(np.asarray(said)[0]))


def test_draws_follow_the_model(fitted: dict[str, sa.LanguageModel]) -> None:
    lm = fitted["counts"]
    drawn = [
        text.text.split()[0] if text.text else "</s>"
        for text in lm.sample(1, key=0, count=4000, unknown=True)
    ]
    for token, probability in lm.next(top=3):
        assert abs(drawn.count(token) / 4000 - probability) < 4 * np.sqrt(
            probability * (1 - probability) / 4000
        )
    coldest = lm.sample(4, key=0, count=3, filtered=generation.Filter(temperature=1e-3))
    assert len({one.text for one in coldest}) == 1
    assert all(
        "c" not in one.text
        for one in lm.sample(
            4,
            key=1,
            count=20,
            filtered=generation.Filter(forbidden=(TEXT.vocabulary.numbers["c"],)),
        )
    )


def test_both_directions_agree_where_theory_says_so() -> None:
    circle = Tokens.from_texts(["a b c a b", "b c", "a b c"])
    scores = [
        sa.fit(models.NGram(2, models.MaximumLikelihood()), circle, backward=backward)
        .score(circle)
        .totals
        for backward in (False, True)
    ]
    np.testing.assert_allclose(scores[0].sum(), scores[1].sum(), rtol=1e-12)


def test_dropout_is_drawn_in_training_and_nowhere_else(fitted: dict[str, sa.LanguageModel]) -> None:
    with_dropout = fitted["gru"]
    assert (with_dropout.score(TEXT).log_probs == with_dropout.score(TEXT).log_probs).all()
    without = _net(models.Embedded(models.GRU(6), width=4))
    assert not np.allclose(
        with_dropout.score(TEXT).log_probs, without.score(TEXT).log_probs, atol=1e-4
    )


def test_carried_pieces_and_whole_sequences_see_the_same_loss() -> None:
    running = Tokens.from_texts(["a b c a b c a b c a a b"])
    losses = [
        sa.fit(models.GRU(4), running, key=0, training=recipe).learning.losses[0]
        for recipe in (
            training.Gradient(span=4, batch=1, epochs=1, optimizer=training.adam(1e-9)),
            training.BySequence(epochs=1, batch=1, optimizer=training.adam(1e-9)),
        )
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda lm: lm.next("a zebra"), "not in the vocabulary"),
        (lambda lm: lm.search(3, width=10**9), "1,000,000,000 beams would keep"),
        (lambda lm: lm.sample(3, key=0, filtered=generation.Filter(temperature=-1)), "temperature"),
        (
            lambda lm: lm.sample(3, key=0, filtered=generation.Filter(temperature=float("nan"))),
            "temperature",
        ),
        (lambda lm: sa.fit(models.NGram(2), TEXT, training=TRAINED), "made in one pass"),
        (lambda lm: sa.fit(models.GRU(4), TEXT), "`key` is missing"),
        (lambda lm: sa.fit(models.GRU(4), TEXT, 5, key=0), "`horizon` belongs"),
        (lambda lm: sa.fit(models.Naive(), TEXT, key=0), "cannot be a layer of 32 numbers"),
        (lambda lm: models.Embedded(models.GRU(4), width=3, tied=True), "as wide as an embedding"),
        (
            lambda lm: sa.fit(models.NGram(2, models.MaximumLikelihood()), TEXT).score("b b"),
            "probability 0",
        ),
        (lambda lm: Tokens.from_texts([" "]), "not one token"),
        (lambda lm: Tokens.from_texts(["a </s>"]), "stands for the end"),
        (lambda lm: models.Mixture((lm.model, lm.model), (0.5, 0.6)), "sum to 1"),
        (lambda lm: models.Mixture((lm.model, lm.model), (float("nan"), float("nan"))), "sum to 1"),
        (
            lambda lm: sa.fit(models.NGram(2, models.MaximumLikelihood()), RARE).search(
                3, prompt="a"
            ),
            "no token that may follow",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    fitted: dict[str, sa.LanguageModel], act: object, said: str
) -> None:
    with pytest.raises(sa.Refusal, match=said):
        act(fitted["counts"])


def test_the_loss_counts_every_token_and_end_once_and_no_padding() -> None:
    untouched = training.BySequence(epochs=1, batch=4, optimizer=training.adam(1e-12))
    lm = sa.fit(models.Embedded(models.GRU(6), width=4), TEXT, key=0, training=untouched)
    np.testing.assert_allclose(lm.learning.losses[0], -lm.score(TEXT).log_probs.mean(), rtol=1e-5)


@pytest.mark.parametrize("name", ["gru", "window"])
def test_a_long_sequence_is_scored_piece_by_piece_as_step_by_step(
    fitted: dict[str, sa.LanguageModel], name: str
) -> None:
    model = fitted[name].model
    ids = (2 + np.arange(260) % 3).astype(np.int32)  # neighbours differ, also at the seam after 256
    state, said = model.start(1)
    by_step = []
    for token in ids:
        by_step.append(float(said[0, token]))
        state, said = model.step(state, np.array([token], np.int32))
    np.testing.assert_allclose(model.log_probs(ids, np.array([0, 260])), by_step, atol=1e-5)
