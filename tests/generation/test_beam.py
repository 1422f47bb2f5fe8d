"""Beam search beside all continuations, one by one: what a penalty on length makes of those that
have ended."""

import itertools

import numpy as np
import pytest

from stepahead._types import END
from stepahead.generation import beam_search

SIZE, LONGEST = 3, 4
TABLE = np.log(np.random.default_rng(5).dirichlet(np.ones(SIZE), size=(2, SIZE)))
"""For each of two sequences, the log probabilities of a token after each."""
START = np.array([0, 1])


def step(state, token):
    return state, TABLE[state, token]


def by_hand(
    sequence: int, limit: int, penalty: float
) -> dict[tuple[int, ...], tuple[float, float]]:
    """Every continuation, END from where it ended, with its log probability and its rank."""
    found = {}
    for tokens in itertools.product(range(SIZE), repeat=limit):
        ended = tokens.index(END) + 1 if END in tokens else limit
        if all(token == END for token in tokens[ended:]):
            before = (START[sequence], *tokens)
            total = sum(TABLE[sequence, before[place], tokens[place]] for place in range(ended))
            found[(*tokens, *(END,) * (LONGEST - limit))] = (
                total,
                total / ((5 + ended) / 6) ** penalty,
            )
    return found


@pytest.mark.parametrize("penalty", [0.0, 0.7, 3.0, -1.0])
@pytest.mark.parametrize("limits", [(LONGEST, LONGEST), (2, LONGEST)])
def test_with_a_beam_for_every_prefix_all_are_ranked_as_the_formula_says(
    penalty: float, limits: tuple[int, int]
) -> None:
    found = beam_search(
        step,
        np.arange(2),
        TABLE[np.arange(2), START],
        SIZE**LONGEST,
        np.array(limits),
        penalty=penalty,
    )
    for sequence, limit in enumerate(limits):
        wanted = by_hand(sequence, limit, penalty)
        possible = np.isfinite(found.log_probs[sequence])
        told = [tuple(tokens) for tokens in found.tokens[sequence][possible].tolist()]
        assert sorted(told) == sorted(wanted)
        np.testing.assert_allclose(
            found.log_probs[sequence][possible], [wanted[tokens][0] for tokens in told], rtol=1e-12
        )
        assert (np.diff([wanted[tokens][1] for tokens in told]) <= 1e-12).all()
