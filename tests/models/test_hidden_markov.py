"""Hidden Markov models against the sum over all paths, written out, for every question that can be
asked of them."""

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from stepahead import Refusal, inference, models, native
from stepahead.models import HMMBody, Observation
from stepahead.ops import (
    LogChain,
    best_states,
    drawn_states,
    expected_states,
    k_best_states,
    only_allowed,
)

STATES, STEPS = 3, 5
"""Three to the five are all paths there are."""


class Case(NamedTuple):
    spec: models.HMM
    body: HMMBody
    xs: np.ndarray
    observed: np.ndarray


def case(emission, channels: int = 1, transition=None) -> Case:
    """A model with drawn parameters in float64, and two sequences with gaps."""
    draws = np.random.default_rng(3)
    spec = models.HMM(STATES, emission, models.Full() if transition is None else transition)
    ahead = 1 if spec.lags else 2
    blank = spec.build(models.Channels(channels), spec.head(ahead), jax.random.key(0))
    leaves, tree = jax.tree.flatten(blank)
    moved = [np.asarray(leaf, np.float64) + draws.normal(0, 0.7, leaf.shape) for leaf in leaves]
    body = jax.tree.unflatten(tree, moved)
    if isinstance(emission, models.FullGaussian):
        root = draws.normal(size=(STATES, channels, channels))
        spread = root @ np.swapaxes(root, 1, 2) + np.eye(channels)
        body = HMMBody(
            body.log_start,
            body.log_transition,
            type(body.emission)(body.emission.mean, spread, False),
            ahead,
        )
    xs = draws.poisson(2.0, (2, STEPS, channels)).astype(float)
    observed = np.ones(xs.shape, bool)
    observed[0, 2], observed[1, 4, 0] = False, False
    return Case(spec, body, xs, observed)


EMISSIONS = {
    "normal": (models.Gaussian(), 2),
    "student": (models.StudentT(), 1),
    "poisson": (models.Poisson(), 1),
    "negative binomial": (models.NegativeBinomial(), 1),
    "mixture": (models.MixtureOf(), 1),
    "full": (models.FullGaussian(), 2),
    "autoregressive": (models.Autoregressive(2), 1),
    "each": ((models.Gaussian(), models.Poisson()), 2),
    "each with lags": ((models.Poisson(), models.Autoregressive(2)), 2),
}


def log_emission(body: HMMBody, case: Case, row: int, t: int, k: int) -> float:
    """log p(x_t | state) by scipy, channel by channel."""
    seen, x = case.observed[row, t], case.xs[row, t]
    emission = body.emission
    if isinstance(case.spec.emission, models.FullGaussian):
        if not seen.any():
            return 0.0
        part = np.ix_(seen, seen)
        return stats.multivariate_normal(
            emission.mean[k][seen], emission.covariance[k][part]
        ).logpdf(x[seen])
    total = 0.0
    for c in np.flatnonzero(seen):
        part, at, kind = emission, c, case.spec.emission
        if isinstance(kind, tuple):
            part, at, kind = emission.parts[c], 0, kind[c]
        p = np.asarray(part.parameters[k, at])
        scale = np.logaddexp(0, p[1]) + 1e-4 if len(p) > 1 else None
        if isinstance(kind, models.Gaussian):
            total += stats.norm(p[0], scale).logpdf(x[c])
        elif isinstance(kind, models.StudentT):
            total += stats.t(2 + np.logaddexp(0, p[2]), p[0], scale).logpdf(x[c])
        elif isinstance(kind, models.Poisson):
            total += stats.poisson(np.exp(p[0])).logpmf(x[c])
        elif isinstance(kind, models.NegativeBinomial):
            total += stats.nbinom(1 / scale, 1 / (1 + scale * np.exp(p[0]))).logpmf(x[c])
        elif isinstance(kind, models.MixtureOf):
            weights = np.exp(p[:2]) / np.exp(p[:2]).sum()
            parts = [stats.norm(m, np.logaddexp(0, s) + 1e-4) for m, s in (p[2:4], p[4:6])]
            total += np.log(sum(w * one.pdf(x[c]) for w, one in zip(weights, parts, strict=True)))
        else:
            before = [case.xs[row, max(t - 2, 0), c], case.xs[row, max(t - 1, 0), c]]
            line = p[0] + np.asarray(part.weight[k, at]) @ before
            total += stats.norm(line, scale).logpdf(x[c])
    return total


class Truth(NamedTuple):
    """Every path of one sequence with its log joint probability."""

    paths: list[tuple[int, ...]]
    joint: np.ndarray


