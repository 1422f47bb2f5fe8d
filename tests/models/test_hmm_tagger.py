"""The tagger by a hidden Markov model: counts, interpolation, word ends and paths, each written out
by hand."""

import itertools

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Tagged, Tokens
from stepahead.models import HMMTagger, WordEnds
from stepahead.ops import best_second_order, second_order_shares
from stepahead.training import count_tags

OFFSETS = np.array([0, 4, 4, 5, 8])


@pytest.mark.parametrize("seed", range(5))
def test_paths_and_shares_of_second_order_are_those_of_all_paths(seed: int) -> None:
    draws = np.random.default_rng(seed)
    scores, steps = draws.normal(0, 1, (8, 3)), np.log(draws.dirichlet(np.full(4, 0.5), (4, 4)))
    steps[0, 1, 2] = -np.inf
    path = best_second_order(scores, OFFSETS, steps)
    shares = second_order_shares(scores, OFFSETS, steps)
    for first, last in itertools.pairwise(OFFSETS):
        if first == last:
            continue
        paths = list(itertools.product(range(3), repeat=last - first))
        joint = []
        for tags in paths:
            row = (3, 3, *tags, 3)
            joint.append(
                sum(steps[row[n : n + 3]] for n in range(len(row) - 2))
                + sum(scores[first + n, tag] for n, tag in enumerate(tags))
            )
        share = np.exp(np.array(joint) - np.logaddexp.reduce(joint))
        assert tuple(path[first:last]) == paths[int(np.argmax(joint))]
        for n, tag in itertools.product(range(last - first), range(3)):
            here = share[[tags[n] == tag for tags in paths]].sum()
            np.testing.assert_allclose(shares[first + n, tag], here, atol=1e-12)


def test_more_sequences_than_a_batch_are_as_one_by_one() -> None:
    draws = np.random.default_rng(1)
    offsets = np.concatenate([[0], np.cumsum(draws.integers(0, 9, 150))])
    scores, steps = (
        draws.normal(0, 2, (offsets[-1], 2)),
        np.log(draws.dirichlet(np.ones(3), (3, 3))),
    )
    path, shares = (f(scores, offsets, steps) for f in (best_second_order, second_order_shares))
    for first, last in itertools.pairwise(offsets):
        alone = np.array([0, last - first])
        assert (best_second_order(scores[first:last], alone, steps) == path[first:last]).all()
        here = second_order_shares(scores[first:last], alone, steps)
        np.testing.assert_allclose(here, shares[first:last], atol=1e-12)


TAGS = [0, 1, 0, 1, 0, 0]
ENDS = np.array([0, 4, 6])


def test_tags_are_interpolated_by_deleted_interpolation() -> None:
    """Sentences of the tags 0 1 0 1 and 0 0; the edge is 2."""
    counts = count_tags(np.zeros(6, int), np.array(TAGS), ENDS, vocabulary=1, tag_count=2)
    seen = {(2, 2, 0): 2, (2, 0, 1): 1, (0, 1, 0): 1, (1, 0, 1): 1, (0, 1, 2): 1}
    seen |= {(2, 0, 0): 1, (0, 0, 2): 1}
    assert {tuple(at): n for at, n in np.ndenumerate(counts.steps) if n} == seen
    # of each three: (n - 1)/(total - 1) of three, two and one in a row; the highest gets its votes
    # 220: 1/1, 1/1, 3/7 → three; 201: 0/1, 1/3, 1/7 → two; 010: 0/1, 0/1, 3/7 → one
    # 101: 0/0, 1/3, 1/7 → two;  012: 0/1, 0/1, 1/7 → one; 200: 0/1, 0/3, 3/7 → one
    # 002: 0/0, 0/3, 1/7 → one
    weights = np.array([4, 2, 2]) / 8
    found = np.exp(HMMTagger().log_steps(counts.steps))
    np.testing.assert_allclose(found[2, 2, 0], weights @ [4 / 8, 2 / 2, 2 / 2])
    np.testing.assert_allclose(found[1, 0, 1], weights @ [2 / 8, 2 / 4, 1 / 1])
    np.testing.assert_allclose(found[0, 1, 2], weights @ [2 / 8, 1 / 2, 1 / 2])
    first = np.exp(HMMTagger(1).log_steps(counts.steps))
    np.testing.assert_allclose(first, np.broadcast_to(first[0], first.shape))
    np.testing.assert_allclose(first[:, 0, 1], 4 / 8 * 2 / 8 + 4 / 8 * 2 / 4)


