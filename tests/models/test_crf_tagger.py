"""The tagger by a conditional random field: paths of first order, features, slopes and averages,
each written out by hand."""

import itertools

import numpy as np
import pytest

import stepahead as sa
from stepahead import models, training
from stepahead.data import Tagged, Tokens
from stepahead.models import CRFTagger, feature_codes
from stepahead.ops import best_first_order, first_order_shares
from stepahead.training import _crf

OFFSETS = np.array([0, 4, 4, 5, 8])


@pytest.mark.parametrize("seed", range(3))
def test_paths_and_shares_of_first_order_are_those_of_all_paths(seed: int) -> None:
    draws = np.random.default_rng(seed)
    scores, steps = draws.normal(0, 1, (8, 3)), draws.normal(0, 2, (4, 4))
    path, shares = (f(scores, OFFSETS, steps) for f in (best_first_order, first_order_shares))
    tags, pairs = np.zeros((8, 3)), np.zeros((4, 4))
    for first, last in itertools.pairwise(OFFSETS):
        if first == last:
            continue
        rows = [(3, *one, 3) for one in itertools.product(range(3), repeat=last - first)]
        joint = np.array(
            [
                sum(steps[pair] for pair in itertools.pairwise(row))
                + sum(scores[first + n, tag] for n, tag in enumerate(row[1:-1]))
                for row in rows
            ]
        )
        assert tuple(path[first:last]) == rows[int(joint.argmax())][1:-1]
        for row, share in zip(rows, np.exp(joint - np.logaddexp.reduce(joint)), strict=True):
            tags[np.arange(first, last), row[1:-1]] += share
            np.add.at(pairs, (row[:-1], row[1:]), share)
    np.testing.assert_allclose(shares.tags, tags, atol=1e-12)
    np.testing.assert_allclose(shares.steps, pairs, atol=1e-12)


def test_more_sequences_than_a_batch_are_as_one_by_one() -> None:
    draws = np.random.default_rng(1)
    offsets = np.concatenate([[0], np.cumsum(draws.integers(0, 9, 150))])
    scores, steps = draws.normal(0, 2, (offsets[-1], 2)), draws.normal(size=(3, 3))
    path, shares = (f(scores, offsets, steps) for f in (best_first_order, first_order_shares))
    total = np.zeros((3, 3))
    for first, last in itertools.pairwise(offsets):
        alone = np.array([0, last - first])
        assert (best_first_order(scores[first:last], alone, steps) == path[first:last]).all()
        here = first_order_shares(scores[first:last], alone, steps)
        np.testing.assert_allclose(here.tags, shares.tags[first:last], atol=1e-12)
        total += here.steps
    np.testing.assert_allclose(total, shares.steps, atol=1e-9)


def columns(words: list[list[str]], at: int) -> dict[tuple, int]:
    """The codes of the features of one word, by feature."""
    tokens = Tokens.from_sequences(words)
    codes = feature_codes(tokens.vocabulary.words, tokens.ids, tokens.offsets)
    return dict(zip(models.FEATURES, codes[at].tolist(), strict=True))


def test_features_are_equal_where_what_they_name_is_equal() -> None:
    one = columns([["The", "walked", "dog"], ["x"]], 1)
    other = columns([["a", "cat"], ["the", "talked", "Dog", "ran"]], 3)
    same = {feature for feature in models.FEATURES if one[feature] == other[feature]}
    pieces = {feature[0][1] for feature in same if len(feature) == 1 and feature[0][0] == 0}
    shared = {"shape", "suffix-1", "suffix-2", "suffix-3", "suffix-4", "suffix-5", "end"}
    assert pieces == {*shared, "length"}
    around = {f for f in same if len(f) != 1 or f[0][0] != 0}
    assert ((-1, "lower"),) in around and ((1, "lower"),) in around
    assert ((-1, "lower"), (1, "lower")) in around and () in around
    assert ((-2, "lower"),) in around  # the edge of both sentences
    assert ((2, "lower"),) not in around  # an edge, and a word
    assert ((0, "lower"), (1, "lower")) not in around and ((-1, "shape"), (0, "shape")) not in same
    assert len(set(one.values())) == len(one)  # no two features share a number


