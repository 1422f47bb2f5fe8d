"""Explicit durations: a sum over all ways to cut a series into stays, counts by hand, and what is
put in comes out."""

from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, models
from stepahead.imputation import HiddenMarkov
from stepahead.models.latent import Elapsed, between_states
from stepahead.ops import LogChain, expected_states
from stepahead.training import BaumWelch, Rules

STATES, COPIES, STEPS = 3, 3, 6
OUT = np.array([[0.0, 0.7, 0.3], [1.0, 0.0, 0.0], [0.4, 0.6, 0.0]])
LEAVE = np.array([[0.1, 0.5, 0.4], [0.0, 0.2, 0.9], [0.6, 0.3, 0.25]])
START = np.array([0.2, 0.5, 0.3])


def chain() -> LogChain:
    """The expanded chain of these probabilities."""
    matrix, start = np.zeros((9, 9)), np.zeros(9)
    start[::COPIES] = START
    for k in range(STATES):
        for c in range(COPIES):
            matrix[3 * k + c, 3 * k + min(c + 1, 2)] = 1 - LEAVE[k, c]
            matrix[3 * k + c, ::COPIES] += LEAVE[k, c] * OUT[k]
    with np.errstate(divide="ignore"):
        return LogChain(np.log(start), np.log(matrix))


def lasts(k: int, steps: int, *, ended: bool) -> float:
    """p(a stay lasts so many steps), or at least so many."""
    leave = [LEAVE[k, min(c, COPIES - 1)] for c in range(steps)]
    stay = np.prod([1 - p for p in leave[:-1]])
    return float(stay * leave[-1] if ended else stay)


def cut(likelihood: np.ndarray, state: int) -> float:
    """The sum over all ways to go on from the beginning of a stay in this state."""
    total = np.prod(likelihood[:, state]) * lasts(state, len(likelihood), ended=False)
    for steps in range(1, len(likelihood)):
        here = np.prod(likelihood[:steps, state]) * lasts(state, steps, ended=True)
        total += here * sum(OUT[state, j] * cut(likelihood[steps:], j) for j in range(STATES))
    return float(total)


def test_the_likelihood_is_the_sum_over_all_stays() -> None:
    likelihood = np.random.default_rng(0).uniform(0.1, 2, (STEPS, STATES))
    wanted = sum(START[k] * cut(likelihood, k) for k in range(STATES))
    scores = np.repeat(np.log(likelihood), COPIES, axis=1)
    found = expected_states(scores, np.array([0, STEPS]), chain())
    np.testing.assert_allclose(found.log_likelihood.sum(), np.log(wanted), rtol=1e-12)


def test_mean_durations_are_those_of_the_sum() -> None:
    matrix = between_states(np.exp(chain().transition), COPIES)
    for k in range(STATES):
        mean = sum(n * lasts(k, n, ended=True) for n in range(1, 400))
        np.testing.assert_allclose(1 / (1 - matrix[k, k]), mean, rtol=1e-12)
        away = np.delete(matrix[k], k) / (1 - matrix[k, k])
        np.testing.assert_allclose(away, np.delete(OUT[k], k), atol=1e-12)


def test_what_is_learned_of_known_stays_are_their_shares() -> None:
    stays = [(0, 2), (1, 1), (0, 4), (2, 3), (0, 2), (1, 5), (2, 1), (0, 3)]
    path = np.concatenate([[3 * k + min(c, 2) for c in range(n)] for k, n in stays])
    counts = np.zeros((9, 9))
    np.add.at(counts, (path[:-1], path[1:]), 1)
    rules = Rules(Elapsed(models.Full(), COPIES), 9, 0.0)
    matrix = np.exp(rules.learned(chain(), counts, np.eye(9)[0]).transition)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    # state 0: left after 2, 4 and 2 steps (3 still lasts), for 1 two times of three, for 2 once
    np.testing.assert_allclose(matrix[0, [1, 3, 6]], [1, 0, 0])
    np.testing.assert_allclose(matrix[1, [2, 3, 6]], [1 / 2, 1 / 2 * 2 / 3, 1 / 2 * 1 / 3])
    np.testing.assert_allclose(matrix[2, [2, 3, 6]], [1 / 2, 1 / 2 * 2 / 3, 1 / 2 * 1 / 3])


