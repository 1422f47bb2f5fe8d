"""Chains of states against the sum over all paths, written out."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from stepahead.ops import (
    MAX,
    ChainScores,
    draw_path,
    expected_steps,
    log_marginals,
    log_partition,
    path_score,
    viterbi,
)

TAGS, LENGTHS = 3, (4, 1, 3, 0)
DRAWS = np.random.default_rng(0)
SCORES = jnp.asarray(DRAWS.normal(size=(len(LENGTHS), max(LENGTHS), TAGS)), jnp.float32)
CHAIN = ChainScores(
    *(jnp.asarray(DRAWS.normal(size=shape), jnp.float32) for shape in ((TAGS, TAGS), TAGS, TAGS))
)
HELD = np.asarray(SCORES)
BETWEEN, FIRST, LAST = map(np.asarray, CHAIN)


def total(row: int, path: tuple[int, ...]) -> float:
    """One path's score, term by term."""
    own = sum(HELD[row, step, tag] for step, tag in enumerate(path))
    return (
        own
        + sum(BETWEEN[pair] for pair in itertools.pairwise(path))
        + FIRST[path[0]]
        + LAST[path[-1]]
    )


def paths(length: int) -> list[tuple[int, ...]]:
    return list(itertools.product(range(TAGS), repeat=length))


def test_the_sum_the_best_path_and_the_marginals_are_those_over_all_paths() -> None:
    lengths = jnp.array(LENGTHS)

    def said(scores: jax.Array) -> tuple:
        logs, back = jax.vjp(lambda scores: log_partition(scores, CHAIN, lengths), scores)
        best, highest = viterbi(scores, CHAIN, lengths)
        return (
            logs,
            best,
            highest,
            back(jnp.ones_like(logs))[0],
            path_score(scores, CHAIN, lengths, best),
        )

    logs, best, highest, marginals, scored = map(np.asarray, jax.jit(said)(SCORES))
    for row, length in enumerate(LENGTHS[:-1]):
        every = paths(length)
        weights = np.exp([total(row, path) for path in every])
        np.testing.assert_allclose(logs[row], np.log(weights.sum()), atol=1e-5)
        winner = every[int(np.argmax(weights))]
        assert tuple(best[row, :length]) == winner
        np.testing.assert_allclose(highest[row], total(row, winner), atol=1e-5)
        np.testing.assert_allclose(scored[row], total(row, winner), atol=1e-5)
        share = [
            [weights[[path[step] == tag for path in every]].sum() for tag in range(TAGS)]
            for step in range(length)
        ]
        np.testing.assert_allclose(
            marginals[row, :length], np.array(share) / weights.sum(), atol=1e-5
        )
        assert not marginals[row, length:].any()
    assert logs[-1] == highest[-1] == scored[-1] == 0


FORBIDDEN = ChainScores(CHAIN.between.at[0, 1].set(-jnp.inf), CHAIN.first, CHAIN.last)


def test_shares_and_steps_are_those_of_all_paths_where_some_are_forbidden() -> None:
    lengths = jnp.array(LENGTHS)
    shares = np.exp(log_marginals(SCORES, FORBIDDEN, lengths))
    steps = np.asarray(expected_steps(SCORES, FORBIDDEN, lengths))
    highest = np.asarray(log_partition(SCORES, FORBIDDEN, lengths, MAX))
    wanted = np.zeros((TAGS, TAGS))
    for row, length in enumerate(LENGTHS[:-1]):
        every = [p for p in paths(length) if (0, 1) not in itertools.pairwise(p)]
        weights = np.exp([total(row, path) for path in every])
        weights /= weights.sum()
        np.testing.assert_allclose(highest[row], max(total(row, path) for path in every), atol=1e-5)
        for path, weight in zip(every, weights, strict=True):
            for pair in itertools.pairwise(path):
                wanted[pair] += weight
        for step in range(length):
            share = [weights[[p[step] == tag for p in every]].sum() for tag in range(TAGS)]
            np.testing.assert_allclose(shares[row, step], share, atol=1e-5)
    np.testing.assert_allclose(steps, wanted, atol=1e-5)


def test_paths_are_drawn_as_often_as_they_weigh() -> None:
    count = 4000
    scores, lengths = jnp.repeat(SCORES[2:3], count, axis=0), jnp.full(count, LENGTHS[2])
    drawn = np.asarray(draw_path(scores, FORBIDDEN, lengths, jax.random.key(0)))
    every = [p for p in paths(LENGTHS[2]) if (0, 1) not in itertools.pairwise(p)]
    weights = np.exp([total(2, path) for path in every])
    weights /= weights.sum()
    seen = np.array([(drawn[:, : LENGTHS[2]] == path).all(axis=1).mean() for path in every])
    assert abs(seen.sum() - 1) < 1e-9  # no other
    assert (abs(seen - weights) < 4 * np.sqrt(weights * (1 - weights) / count) + 1e-3).all()
    assert (drawn[:, LENGTHS[2] :] == drawn[:, LENGTHS[2] - 1 : LENGTHS[2]]).all()
