"""n-gram models: equal to formulas written out as loops, whole distributions, and steps that equal
the whole."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from stepahead import Refusal, models, training
from stepahead._types import TokenStep
from stepahead.data import END, Characters, Tokens
from stepahead.models import AddK, KneserNey, MaximumLikelihood, NGram, WittenBell
from stepahead.readers import read_text

TEXTS = [
    "a b a c a b b",
    "b a a",
    "c",
    "a b a c c b a",
    "b b d a b",
    "a b",
    "c a b a b a d",
    "e a b",
    "a e f b",
    "c a f",
]
TOKENS = Tokens.from_texts(TEXTS)
SIZE = len(TOKENS.vocabulary)
SMOOTHINGS = [KneserNey(), WittenBell(), AddK(0.3), MaximumLikelihood()]
Grams = list[Counter[tuple[int, ...]]]


def grams(tokens: Tokens, order: int) -> Grams:
    """The count of every n-gram, by a loop."""
    found: Grams = [Counter() for _ in range(order + 1)]
    for ids in tokens.with_ends():
        line = [END, *ids.tolist()]
        for end in range(2, len(line) + 1):
            for n in range(1, min(order, end) + 1):
                if n < end or n > 1:
                    found[n][tuple(line[end - n : end])] += 1
    return found


def followers(counts: Counter[tuple[int, ...]], context: tuple[int, ...]) -> dict[int, int]:
    return {gram[-1]: count for gram, count in counts.items() if gram[:-1] == context}


def by_kneser_ney(found: Grams, order: int) -> Callable[[tuple[int, ...], int], float]:
    """Chen & Goodman's formula, word by word."""
    adjusted: Grams = [Counter() for _ in range(order + 1)]
    for n in range(1, order + 1):
        for gram, count in found[n].items():
            raw = n == order or (n > 1 and gram[0] == END)
            adjusted[n][gram] = count if raw else sum(longer[1:] == gram for longer in found[n + 1])
    discounts = []
    for n in range(1, order + 1):
        r = Counter(adjusted[n].values())
        fits = all(r[k] for k in (1, 2, 3, 4))
        y = r[1] / (r[1] + 2 * r[2]) if fits else 0
        formula = [k - (k + 1) * y * r[k + 1] / r[k] for k in (1, 2, 3)] if fits else [-1.0]
        discounts.append(
            formula if all(0 < d <= k for k, d in enumerate(formula, 1)) else [0.5, 1.0, 1.5]
        )

    def prob(context: tuple[int, ...], word: int) -> float:
        n = len(context) + 1
        after = followers(adjusted[n], context)
        lower = prob(context[1:], word) if context else 1 / SIZE
        if not after:
            return lower
        take = {w: discounts[n - 1][min(c, 3) - 1] for w, c in after.items()}
        total = sum(after.values())
        return (after.get(word, 0) - take.get(word, 0.0)) / total + sum(
            take.values()
        ) / total * lower

    return prob


def by_witten_bell(found: Grams, order: int) -> Callable[[tuple[int, ...], int], float]:
    def prob(context: tuple[int, ...], word: int) -> float:
        after = followers(found[len(context) + 1], context)
        lower = prob(context[1:], word) if context else 1 / SIZE
        return (
            (after.get(word, 0) + len(after) * lower) / (sum(after.values()) + len(after))
            if after
            else lower
        )

    return prob


def by_add_k(found: Grams, order: int) -> Callable[[tuple[int, ...], int], float]:
    def prob(context: tuple[int, ...], word: int) -> float:
        counted = len(context) == order - 1 or (len(context) > 0 and context[0] == END)
        after = followers(found[len(context) + 1], context) if counted else {}
        return (after.get(word, 0) + 0.3) / (sum(after.values()) + 0.3 * SIZE)

    return prob


def by_maximum_likelihood(found: Grams, order: int) -> Callable[[tuple[int, ...], int], float]:
    def prob(context: tuple[int, ...], word: int) -> float:
        after = followers(found[len(context) + 1], context)
        return after.get(word, 0) / sum(after.values()) if after else prob(context[1:], word)

    return prob