def test_a_step_follows_the_slope_of_the_likelihood() -> None:
    """One step of AdaGrad goes by rate · slope/√(slope² + ε); the slope is that of −log p(tags)."""
    spec = CRFTagger(epochs=1, min_count=1, dropout=0.0, rate=0.5)
    words, ids, offsets = ("a", "b"), np.array([0, 1, 1, 0, 1]), np.array([0, 3, 5])
    tags = np.array([0, 1, 0, 1, 1])
    found = training.train_crf(spec, words, ids, tags, offsets, tag_count=2, seed=0)
    places = found.places(words, ids, offsets)

    def loss(weights: np.ndarray, steps: np.ndarray) -> float:
        total = 0.0
        for first, last in itertools.pairwise(offsets):
            paths = [(2, *one, 2) for one in itertools.product(range(2), repeat=last - first)]
            joint = [
                sum(steps[pair] for pair in itertools.pairwise(row))
                + sum(weights[places[first + n], tag].sum() for n, tag in enumerate(row[1:-1]))
                for row in paths
            ]
            total += np.logaddexp.reduce(joint) - joint[paths.index((2, *tags[first:last], 2))]
        return total

    size, small = found.weights.shape, 1e-5
    for shape, of_weights in ((size, True), ((3, 3), False)):
        step = found.weights if of_weights else found.steps
        for at in [(0, 0), (size[0] - 1, 1)] if of_weights else [(2, 0), (0, 1), (1, 2)]:
            slopes = []
            for sign in (1, -1):
                moved = np.zeros(shape)
                moved[at] = sign * small
                zeros = (np.zeros(size), np.zeros((3, 3)))
                slopes.append(loss(*((moved, zeros[1]) if of_weights else (zeros[0], moved))))
            slope = (slopes[0] - slopes[1]) / (2 * small)
            change = -0.5 * slope / np.sqrt(slope**2 + 1e-3)
            np.testing.assert_allclose(step[at], change, rtol=1e-3, atol=1e-6)


def test_weights_are_the_mean_over_the_second_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two epochs of two batches each, the last two steps count."""
    words, ids, offsets = ("a", "b"), np.array([0, 1, 1, 0]), np.array([0, 2, 4])
    tags = np.array([0, 1, 1, 0])
    run = {"tag_count": 2, "seed": 0}
    spec = CRFTagger(epochs=2, min_count=1, dropout=0.0, batch=1)
    seen: list[np.ndarray] = []

    step = _crf._Descent.step

    def watched(self: _crf._Descent, *parts: np.ndarray) -> int:
        right = step(self, *parts)
        seen.append(self.features.values[:-1].copy())
        return right

    monkeypatch.setattr(_crf._Descent, "step", watched)
    found = training.train_crf(spec, words, ids, tags, offsets, **run)
    assert len(seen) == 4
    np.testing.assert_allclose(found.weights, (seen[2] + seen[3]) / 2, rtol=1e-5, atol=1e-6)


def test_features_of_few_words_are_left_out_and_unknown_ones_count_nothing() -> None:
    words, tags = ["the dog barks", "a dog barks", "the cat naps"], ["D N V"] * 3
    model = sa.fit(CRFTagger(), Tagged(Tokens.from_texts(words), Tokens.from_texts(tags)), key=0)
    kept = model.model.places(("dog", "naps"), np.array([0, 1]), np.array([0, 1, 2]))
    spelling = models.FEATURES.index(((0, "spelling"),))
    assert (kept[:, spelling] < len(model.model.features)).tolist() == [True, False]
    assert model.tag(["the xyz barks", ""]).texts() == ("D N V", "")
    empty = Tokens.from_sequences([[]], vocabulary=Tokens.from_texts(["a"]).vocabulary)
    with pytest.raises(sa.Refusal, match="no words"):
        sa.fit(CRFTagger(), Tagged(empty, empty), key=0)
    for wrong in ({"epochs": 0}, {"dropout": 1.0}, {"rate": 0.0}):
        with pytest.raises(sa.Refusal, match=next(iter(wrong))):
            CRFTagger(**wrong)


def test_the_most_frequent_tag_of_a_word_and_of_words_seen_once() -> None:
    words, tags = ["a a a b", "c d"], ["X Y Y X", "Z Z"]
    tagged = Tagged(Tokens.from_texts(words), Tokens.from_texts(tags))
    model = sa.fit(models.MostFrequentTag(), tagged)
    assert model.tag("a b c new").texts() == ("Y X Z Z",)
    once = np.array([1, 0, 2]) + 1 / 3  # X of b, Z of c and d
    names = [model.names.index(tag) for tag in "XYZ"]
    np.testing.assert_allclose(model.probabilities("new")[0, names], once / 4, rtol=1e-6)
    own = np.array([1, 2, 0]) + once / 4
    np.testing.assert_allclose(model.probabilities("a")[0, names], own / 4, rtol=1e-6)
