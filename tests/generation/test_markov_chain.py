"""Exact answers of n-gram models as Markov chains, against sums and maxima over all
sequences."""

import numpy as np
import pytest

from stepahead import Refusal, training
from stepahead.data import END, Tokens
from stepahead.generation import (
    best_sequences,
    infill,
    markov_chain,
    search_gaps,
    token_distribution,
)
from stepahead.models import (
    AddK,
    Contexts,
    KneserNey,
    MaximumLikelihood,
    NGram,
    NGramModel,
    WittenBell,
)
from stepahead.store import load_arpa

TOKENS = Tokens.from_texts(
    ["a b a c a b b", "b a a", "c", "a b a c c b a", "b b c a b", "c a b a b a", "a c c c b"]
)
ORDERS = [(KneserNey(), 1), (KneserNey(), 2), (KneserNey(), 4), (WittenBell(), 3), (AddK(0.5), 3)]
ORDERS += [(MaximumLikelihood(), 2), (MaximumLikelihood(), 4)]
MODELS = {
    f"{type(smoothing).__name__}-{n}": training.count(NGram(n, smoothing), TOKENS)
    for smoothing, n in ORDERS
}


@pytest.fixture(params=list(MODELS))
def model(request: pytest.FixtureRequest) -> NGramModel:
    return MODELS[request.param]


def probability(model: NGramModel, before: tuple[int, ...], tokens: tuple[int, ...]) -> float:
    """p(tokens | before), a row after the other."""
    found, given = 1.0, list(before)
    for token in tokens:
        found *= np.exp(model.next_log_probs([np.array(given, np.int64)])[0, token])
        given.append(token)
    return found


def all_sequences(
    model: NGramModel, before: tuple[int, ...], length: int
) -> dict[tuple[int, ...], float]:
    """The probability of every sequence of some length, by following all paths."""
    found = {(): 1.0}
    for _ in range(length):
        rows = np.exp(
            model.next_log_probs([np.array([*before, *path], np.int64) for path in found])
        )
        found = {
            (*path, w): p * row[w]
            for (path, p), row in zip(found.items(), rows, strict=True)
            for w in range(model.size)
        }
    return found


def test_tokens_ahead_are_sums_over_all_paths(model: NGramModel) -> None:
    for before in [(END,), (2, 3), (0,), ()]:
        found = token_distribution(model, before, 4)
        every = all_sequences(model, before, 4)
        expected = np.zeros((4, model.size))
        for path, p in every.items():
            expected[range(4), path] += p
        np.testing.assert_allclose(found, expected, atol=1e-12)
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-9)


def test_the_best_sequences_are_the_best_of_all(model: NGramModel) -> None:
    every = {
        path: p
        for path, p in all_sequences(model, (END,), 4).items()
        if END not in path and path[1] == 3
    }
    ended = {path: p * probability(model, (END, *path), (END,)) for path, p in every.items()}
    expected = sorted(ended.values(), reverse=True)[:7]
    if not expected[0]:
        with pytest.raises(Refusal, match="all have the probability 0"):
            best_sequences(model, 4, after=[END], fixed={1: 3})
        return
    found = best_sequences(model, 4, after=[END], count=7, fixed={1: 3})
    np.testing.assert_allclose(
        np.exp([one.log_prob for one in found]), [p for p in expected if p][: len(found)], rtol=1e-9
    )
    assert len({one.tokens for one in found}) == len(found) == min(7, sum(p > 0 for p in expected))
    for one in found:
        np.testing.assert_allclose(np.exp(one.log_prob), ended[one.tokens], rtol=1e-9)


def test_a_gap_is_filled_from_both_sides(model: NGramModel) -> None:
    before, after = (END, 2), (3, END)
    joint = {
        path: p * probability(model, (*before, *path), after)
        for path, p in all_sequences(model, before, 3).items()
    }
    joint = {path: p for path, p in joint.items() if END not in path and 4 not in path}
    if not any(joint.values()):
        with pytest.raises(Refusal, match="all have the probability 0"):
            infill(model, before, 3, after, forbidden=[END, 4])
        return
    posterior = np.zeros((3, model.size))
    for path, p in joint.items():
        posterior[range(3), path] += p
    found = infill(model, before, 3, after, forbidden=[END, 4])
    np.testing.assert_allclose(found.posterior, posterior / sum(joint.values()), atol=1e-10)
    np.testing.assert_allclose(found.log_evidence, np.log(sum(joint.values())), rtol=1e-9)
    np.testing.assert_allclose(found.best.log_prob, np.log(max(joint.values())), rtol=1e-9)


def test_the_chain_of_contexts_is_the_model(model: NGramModel) -> None:
    chain = markov_chain(model)
    np.testing.assert_allclose(chain.matrix.sum(axis=1), 1, rtol=1e-9)
    rows = np.exp(model.next_log_probs([np.array(state, np.int64) for state in chain.states]))
    for row, probs in zip(chain.matrix.toarray(), rows, strict=True):
        np.testing.assert_allclose(
            np.bincount(chain.last, row, minlength=model.size), probs, atol=1e-12
        )
    steps = chain.state_distribution([END], 3)
    tokens = [np.bincount(chain.last, step, minlength=model.size) for step in steps]
    np.testing.assert_allclose(tokens, token_distribution(model, [END], 3), atol=1e-12)
    waits = chain.hitting_times(END)
    assert (waits[chain.last == END] == 0).all() and np.isfinite(waits).all()


