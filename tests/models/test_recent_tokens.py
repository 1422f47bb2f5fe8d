"""A network with a cache of recent tokens, beside the formula written out token by token."""

from dataclasses import replace

import numpy as np
import pytest

import stepahead as sa
from stepahead import models, training
from stepahead.data import END, Tokens
from stepahead.workflow.texts._remembered import remembering

TEXT = Tokens.from_texts(["a b c a", "b a", "c c b a", "a b a", "b c a b", "a c"])


@pytest.fixture(scope="module")
def network() -> sa.LanguageModel:
    recipe = training.BySequence(epochs=1, batch=4)
    return sa.fit(models.Embedded(models.LSTM(5)), TEXT, key=0, training=recipe)


@pytest.mark.parametrize("sharpness", [0.0, 2.0])
@pytest.mark.parametrize("window", [3, 400])
def test_every_probability_is_that_of_the_formula(
    network: sa.LanguageModel, sharpness: float, window: int
) -> None:
    """Over more tokens than are scored at a time."""
    ids = np.random.default_rng(0).integers(1, 5, 300).astype(np.int32)
    inner = network.model
    state, said = inner.start(1)
    _, hidden = inner.hidden_vectors(inner.initial_state(1), np.array([[END, *ids[:-1]]]))
    vectors = np.asarray(hidden[0], np.float64)
    wanted = []
    for now, token in enumerate(ids):
        own = np.exp(np.asarray(said, np.float64)[0])
        recent = np.zeros(len(own))
        for then in range(max(0, now - window), now):
            recent[ids[then]] += np.exp(sharpness * vectors[then] @ vectors[now])
        share = 0.3 * min(now, window) / window
        mixed = (1 - share) * own + share * recent / recent.sum() if now else own
        wanted.append(np.log(mixed[token]))
        state, said = inner.step(state, np.array([token]))
    model = models.RecentTokens(inner, 0.3, sharpness, window)
    found = model.log_probs(ids, np.array([0, len(ids)]))
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize(("window", "wanted"), [(3, 3), (2000, 5)])
def test_tokens_take_no_room_before_they_are_there(
    network: sa.LanguageModel, window: int, wanted: int
) -> None:
    """Looking ahead from many places at once would hold gigabytes of nothing."""
    model = models.RecentTokens(network.model, 0.3, 1.0, window)
    state, _ = model.start(7)
    for token in range(5):
        state, said = model.step(state, np.full(7, 2 + token % 3, np.int32))
    assert state[1].shape[:2] == state[2].shape == (7, wanted)
    assert state[2][0].tolist() == [2, 3, 4, 2, 3][-wanted:]
    np.testing.assert_allclose(np.exp(said).sum(axis=1), 1.0, atol=1e-5)


def test_a_share_of_one_or_a_negative_sharpness_is_refused(network: sa.LanguageModel) -> None:
    with pytest.raises(sa.Refusal, match="`share` must be at least 0 and below 1"):
        models.RecentTokens(network.model, 1.0, 0.5)
    with pytest.raises(sa.Refusal, match="`sharpness`"):
        models.RecentTokens(network.model, 0.1, -0.5)


@pytest.mark.parametrize(("stays", "wanted"), [(450, 500), (5_000, 2_000)])
def test_as_many_tokens_are_remembered_as_a_subject_lasts(stays: int, wanted: int) -> None:
    """Half of the words are of the subject, a quarter of all; it changes every so often."""
    draws = np.random.default_rng(1)
    words = Tokens.from_texts([" ".join(f"w{number}" for number in range(800))])
    size = len(words.vocabulary)
    subjects = [draws.choice(np.arange(2, size), 200, replace=False) for _ in range(12)]
    ids = np.array([draws.choice(subjects[place // stays]) for place in range(5_000)])
    strange = draws.random(len(ids)) < 0.5
    ids[strange] = draws.integers(2, size, strange.sum())
    heldout = replace(words, ids=ids.astype(np.int32), offsets=np.array([0, len(ids)]))
    spec = models.Embedded(models.LSTM(3))
    outline = sa.LanguageModel.outline({"spec": spec, "vocabulary": words.vocabulary}, 0)
    network = sa.LanguageModel(spec, outline, words.vocabulary)
    counts = sa.fit(models.NGram(1), words)
    said = np.stack([each.score(heldout).log_probs for each in (counts, network)])
    found = remembering(network, said, heldout, 5_000)
    assert found is not None and found[0].model.window == wanted


def test_recent_tokens_are_taken_where_text_returns_to_its_words_alone(
    network: sa.LanguageModel,
) -> None:
    """The share is that of the greatest likelihood, and the network without them is as it was."""
    draws, model = np.random.default_rng(0), network.model
    returning = np.repeat(draws.integers(2, 5, 20), 20)
    own, (state, said) = [], model.start(1)  # as the network says, nothing is to be gained
    for _ in range(400):
        shares = np.exp(np.asarray(said, np.float64)[0])
        own.append(draws.choice(5, p=shares / shares.sum()))
        state, said = model.step(state, np.array(own[-1:], np.int32))
    counts, found = sa.fit(models.NGram(1), TEXT), []
    for ids in (returning, np.array(own)):
        heldout = replace(TEXT, ids=ids.astype(np.int32), offsets=np.array([0, len(ids)]))
        said = np.stack([each.score(heldout).log_probs for each in (counts, network)])
        found.append(remembering(network, said, heldout, 1_000))
        if found[-1] is not None:
            again = found[-1][0].score(heldout).log_probs
            np.testing.assert_allclose(again, found[-1][1], atol=1e-6)
    assert found[0] is not None and 0.5 < found[0][0].model.share <= 0.9
    assert found[1] is None or found[1][0].model.share < 0.15