def truth(case: Case, row: int, steps: int) -> Truth:
    start, between = np.asarray(case.body.log_start), np.asarray(case.body.log_transition)
    start = start - np.logaddexp.reduce(start)
    between = between - np.logaddexp.reduce(between, axis=1, keepdims=True)
    emitted = np.array(
        [[log_emission(case.body, case, row, t, k) for k in range(STATES)] for t in range(steps)]
    )
    paths = list(itertools.product(range(STATES), repeat=steps))
    joint = [
        start[p[0]]
        + sum(between[pair] for pair in itertools.pairwise(p))
        + sum(emitted[t, k] for t, k in enumerate(p))
        for p in paths
    ]
    return Truth(paths, np.array(joint))


@pytest.fixture(params=EMISSIONS, scope="module")
def known(request: pytest.FixtureRequest):
    emission, channels = EMISSIONS[request.param]
    with jax.enable_x64(True):
        made = case(emission, channels)
        xs = Observation(jnp.asarray(made.xs), jnp.asarray(made.observed))
        start = made.body.begin(xs.value[:, 0])
        seen = inference.filter(made.body, xs, start)
        smoothed = inference.smooth(made.body, xs, start)
        best = inference.decode(made.body, xs)
        yield made, jax.tree.map(np.asarray, (seen, smoothed, best))


def test_filter_smooth_and_decode_are_those_of_all_paths(known) -> None:
    made, (seen, smoothed, best) = known
    for row in range(2):
        for t in range(STEPS):
            all_ = truth(made, row, t + 1)
            share = np.exp(all_.joint - np.logaddexp.reduce(all_.joint))
            for k in range(STATES):
                here = share[[p[t] == k for p in all_.paths]].sum()
                np.testing.assert_allclose(np.exp(seen.after.log_probs[row, t, k]), here, atol=1e-9)
            np.testing.assert_allclose(
                seen.log_likelihood[row, : t + 1].sum(),
                np.logaddexp.reduce(all_.joint),
                rtol=1e-9,
            )
        share = np.exp(all_.joint - np.logaddexp.reduce(all_.joint))
        for t, k in itertools.product(range(STEPS), range(STATES)):
            here = share[[p[t] == k for p in all_.paths]].sum()
            np.testing.assert_allclose(
                np.exp(smoothed.belief.log_probs[row, t, k]), here, atol=1e-9
            )
        assert tuple(best[row]) == all_.paths[int(all_.joint.argmax())]


def test_what_comes_next_is_the_mixture_over_all_paths() -> None:
    with jax.enable_x64(True):
        made = case(models.Gaussian(), 1)
        body, xs = made.body, Observation(jnp.asarray(made.xs), jnp.asarray(made.observed))
        out, state = body.unroll(body.prior(2), xs, lengths=None, at=None, key=None)
        head = made.spec.head(2)
        means, later = head.mean(out), head.quantiles(np.asarray(out), (0.1, 0.9))
        steps = np.asarray(
            inference.propagate(body, state._replace(log_probs=state.log_probs), 2).log_probs
        )
    all_ = truth(made, 0, STEPS)
    share = np.exp(all_.joint - np.logaddexp.reduce(all_.joint))
    now = np.array([share[[p[-1] == k for p in all_.paths]].sum() for k in range(STATES)])
    matrix = np.exp(body.log_transition)
    matrix /= matrix.sum(axis=1, keepdims=True)
    parts = np.asarray(body.emission.parameters)[:, 0]
    scale = np.logaddexp(0, parts[:, 1]) + 1e-4
    for ahead in (1, 2):
        weights = now @ np.linalg.matrix_power(matrix, ahead)
        np.testing.assert_allclose(means[0, -1, ahead - 1, 0], weights @ parts[:, 0], rtol=1e-9)
        ends = np.asarray(later[0, -1, ahead - 1, 0])
        np.testing.assert_allclose(
            weights @ stats.norm.cdf(ends, parts[:, :1], scale[:, None]), [0.1, 0.9], atol=1e-9
        )
    np.testing.assert_allclose(
        np.exp(steps[0, 1]), now @ np.linalg.matrix_power(matrix, 3), atol=1e-9
    )


CHAIN = LogChain(
    np.log([0.5, 0.3, 0.2]),
    np.log(np.maximum([[0.6, 0.4, 0.0], [0.1, 0.7, 0.2], [0.3, 0.3, 0.4]], 1e-323)),
)
OFFSETS = np.array([0, 5, 5, 6, 9])