def test_first_order_counts_are_the_same_chain_from_either_end() -> None:
    forward = markov_chain(training.count(NGram(2, MaximumLikelihood()), TOKENS))
    backward = markov_chain(training.count(NGram(2, MaximumLikelihood()), TOKENS.reversed()))
    assert forward.states == backward.states
    np.testing.assert_allclose(forward.reversed().toarray(), backward.matrix.toarray(), atol=1e-12)
    counts = np.bincount(TOKENS.with_ends().ids)[list(forward.last)]
    np.testing.assert_allclose(forward.stationary(), counts / counts.sum(), rtol=1e-9)


def test_files_that_leave_out_shorter_n_grams_are_chains_too(tmp_path: object) -> None:
    text = (
        "\\data\\\nngram 1=4\nngram 2=3\nngram 3=1\n\n\\1-grams:\n-1 <s> -0.5\n-0.5229"
        " </s>\n-0.3010 b -0.2\n-0.6990 <unk> -0.1\n\n"
    )
    text += (
        "\\2-grams:\n-0.1 <s> b -0.3\n-0.4 b b -0.15\n-0.5 <unk> b -0.2\n\n\\3-grams:\n-0.2 <unk> b"
        " </s>\n\n\\end\\\n"
    )
    path = tmp_path / "pruned.arpa"  # type: ignore[operator]
    path.write_text(text)
    model, _ = load_arpa(path)
    contexts = Contexts.of(model)
    for context in [(1,), (0, 2), (2, 2), (2, 0), (1, 2)]:
        probs, _ = contexts.row(contexts.after(model, np.array(context)))
        np.testing.assert_allclose(
            np.log(probs), model.next_log_probs([np.array(context)])[0], rtol=1e-9
        )
    every = all_sequences(model, (END,), 3)
    expected = np.bincount([path[2] for path in every], list(every.values()))
    np.testing.assert_allclose(token_distribution(model, [END], 3)[2], expected, atol=1e-12)


def test_what_is_too_large_or_impossible_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model, exact = MODELS["KneserNey-4"], MODELS["MaximumLikelihood-2"]
    with pytest.raises(Refusal, match="all have the probability 0"):
        best_sequences(exact, 2, fixed={0: 0})
    with pytest.raises(Refusal, match="all have the probability 0"):
        infill(exact, (END,), 1, (0,))
    with pytest.raises(Refusal, match="names place 5"):
        best_sequences(model, 2, fixed={5: 2})
    with pytest.raises(Refusal, match=r"names place 2, .* 0 … 1"):
        best_sequences(model, 2, fixed={2: 2}, after=[END])
    with pytest.raises(Refusal, match="No state of this chain ends with token -1"):
        markov_chain(model).hitting_times(-1)
    with pytest.raises(Refusal, match="There is no token 77"):
        best_sequences(model, 2, after=[77])
    with pytest.raises(Refusal, match=r"has none \(77,\)"):
        markov_chain(model).index([77])
    monkeypatch.setattr("stepahead.inference.tokens._markov_chain.MOST_STATES", 3)
    with pytest.raises(
        Refusal, match=r"would have \d+ states \(contexts of up to 3 of 5 tokens\), more than 3"
    ):
        markov_chain(model)
    monkeypatch.setattr("stepahead.inference.tokens._best_sequences.MOST_VALUES", 3)
    with pytest.raises(Refusal, match=r"would keep 2 × \d+ numbers"):
        best_sequences(model, 2)
    monkeypatch.undo()
    monkeypatch.setattr("stepahead.inference.tokens._best_sequences.MOST_LOOKED_AT", 1)
    with pytest.raises(Refusal, match="After 1 beginnings"):
        best_sequences(model, 4)


def test_a_search_through_gaps_is_the_posterior_where_it_keeps_all(model: NGramModel) -> None:
    a, b, c = TOKENS.vocabulary.encode("a b c").tolist()
    found = search_gaps(model, [c, None, b, None, b, a], width=1000, forbidden=(END,))
    exact = infill(model, (END, c), 3, (b, a, END), fixed={1: b})
    np.testing.assert_allclose(found.shares, exact.posterior[[0, 2]], atol=1e-12)
    assert found.best == (exact.best.tokens[0], exact.best.tokens[2])


def test_a_narrow_search_keeps_the_most_probable_beginnings() -> None:
    a, b, c = TOKENS.vocabulary.encode("a b c").tolist()
    found = search_gaps(MODELS["AddK-3"], [c, None, b, None, b, a], width=1)
    assert sorted(found.shares.max(axis=1)) == [1, 1] and found.best == (a, a)


def test_a_text_without_a_gap_or_without_a_way_is_refused() -> None:
    a, b = TOKENS.vocabulary.encode("a b").tolist()
    with pytest.raises(Refusal, match="no gap"):
        search_gaps(MODELS["AddK-3"], [a, b])
    with pytest.raises(Refusal, match="No sequence fits"):
        search_gaps(MODELS["MaximumLikelihood-4"], [a, a, a, None, a, a, a])
