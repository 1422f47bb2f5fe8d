"""Hidden Markov models by gradient: against finite differences, the identity of expectation
maximisation, and its maximum."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import stepahead as sa
from stepahead import Refusal, models, training
from stepahead.data import Tokens
from stepahead.models import HMM
from stepahead.ops import LogChain, expected_states, in_double
from stepahead.training import BaumWelch, BySequence, ObservedNumbers, Rules, adam
from stepahead.training.latent import EmittedNumbers, Hidden, Sequences, freed, log_likelihood

OFFSETS = [0, 7, 8, 13]
SPECS = {
    "normal": HMM(3),
    "student, in order": HMM(3, models.StudentT(), models.LeftToRight()),
    "full": HMM(2, models.FullGaussian()),
    "tied, given": HMM(2, models.FullGaussian(tied=True), models.Fixed(((0, 1, 0.3),))),
    "each, shared": HMM(3, (models.Gaussian(), models.Poisson()), models.Shared(((0, 2),))),
    "switching": HMM(2, models.Autoregressive(2), models.Forbidden(((1, 1),))),
    "mixture": HMM(2, models.MixtureOf()),
    "durations": HMM(3, durations=2),
}


class Case:
    """A model of drawn parameters, ragged series with gaps, and the free numbers of the model."""

    def __init__(self, spec: HMM) -> None:
        draws = np.random.default_rng(1)
        values = draws.poisson(2.0, (13, 2)).astype(float)
        values[2, 0], values[5], values[9, 1] = np.nan, np.nan, np.nan
        parts = [values[first:last] for first, last in itertools.pairwise(OFFSETS)]
        panel = sa.Panel.from_arrays(parts)
        self.observed = ObservedNumbers(panel, spec.lags, 0.0)
        self.rules = Rules(spec.structure, spec.size, 0.0)
        blank = in_double(spec.blank(2))
        self.emitted = EmittedNumbers(self.observed, blank, None)
        matrix = self.rules.learned(
            LogChain(np.zeros(spec.size), np.zeros((spec.size, spec.size))),
            draws.uniform(1, 3, (spec.size, spec.size)),
            draws.uniform(1, 3, spec.size),
        )
        free = freed(Hidden(matrix, blank), self.rules, self.emitted)
        flat, self.unravel = ravel_pytree(jax.tree.map(jnp.asarray, free))
        self.flat = np.asarray(flat) + draws.normal(0, 0.4, len(flat))
        place = np.arange(7)
        inside = place < np.diff(OFFSETS)[:, None]
        rows = np.where(inside, np.array(OFFSETS[:-1])[:, None] + place, 0)
        self.all = Sequences(jnp.asarray(rows), jnp.asarray(inside))

    def total(self, flat: jax.Array) -> jax.Array:
        """The log likelihood of all series."""
        return log_likelihood(self.unravel(flat), self.rules, self.emitted, self.all).sum()


@pytest.mark.parametrize("name", SPECS)
def test_the_gradient_is_exact(name: str) -> None:
    with jax.enable_x64(True):
        case = Case(SPECS[name])
        value, slope = jax.jit(jax.value_and_grad(case.total))(case.flat)
        hidden = training.latent.bound(case.unravel(case.flat), case.rules, case.emitted)
        chain = LogChain(*hidden.chain)
        scores = np.asarray(case.observed.scores(hidden.emission))
        found = expected_states(scores, np.array(OFFSETS), chain)
        np.testing.assert_allclose(value, found.log_likelihood.sum(), rtol=1e-10)

        def completed(flat: jax.Array) -> jax.Array:
            """The expected log likelihood with the states known: Fisher's identity says that its
            slope is the same where it was expected."""
            free = case.unravel(flat)
            start, matrix = training.latent.free_chain(free, case.rules)
            emitted = case.emitted.scores(free.emission, jnp.arange(13)[None])[0]
            steps = jnp.where(found.steps > 0, matrix, 0.0) * found.steps
            first = jnp.where(found.first > 0, start, 0.0) * found.first
            return steps.sum() + first.sum() + (emitted * found.posterior).sum()

        np.testing.assert_allclose(jax.jit(jax.grad(completed))(case.flat), slope, atol=1e-9)
        jitted = jax.jit(case.total)
        draws = np.random.default_rng(0)
        for _ in range(4):
            along = draws.normal(size=len(case.flat))
            ends = [float(jitted(case.flat + side * along)) for side in (1e-5, -1e-5)]
            np.testing.assert_allclose(
                slope @ along, (ends[0] - ends[1]) / 2e-5, rtol=1e-5, atol=1e-7
            )
    assert np.isfinite(slope).all() and (abs(np.asarray(slope)) > 1e-6).sum() > len(slope) / 3


def two_levels(steps: int = 300, first: int = 180) -> sa.Panel:
    draws = np.random.default_rng(0)
    state = np.cumsum(draws.random(steps) < 0.08) % 2
    level = np.array([0.0, 3.0])[state] + draws.normal(size=steps)
    level[40:44] = np.nan
    return sa.Panel.from_arrays([level[:first], level[first:]])


def test_descent_reaches_the_maximum_of_expectation_maximisation() -> None:
    panel, steep = two_levels(), adam(0.05, clip=None)
    highest = sa.fit(HMM(2), panel, 1, key=0, training=BaumWelch(prior=0.0))
    recipe = BySequence(epochs=150, batch=2, optimizer=steep)
    one, again = (sa.fit(HMM(2), panel, 1, key=0, training=recipe) for _ in range(2))
    assert one.learning.losses[-1] == pytest.approx(highest.learning.losses[-1], abs=1e-4)
    assert one.learning.losses == again.learning.losses
    for found, wanted in zip(
        jax.tree.leaves(one.model.body), jax.tree.leaves(highest.model.body), strict=True
    ):
        shares = [
            np.exp(a - np.logaddexp.reduce(a)) if a.shape == (2,) else a for a in (found, wanted)
        ]
        np.testing.assert_allclose(*shares, atol=0.02)
    windows = training.Gradient(span=180, epochs=150, batch=2, optimizer=steep)
    same = sa.fit(HMM(2), panel, 1, key=0, training=windows)
    assert same.learning.losses == one.learning.losses
    minibatches = BySequence(epochs=60, batch=1, optimizer=adam(0.02))
    near = sa.fit(HMM(2), panel, 1, key=0, training=minibatches)
    assert near.learning.losses[-1] == pytest.approx(highest.learning.losses[-1], abs=0.02)


def test_known_states_rule_the_others_out() -> None:
    panel = two_levels(120, 70)
    known = np.where(np.nan_to_num(panel.values[:, 0]) > 1.5, 1, 2)  # upside down
    recipe = BySequence(epochs=60, batch=2, optimizer=adam(0.1))
    one = sa.fit(HMM(2), panel, 1, key=0, training=recipe, known_states=known)
    means = np.asarray(one.model.body.emission.parameters)[:, 0, 0]
    assert means[0] - means[1] > 1


def test_states_of_tokens_are_learned_by_gradient() -> None:
    tokens = Tokens.from_texts(["b a d e", "g i d a b o", "d u", "b i g e d o", "g a b u"] * 3)
    recipe = BySequence(epochs=150, batch=15, optimizer=adam(0.1))
    one = sa.fit(HMM(2), tokens, key=0, training=recipe)
    vowels = tokens.vocabulary.encode("a e i o u")
    share = np.exp(one.model.log_emission)[:, vowels].sum(axis=1)
    assert share.max() > 0.9 and share.min() < 0.1
    scored = one.score(["b a d e", "d u"]).log_probs
    assert np.isfinite(scored).all()
    mean = -one.score(list(TEXTS) * 3).log_probs.mean()
    np.testing.assert_allclose(mean, one.learning.losses[-1], atol=2e-3)


TEXTS = ("b a d e", "g i d a b o", "d u", "b i g e d o", "g a b u")


@pytest.mark.parametrize(
    ("recipe", "match"),
    [
        (training.Gradient(span=179), "longest has 180 steps"),
        (training.Gradient(span=180, steps=3), "no `steps`"),
        (BySequence(patience=3), "`patience` waits for held-out data"),
        ("adam", "BySequence"),
    ],
)
def test_recipes_that_do_not_fit_are_refused(recipe, match: str) -> None:
    with pytest.raises(Refusal, match=match):
        sa.fit(HMM(2), two_levels(), 1, key=0, training=recipe)