@pytest.mark.parametrize("compiled", [True, False])
def test_flat_sequences_of_any_length_equal_the_sum_over_all_paths(compiled: bool) -> None:
    if compiled and not native.available():
        pytest.skip("no compiled kernels here")
    chain = CHAIN._replace(transition=np.where(CHAIN.transition < -700, -np.inf, CHAIN.transition))
    scores = np.random.default_rng(0).normal(0, 2, (9, 3))
    scores[3] = 0
    found = expected_states(scores, OFFSETS, chain, compiled=compiled)
    path, highest = best_states(scores, OFFSETS, chain, compiled=compiled)
    steps, first, total = np.zeros((3, 3)), np.zeros(3), []
    for number, (begin, end) in enumerate(itertools.pairwise(OFFSETS)):
        if begin == end:
            continue
        paths = list(itertools.product(range(3), repeat=end - begin))
        joint = np.array(
            [
                chain.start[p[0]]
                + sum(chain.transition[pair] for pair in itertools.pairwise(p))
                + sum(scores[begin + t, k] for t, k in enumerate(p))
                for p in paths
            ]
        )
        share = np.exp(joint - np.logaddexp.reduce(joint))
        total.append(np.logaddexp.reduce(joint))
        for p, weight in zip(paths, share, strict=True):
            first[p[0]] += weight
            for pair in itertools.pairwise(p):
                steps[pair] += weight
        for t, k in itertools.product(range(end - begin), range(3)):
            here = share[[p[t] == k for p in paths]].sum()
            np.testing.assert_allclose(found.posterior[begin + t, k], here, atol=1e-12)
        assert tuple(path[begin:end]) == paths[int(joint.argmax())]
        np.testing.assert_allclose(highest[number], joint.max(), rtol=1e-12)
    np.testing.assert_allclose(found.steps, steps, atol=1e-12)
    np.testing.assert_allclose(found.first, first, atol=1e-12)
    by_sequence = [found.log_likelihood[a:b].sum() for a, b in itertools.pairwise(OFFSETS) if a < b]
    np.testing.assert_allclose(by_sequence, total, rtol=1e-12)


