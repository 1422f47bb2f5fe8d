"""Minibatch expectation maximisation: hidden Markov models learned from some sequences at a time
(Cappé & Moulines 2009)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ...ops import expected_states
from ._baum_welch import BaumWelch, Hidden, Iteration, Observed, Rules, refuse_impossible


class Expected(NamedTuple):
    """Running means of what was expected of the hidden states, in the size of all data: the weight
    of each state at every observation, steps, and first states."""

    posterior: Float[np.ndarray, "total state"]
    steps: Float[np.ndarray, "state state"]
    first: Float[np.ndarray, " state"]


def nothing_expected(total: int, states: int) -> Expected:
    """Before the first minibatch."""
    return Expected(np.zeros((total, states)), np.zeros((states, states)), np.zeros(states))


def one_pass(
    hidden: Hidden,
    kept: Expected,
    observed: Observed,
    rules: Rules,
    recipe: BaumWelch,
    *,
    before: int,
    draws: np.random.Generator,
) -> tuple[Iteration, Expected]:
    """Go through all sequences once, `batch` at a time in an order that is drawn, after `before`
    passes; the model is learned anew after every minibatch.

    After minibatch t = 1, 2, … of all passes the running mean is (1 − γ)·old + γ·new with the step
    size γ = t^(−power).
    """
    sequences = len(observed.offsets) - 1
    assert recipe.batch is not None
    rounds, total = -(-sequences // recipe.batch), int(observed.offsets[-1])
    order, logs = draws.permutation(sequences), 0.0
    most = int(np.sort(np.diff(observed.offsets))[-recipe.batch :].sum())
    for number in range(rounds):
        chosen = np.sort(order[number * recipe.batch : (number + 1) * recipe.batch])
        rows, ends = _rows(observed.offsets, chosen)
        if not len(rows):
            continue
        padded = np.concatenate([rows, np.zeros(most - len(rows), rows.dtype)])
        scores = observed.scores(hidden.emission, padded)[: len(rows)]
        found = expected_states(scores, ends, hidden.chain)
        refuse_impossible(found.log_likelihood, observed, rows)
        logs += float(found.log_likelihood.sum())
        rate = float(before * rounds + number + 1) ** -recipe.power
        whole = total / len(rows)
        posterior = kept.posterior * (1 - rate)
        posterior[rows] += rate * whole * found.posterior
        kept = Expected(
            posterior,
            (1 - rate) * kept.steps + rate * whole * found.steps,
            (1 - rate) * kept.first + rate * sequences / len(chosen) * found.first,
        )
        chain = rules.learned(hidden.chain, kept.steps, kept.first)
        hidden = Hidden(chain, observed.learned(hidden.emission, kept.posterior))
    return Iteration(hidden, logs / total), kept


def _rows(
    offsets: Int[np.ndarray, " boundary"], chosen: Int[np.ndarray, " sequence"]
) -> tuple[Int[np.ndarray, " row"], Int[np.ndarray, " end"]]:
    """The observations of some sequences, and where each begins among them."""
    lengths = np.diff(offsets)[chosen]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(ends[-1]) + np.repeat(offsets[chosen] - ends[:-1], lengths), ends
