"""Expectation maximisation on minibatches of sequences (Cappé & Moulines 2009)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ... import ops
from ...native import Source, Totals, moved
from ._baum_welch import BaumWelch, Hidden, Iteration, Observed, Rules, refuse_impossible


class Expected(NamedTuple):
    """Running means of the expected statistics of the hidden states, scaled to all data:
    transitions, initial states, and either the weight of each state at every observation or, for a
    kernel source, sums over the observations around `reference`. Adding a minibatch multiplies such
    sums by a factor; weights would need a pass over all observations."""

    steps: Float[np.ndarray, "state state"]
    first: Float[np.ndarray, " state"]
    weighed: Float[np.ndarray, "row state"]
    reference: Float[np.ndarray, "channel state"]


def nothing_expected(blank: Hidden, observed: Observed) -> Expected:
    """Return the statistics before the first minibatch."""
    source, states = observed.source(blank.emission), len(blank.chain.start)
    rows = int(observed.offsets[-1]) if source is None else len(source.parameters)
    reference = np.zeros((0, states)) if source is None else source.reference
    steps, first = np.zeros((states, states)), np.zeros(states)
    return Expected(steps, first, np.zeros((rows, states)), reference)


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
    """Do one pass over all sequences, `batch` at a time in random order, after `before` passes; the
    model is updated after every minibatch.

    After minibatch t = 1, 2, … of all passes the running mean is (1 − γ)·old + γ·new with step size
    γ = t^(−power).
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
        rate = float(before * rounds + number + 1) ** -recipe.power
        share = rate * total / len(rows)
        source, weighed = observed.source(hidden.emission, rows), (1 - rate) * kept.weighed
        if source is None:
            full = _in_full(hidden, observed, rows, ends, most)
            weighed[rows] += share * full.posterior
            emission = observed.learned(hidden.emission, weighed)
            steps, first, gained = full.steps, full.first, float(full.log_likelihood.sum())
        else:
            sums = _totals(source, hidden, observed, rows, ends, most)
            weighed += share * moved(sums.emitted, source.reference - kept.reference)
            emitted = moved(weighed, kept.reference - source.reference)
            emission = observed.learned_from(hidden.emission, sums._replace(emitted=emitted))
            steps, first, gained = sums.steps, sums.first, sums.log_likelihood
        logs += gained
        steps = (1 - rate) * kept.steps + share * steps
        first = (1 - rate) * kept.first + rate * sequences / len(chosen) * first
        kept = kept._replace(steps=steps, first=first, weighed=weighed)
        hidden = Hidden(rules.learned(hidden.chain, steps, first), emission)
    return Iteration(hidden, logs / total), kept


def _in_full(
    hidden: Hidden,
    observed: Observed,
    rows: Int[np.ndarray, " row"],
    ends: Int[np.ndarray, " end"],
    most: int,
) -> ops.Expected:
    """The state probabilities at these rows; padded to `most` rows, so that few shapes are
    compiled."""
    padded = np.concatenate([rows, np.zeros(most - len(rows), rows.dtype)])
    scores = observed.scores(hidden.emission, padded)[: len(rows)]
    found = ops.expected_states(scores, ends, hidden.chain)
    refuse_impossible(found.log_likelihood, observed, rows)
    return found


def _totals(
    source: Source,
    hidden: Hidden,
    observed: Observed,
    rows: Int[np.ndarray, " row"],
    ends: Int[np.ndarray, " end"],
    most: int,
) -> Totals:
    """Sums over these rows: by the kernels, or from state probabilities if they cannot compute
    them."""
    totals = ops.expected_totals(source, ends, hidden.chain)
    if totals is not None:
        return totals
    found = _in_full(hidden, observed, rows, ends, most)
    emitted = source.weighed(found.posterior)
    return Totals(emitted, found.steps, found.first, float(found.log_likelihood.sum()))


def _rows(
    offsets: Int[np.ndarray, " boundary"], chosen: Int[np.ndarray, " sequence"]
) -> tuple[Int[np.ndarray, " row"], Int[np.ndarray, " end"]]:
    """The observations of some sequences, and where each sequence begins among them."""
    lengths = np.diff(offsets)[chosen]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(ends[-1]) + np.repeat(offsets[chosen] - ends[:-1], lengths), ends