def all_paths(scores: np.ndarray, chain: LogChain) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Every path of one sequence, and its log joint probability."""
    paths = list(itertools.product(range(scores.shape[1]), repeat=len(scores)))
    joint = [
        chain.start[p[0]]
        + sum(chain.transition[pair] for pair in itertools.pairwise(p))
        + sum(scores[t, k] for t, k in enumerate(p))
        for p in paths
    ]
    return paths, np.array(joint)


def test_the_k_best_paths_are_the_first_of_all_paths_in_order() -> None:
    draws = np.random.default_rng(4)
    matrix = draws.dirichlet(np.ones(3), 3)
    matrix[0] = [0.7, 0.3, 0.0]
    with np.errstate(divide="ignore"):
        chain = LogChain(np.log(draws.dirichlet(np.ones(3))), np.log(matrix))
    scores = draws.normal(0, 2, (9, 3))
    fixed, forbidden = np.full(9, -1), np.zeros((9, 3), bool)
    fixed[3], forbidden[1, 2], forbidden[6, 0] = 2, True, True
    for given in (scores, only_allowed(scores, fixed), only_allowed(scores, fixed, forbidden)):
        paths, logs = k_best_states(given, OFFSETS, chain, 20)
        for number, (begin, end) in enumerate(itertools.pairwise(OFFSETS)):
            if begin == end:
                assert logs[:2, number].tolist() == [0, -np.inf]
                continue
            known, joint = all_paths(given[begin:end], chain)
            order = [n for n in np.argsort(-joint, kind="stable")[:20] if joint[n] > -np.inf]
            said = [tuple(path) for path in paths[: len(order), begin:end].tolist()]
            assert said == [known[n] for n in order]
            np.testing.assert_allclose(logs[: len(order), number], joint[order], rtol=1e-12)
            assert (paths[len(order) :, begin:end] == -1).all()
            assert np.isneginf(logs[len(order) :, number]).all()
            kept = set(said)
            assert all(
                p[t] == 2 for p in kept for t in range(end - begin) if fixed[begin + t] == 2
            ) or (given is scores)


def test_decode_takes_fixed_and_forbidden_states_and_says_k_paths() -> None:
    with jax.enable_x64(True):
        made = case(models.Gaussian(), 1)
        xs = Observation(jnp.asarray(made.xs), jnp.asarray(made.observed))
        fixed, forbidden = np.full((2, STEPS), -1), np.zeros((2, STEPS, STATES), bool)
        fixed[0, 1], forbidden[1, :, 0] = 2, True
        found = inference.decode(made.body, xs, k=4, fixed=fixed, forbidden=forbidden)
        one = inference.decode(made.body, xs, fixed=fixed, forbidden=forbidden)
        assert (inference.decode(made.body, xs, k=1)[:, 0] == inference.decode(made.body, xs)).all()
        with pytest.raises(Refusal, match="No path through sequence 2 is possible"):
            inference.decode(
                made.body, xs, forbidden=forbidden | (np.arange(2) == 1)[:, None, None]
            )
        with pytest.raises(Refusal, match="not one of finitely many"):
            models.LatentBody.best_paths(made.body, xs, 2, None, None)
    for row in range(2):
        paths, joint = truth(made, row, STEPS)
        right = [
            path
            for _, path in sorted(zip(-joint, paths, strict=True))
            if (path[1] == 2 if row == 0 else 0 not in path)
        ]
        assert [tuple(path) for path in found[row].tolist()] == right[:4]
        assert tuple(one[row].tolist()) == right[0]


def test_a_sequence_whose_probabilities_vanish_is_done_in_log_space() -> None:
    """The first value is e⁷⁵⁰ times as likely in the state that the second one forbids."""
    chain = LogChain(np.log([0.5, 0.5]), np.where(np.eye(2, dtype=bool), 0.0, -np.inf))
    scores = np.array([[0.0, -750.0], [-2000.0, 0.0], [0.0, 0.0]])
    found = expected_states(scores, np.array([0, 2, 3]), chain)
    np.testing.assert_allclose(found.posterior, [[0, 1], [0, 1], [0.5, 0.5]], atol=1e-12)
    np.testing.assert_allclose(found.log_likelihood[:2].sum(), np.log(0.5) - 750, rtol=1e-12)
    np.testing.assert_allclose(found.steps, [[0, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(found.first, [0.5, 1.5], atol=1e-12)


def test_a_million_steps_do_not_vanish() -> None:
    chain = LogChain(np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.2, 0.8]]))
    scores = np.tile(np.log([[0.3, 0.1]]), (10**6, 1))
    found = expected_states(scores, np.array([0, 10**6]), chain)
    assert np.isfinite(found.log_likelihood).all()
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1, rtol=1e-9)
    # in the long run each step multiplies by the largest root of the weighted matrix
    root = np.linalg.eigvals(np.exp(chain.transition) * [0.3, 0.1]).real.max()
    np.testing.assert_allclose(found.log_likelihood[10**5], np.log(root), rtol=1e-9)


def test_paths_are_drawn_as_often_as_they_are_probable() -> None:
    scores = np.tile(np.log([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]]), (4000, 1))
    drawn = drawn_states(scores, np.arange(4001) * 2, CHAIN, jax.random.key(0)).reshape(-1, 2)
    joint = np.exp(CHAIN.start + scores[0])[:, None] * np.exp(CHAIN.transition + scores[1])
    seen = np.zeros((3, 3))
    np.add.at(seen, tuple(drawn.T), 1 / 4000)
    assert (abs(seen - joint / joint.sum()) < 0.025).all()


@pytest.mark.parametrize(
    ("transition", "match"),
    [
        (models.Forbidden(((0, 0), (0, 1), (0, 2))), "No step is allowed from state 0"),
        (models.Forbidden(((0, 3),)), "from 0 to 2"),
        (models.Fixed(((0, 1, 0.7), (0, 2, 0.4))), "sum to 1.1"),
    ],
)
def test_a_structure_that_cannot_be_is_refused(transition, match: str) -> None:
    with pytest.raises(Refusal, match=match):
        models.HMM(3, transition=transition)


def test_the_gradient_through_the_filter_is_that_of_finite_differences() -> None:
    with jax.enable_x64(True):
        made = case(models.Gaussian(), 1)
        xs = Observation(jnp.asarray(made.xs), jnp.asarray(made.observed))
        leaves, tree = jax.tree.flatten(made.body)

        def total(leaves: list) -> jax.Array:
            return inference.filter(jax.tree.unflatten(tree, leaves), xs).log_likelihood.sum()

        slopes = jax.jit(jax.grad(total))([jnp.asarray(leaf) for leaf in leaves])
        value = jax.jit(total)
        for at, place in ((0, (1,)), (1, (0, 2)), (2, (1, 0, 0)), (2, (2, 0, 1))):
            ends = []
            for side in (1e-5, -1e-5):
                moved = [np.array(leaf) for leaf in leaves]
                moved[at][place] += side
                ends.append(float(value(moved)))
            np.testing.assert_allclose(
                slopes[at][place], (ends[0] - ends[1]) / 2e-5, rtol=1e-6, atol=1e-8
            )


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_threads_gives_the_same_bits(threads: int) -> None:
    if not native.available():
        pytest.skip("no compiled kernels here")
    draws = np.random.default_rng(0)
    offsets = np.concatenate([[0], np.cumsum(draws.integers(1, 40, 200))])
    scores, start = draws.normal(0, 2, (offsets[-1], 5)), draws.dirichlet(np.ones(5))
    matrix = draws.dirichlet(np.ones(5), 5)
    one = native.forward_backward(scores, offsets, start, matrix, threads=1)
    many = native.forward_backward(scores, offsets, start, matrix, threads=threads)
    for alone, together in zip(one, many, strict=True):
        assert alone.tobytes() == together.tobytes()