def stays() -> tuple[np.ndarray, np.ndarray]:
    """State 0 lasts six steps, state 1 two to four; unit noise, 2.5 apart."""
    draws = np.random.default_rng(0)
    states: list[int] = []
    while len(states) < 300:
        states += [0] * 6 + [1] * int(draws.integers(2, 5))
    found = np.array(states[:300])
    return found, 2.5 * found + draws.normal(size=300)


def test_durations_are_learned_and_decoded_and_kept(tmp_path: Path) -> None:
    states, values = stays()
    panel, quick = sa.Panel.from_arrays([values]), BaumWelch(restarts=3, iterations=30)
    fitted = sa.fit(models.HMM(2, durations=8), panel, 3, key=0, training=quick)
    found = sa.states(fitted, k=3)
    assert (found.path == states + 1).mean() > 0.97
    assert len(np.unique(found.paths, axis=0)) == 3 and found.posterior.shape == (300, 2)
    np.testing.assert_allclose(found.summary()["steps"].to_numpy()[0], 6, rtol=0.02)
    matrix = np.exp(fitted.model.body.log_transition)
    np.testing.assert_allclose(matrix[5, 8], 1, atol=0.02)  # after six steps it is over
    plain = sa.fit(models.HMM(2), panel, 3, key=0, training=quick)
    gain = found.log_likelihood - sa.states(plain).log_likelihood
    assert gain[0] > fitted.spec.free(1) - plain.spec.free(1)  # AIC
    assert fitted.spec.free(1) == 1 + 2 * 8 + 4
    sa.save(fitted, tmp_path / "semi.stepahead")
    again = sa.load(tmp_path / "semi.stepahead")
    np.testing.assert_array_equal(again.predict().mean, fitted.predict().mean)
    fixed = np.where(np.arange(300) == 3, 2, 0)
    assert sa.states(fitted, fixed=fixed).path[3] == 2
    gap = np.where(np.arange(300) == 10, np.nan, values)
    imputer = HiddenMarkov(models.HMM(2, durations=3), BaumWelch(restarts=1, iterations=5))
    panel = sa.Panel.from_arrays([gap])
    filled = imputer.fitted(panel, key=0).fill(panel)
    assert np.isfinite(filled).all()


def test_states_of_a_group_share_their_row() -> None:
    _, values = stays()
    spec = models.HMM(3, transition=models.Shared(((0, 2),)))
    quick = BaumWelch(restarts=1, iterations=10)
    fitted = sa.fit(spec, sa.Panel.from_arrays([values]), 1, key=0, training=quick)
    matrix = np.exp(fitted.model.body.log_transition)
    np.testing.assert_array_equal(matrix[0], matrix[2])
    assert abs(matrix[0] - matrix[1]).max() > 1e-3
    assert spec.free(1) == 2 + 2 * 2 + 6


@pytest.mark.parametrize(
    ("spec", "match"),
    [
        (lambda: models.HMM(2, durations=0), "`durations`"),
        (lambda: models.HMM(1, durations=2), "two states or more"),
        (lambda: models.HMM(2, transition=models.Fixed(((0, 0, 0.5),)), durations=2), "fixed"),
        (lambda: models.HMM(2, transition=models.Shared(((0, 1),)), durations=2), "shared"),
        (lambda: models.HMM(2, transition=models.Shared(((0, 2),))), "from 0 to 1"),
        (lambda: models.HMM(2, transition=models.Shared(((0, 1), (1,)))), "two groups"),
        (
            lambda: sa.fit(
                models.HMM(2, durations=2), sa.data.Tokens.from_texts(["a b a b"]), key=0
            ),
            "these are tokens",
        ),
    ],
)
def test_durations_that_cannot_be_are_refused(spec, match: str) -> None:
    with pytest.raises(Refusal, match=match):
        spec()