BY_HAND = [by_kneser_ney, by_witten_bell, by_add_k, by_maximum_likelihood]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("smoothing", "by_hand"),
    list(zip(SMOOTHINGS, BY_HAND, strict=True)),
    ids=lambda value: type(value).__name__,
)
def test_every_probability_is_the_formula_written_out(
    smoothing: models.Smoothing, by_hand: Callable[..., object], order: int
) -> None:
    model = training.count(NGram(order, smoothing), TOKENS)
    prob = by_hand(grams(TOKENS, order), order)
    contexts = [(), (END,), (2,), (3, 2), (END, 2), (0, 2), (2, 0), (7, 7), (END, 7)]
    contexts = [context for context in contexts if len(context) < order]
    rows = np.exp(model.next_log_probs([np.array(context, np.int64) for context in contexts]))
    expected = [[prob(context, word) for word in range(SIZE)] for context in contexts]  # type: ignore[operator]
    np.testing.assert_allclose(rows, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("smoothing", SMOOTHINGS, ids=lambda value: type(value).__name__)
def test_step_by_step_equals_the_whole(smoothing: models.Smoothing) -> None:
    model = training.count(NGram(3, smoothing), TOKENS)
    other = Tokens.from_texts(
        ["a b a f", "d q b c c", "b"], vocabulary=TOKENS.vocabulary
    ).with_ends()
    whole = model.log_probs(other.ids, other.offsets)
    stepped = []
    for ids in other:
        state, row = model.start(1)
        for token in ids:
            stepped.append(row[0, token])
            state, row = model.step(state, np.array([token]))
    np.testing.assert_allclose(whole, stepped, rtol=1e-12)
    assert isinstance(model, TokenStep)


def test_what_cannot_be_is_impossible_by_maximum_likelihood_and_finite_when_smoothed() -> None:
    unknown = Tokens.from_texts(["a zebra b"], vocabulary=TOKENS.vocabulary).with_ends()
    for smoothing in SMOOTHINGS:
        found = training.count(NGram(3, smoothing), TOKENS).log_probs(unknown.ids, unknown.offsets)
        assert (found[1] == -np.inf) == isinstance(smoothing, MaximumLikelihood)
        assert np.isfinite(found[[0, 2, 3]]).all()


def test_characters_fall_back_to_fixed_discounts_and_say_so_once() -> None:
    notes: list[str] = []
    tokens = Tokens.from_texts(["aaaa bbbb" * 9] * 9, Characters())
    model = training.count(NGram(2), tokens, on_note=notes.append)
    assert (
        len(notes) == 1 and "½, 1 and 1½ are used" in notes[0] and notes[0].endswith("(n = 1, 2).")
    )
    assert np.isfinite(model.next_log_probs([np.array([0])])).all()


def test_training_text_and_other_text_are_cut_alike() -> None:
    line = "a <unk>b"
    train = Tokens.from_texts([line], Characters())
    assert (
        train.ids.tolist()
        == Tokens.from_texts([line], vocabulary=train.vocabulary).ids.tolist()
        == [2, 3, 0, 4]
    )


def test_one_word_and_orders_longer_than_the_text() -> None:
    model = training.count(NGram(6), Tokens.from_texts(["a"]))
    rows = model.next_log_probs([np.array([END]), np.array([2, 2, 2, 2, 2, 2, 2])])
    np.testing.assert_allclose(np.exp(rows).sum(axis=1), 1, rtol=1e-12)
    assert model.order == 6 and rows[0].argmax() == 2


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: NGram(0), "`order` must be a whole number of at least 1"),
        (lambda: AddK(0.0), "`k` must be above 0"),
        (
            lambda: training.count(NGram(2), TOKENS).next_log_probs([np.array([99])]),
            "There is no token 99; the vocabulary has 8",
        ),
    ],
)
def test_bad_input_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        make()


def test_bigrams_of_ptb_reach_the_perplexity(data_folder: object) -> None:
    folder = data_folder / "text" / "ptb"  # type: ignore[operator]
    train = read_text(folder / "ptb.train.txt.gz")
    test = read_text(folder / "ptb.test.txt.gz", vocabulary=train.vocabulary).with_ends()
    model = training.count(NGram(2), train)
    assert abs(np.exp(-model.log_probs(test.ids, test.offsets).mean()) - 185.70) < 0.3