def test_an_occurrence_does_not_vote_for_itself() -> None:
    """001 twice, the only steps after 00; 101 six times and 100 twice. 001: three in a row 1/1,
    two 7/9; 101: three 5/7, two 7/9; 100: three 1/7, two 1/9."""
    counts = np.zeros((3, 3, 3), int)
    counts[0, 0, 1], counts[1, 0, 1], counts[1, 0, 0] = 2, 6, 2
    found = np.exp(HMMTagger().log_steps(counts))
    np.testing.assert_allclose(found[0, 0, 1], 0.4 * 1 + 0.6 * 0.8)
    np.testing.assert_allclose(found[1, 0, 1], 0.4 * 6 / 8 + 0.6 * 0.8)


def test_a_word_is_judged_by_spelling_lower_case_and_end() -> None:
    words = ("running", "Bing", "ring", "common")
    counts = np.array([[3, 0], [0, 1], [1, 1], [20, 20]])
    ends = WordEnds(HMMTagger(suffix=2, rare=5, theta=0.5, prior=2.0), words, counts)

    def mixed(share: float, shorter: float) -> float:
        return (share + 0.5 * shorter) / 1.5

    overall = 24 / 46
    small = mixed(4 / 5, mixed(4 / 5, mixed(4 / 5, overall)))  # running, ring: "", g, ng
    capital = mixed(0, mixed(0, mixed(0, overall)))  # Bing
    found = ends.probabilities(["sing", "Sing", "Ring", "ring", "x", "7", ""])[:, 0]
    np.testing.assert_allclose(found[0], small)
    np.testing.assert_allclose(found[1], capital)
    lowered = (1 + 2 * capital) / 4  # "ring" counts for "Ring"
    np.testing.assert_allclose(found[2], lowered)
    np.testing.assert_allclose(found[3], (1 + 2 * (1 + 2 * small) / 4) / 4)
    np.testing.assert_allclose(found[4], mixed(4 / 5, overall))  # no word ends in x
    np.testing.assert_allclose(found[5:], overall)  # none begins with neither
    scores = ends.log_scores(["sing"])[0]
    np.testing.assert_allclose(scores, np.log([small / overall, (1 - small) / (1 - overall)]))


def test_unknown_words_are_tagged_by_their_ends_and_neighbours() -> None:
    words = ["the dogs bark loudly", "the cats mew softly", "a dog barks", "Rex barks"] * 3
    tags = ["D N V R", "D N V R", "D N V", "P V"] * 3
    model = sa.fit(HMMTagger(), Tagged(Tokens.from_texts(words), Tokens.from_texts(tags)))
    assert model.tag(["the birds sing sweetly", "Max barks", ""]).texts() == ("D N V R", "P V", "")
    np.testing.assert_allclose(model.probabilities("the birds sing").sum(axis=1), 1)
    assert model.learning.stopped == "counted"


def test_universal_tags_of_english_web_text(data_folder) -> None:
    """Brants' tagger on UD EWT: at least 92 % of the words of a part that it was not fitted to."""
    folder = data_folder / "text" / "ud_ewt"
    dev = sa.read_conllu(folder / "en_ewt-ud-dev.conllu.gz")
    test = sa.read_conllu(folder / "en_ewt-ud-test.conllu.gz")
    model = sa.fit(HMMTagger(), dev)
    score = model.evaluate(test)
    assert score.accuracy > 0.885  # a tenth of the training text
    assert score.unknown is not None and score.unknown.accuracy > 0.69


def test_a_tag_that_never_occurred_counts_half() -> None:
    counts = count_tags(np.zeros(6, int), np.array(TAGS), ENDS, vocabulary=1, tag_count=3)
    steps = np.exp(HMMTagger().log_steps(counts.steps))
    share = 0.5 / 8.5  # four zeros, two ones, two edges
    np.testing.assert_allclose(steps[3, 3, 2], 4 / 8 * share)
    ends = WordEnds(HMMTagger(), ("a",), np.array([[3, 1, 0]]))
    np.testing.assert_allclose(ends.tags, np.array([3, 1, 0.5]) / 4.5)
    assert np.isfinite(ends.log_scores(["b", "a"])).all()


def test_every_sentence_has_a_path() -> None:
    """A verb never begins a sentence here, and every tag tells the next one for certain."""
    tagged = Tagged(Tokens.from_texts(["dogs run"] * 9), Tokens.from_texts(["N V"] * 9))
    fitted = sa.fit(HMMTagger(), tagged)
    shares = fitted.probabilities(["run dogs run run"])
    assert np.isfinite(shares).all()
    np.testing.assert_allclose(np.asarray(shares).sum(axis=-1), 1.0, atol=1e-9)
