"""Hidden states of tokens against the sum over all paths, read forward and backward."""

import itertools

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, inference, models
from stepahead.data import Tokens
from stepahead.training import BaumWelch

TEXTS = ["b a d e", "g i d a b o", "d u", "", "b i g e d o"]
TOKENS = Tokens.from_texts(TEXTS)


def fitted(*, backward: bool = False) -> sa.LanguageModel:
    quick = BaumWelch(restarts=1, iterations=4)
    return sa.fit(models.HMM(3), TOKENS, key=0, training=quick, backward=backward)


def all_paths(model, ids: list[int]) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Every path of one sequence, in the order of the model, and its probability with the tokens
    and the end."""
    start, between = np.exp(model.log_start), np.exp(model.log_transition)
    emitted = np.exp(model.log_emission)
    paths, joint = list(itertools.product(range(3), repeat=len(ids))), []
    for path in paths:
        p = start[path[0]] * np.prod([between[pair] for pair in itertools.pairwise(path)])
        p *= np.prod([emitted[state, token] for state, token in zip(path, ids, strict=True)])
        joint.append(p * (between[path[-1]] @ emitted[:, 1]))
    return paths, np.array(joint)


@pytest.mark.parametrize("backward", [False, True])
def test_paths_and_posteriors_are_those_of_all_paths(*, backward: bool) -> None:
    lm = fitted(backward=backward)
    found = sa.states(lm, TEXTS, k=3)
    np.testing.assert_allclose(found.log_likelihood, lm.score(TEXTS).totals, rtol=1e-9)
    for number, (first, last) in enumerate(itertools.pairwise(TOKENS.offsets)):
        if first == last:
            continue
        ids = TOKENS.ids[first:last].tolist()
        way = -1 if backward else 1
        paths, joint = all_paths(lm.model, ids[::way])
        np.testing.assert_allclose(np.exp(found.log_likelihood[number]), joint.sum(), rtol=1e-9)
        order = np.argsort(-joint, kind="stable")[:3]
        np.testing.assert_allclose(found.log_probs[:, number], np.log(joint[order]), rtol=1e-9)
        for rank, place in enumerate(order):
            said = found.paths[rank, first:last] - 1
            assert tuple(said[::way]) == paths[place]
        for t in range(len(ids)):
            here = [joint[[p[::way][t] == k for p in paths]].sum() for k in range(3)]
            np.testing.assert_allclose(
                found.posterior[first + t], np.array(here) / joint.sum(), atol=1e-12
            )


def test_fixed_states_hold_in_reading_order() -> None:
    lm = fitted(backward=True)
    known = np.zeros(len(TOKENS.ids), int)
    known[5] = 3  # the second token of the second text
    found = sa.states(lm, TOKENS, fixed=known)
    assert found.path[5] == 3 and found.posterior[5].round(9).tolist() == [0, 0, 1]
    free = sa.states(lm, TOKENS)
    np.testing.assert_allclose(found.posterior[10:], free.posterior[10:])
    assert (found.posterior[4:10] != free.posterior[4:10]).any()


def test_the_tables_say_token_state_and_what_a_state_emits() -> None:
    found = sa.states(fitted(), TOKENS)
    table, summary = found.table(), found.summary(2)
    assert table["token"].tolist() == " ".join(TEXTS).split()
    assert table["sequence"].tolist() == [1] * 4 + [2] * 6 + [3] * 2 + [5] * 6
    assert table["place"].tolist()[:6] == [1, 2, 3, 4, 1, 2]
    assert table["state"].tolist() == found.path.tolist()
    np.testing.assert_allclose(summary["share"].sum(), 1)
    best = found.emission.argmax(axis=1)
    words = TOKENS.vocabulary.words
    assert [line.split()[0] for line in summary["tokens"]] == [words[v] for v in best]


def test_decode_says_the_path_of_tokens() -> None:
    model, ids = fitted().model, TOKENS[1]
    seen = np.eye(model.size, dtype=bool)[ids][None]
    start, between = model.log_start, model.log_transition
    paths = list(itertools.product(range(3), repeat=len(ids)))
    logs = np.array(
        [
            start[p[0]]
            + sum(between[pair] for pair in itertools.pairwise(p))
            + sum(model.log_emission[k, token] for k, token in zip(p, ids, strict=True))
            for p in paths
        ]
    )
    order = np.argsort(-logs, kind="stable")
    assert tuple(inference.decode(model, seen)[0]) == paths[order[0]]
    two = inference.decode(model, seen, k=2)[0]
    assert [tuple(p) for p in two.tolist()] == [paths[n] for n in order[:2]]
    fixed = np.array([[-1, 2, -1, -1, -1, -1]])
    best = next(paths[n] for n in order if paths[n][1] == 2)
    assert tuple(inference.decode(model, seen, fixed=fixed)[0]) == best


def test_what_has_no_states_is_refused() -> None:
    with pytest.raises(Refusal, match="keeps no text"):
        sa.states(fitted())
    with pytest.raises(Refusal, match="holds no token"):
        sa.states(fitted(), "")
    bigrams = sa.fit(models.NGram(2), TOKENS)
    with pytest.raises(Refusal, match="what was fitted is NGram"):
        sa.states(bigrams, TEXTS)
    with pytest.raises(Refusal, match="one entry for each of 2 steps"):
        sa.states(fitted(), "d u", fixed=np.array([1]))
