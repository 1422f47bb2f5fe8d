"""Minibatch expectation maximisation of hidden Markov models: the plain algorithm with one
minibatch of all, its likelihood with many."""

from dataclasses import replace

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, models, ops
from stepahead.data import Tokens
from stepahead.models import HMM
from stepahead.training import BaumWelch, ObservedNumbers, ObservedTokens

PLAIN = BaumWelch(restarts=1, iterations=40)


def panel() -> sa.Panel:
    """Thirty series of unequal length with gaps, two levels in each."""
    draws = np.random.default_rng(0)
    series = []
    for number in range(30):
        steps = 20 + 2 * number
        state = np.cumsum(draws.random(steps) < 0.1) % 2
        series.append(np.array([0.0, 3.0])[state] + draws.normal(size=steps))
        series[-1][7:9] = np.nan
    return sa.Panel.from_arrays(series)


@pytest.mark.parametrize("spec", [HMM(2), HMM(2, models.StudentT(), durations=2)], ids=repr)
def test_one_minibatch_of_all_with_step_size_1_is_the_plain_algorithm(spec: HMM) -> None:
    plain = replace(PLAIN, iterations=6)
    wanted = sa.fit(spec, panel(), 1, key=0, training=plain).learning.losses
    for power, equal in ((0.0, True), (0.6, False)):
        recipe = replace(plain, batch=30, power=power)
        found = sa.fit(spec, panel(), 1, key=0, training=recipe).learning.losses
        assert np.allclose(found, wanted, rtol=1e-12, atol=0) == equal


def test_running_sums_say_the_same_as_running_weights(monkeypatch) -> None:
    """Sums are kept around means that the states soon leave."""
    recipe = replace(PLAIN, iterations=3, batch=7)
    tokens = Tokens.from_texts(["b a d e", "g i d a b o", "d u", "b i g e d o", "g a b u"] * 5)

    def losses() -> np.ndarray:
        numbers = sa.fit(HMM(2), panel(), 1, key=0, training=recipe)
        text = sa.fit(HMM(2), tokens, key=0, training=recipe)
        return np.array([numbers.learning.losses, text.learning.losses])

    found = [losses()]
    with monkeypatch.context() as patch:  # sums of probabilities, as where these vanish
        patch.setattr(ops, "expected_totals", lambda *_: None)
        found.append(losses())
    for observed in (ObservedNumbers, ObservedTokens):
        monkeypatch.setattr(observed, "source", lambda *_: None)
    for other in (*found[1:], losses()):
        np.testing.assert_allclose(other, found[0], rtol=1e-10)


def test_minibatches_reach_the_likelihood_of_all_data_at_once() -> None:
    wanted = sa.fit(HMM(2), panel(), 1, key=0, training=PLAIN)
    recipe = replace(PLAIN, batch=5)
    one, again = (sa.fit(HMM(2), panel(), 1, key=0, training=recipe) for _ in range(2))
    best = wanted.score().total.sum()
    assert one.score().total.sum() == pytest.approx(best, abs=0.2)  # of 1,400 observations
    assert one.learning.losses == again.learning.losses
    other = sa.fit(HMM(2), panel(), 1, key=1, training=recipe)
    assert other.learning.losses != one.learning.losses
    # after one pass the six minibatches have got further than one look at all
    first = [replace(recipe, iterations=1), replace(PLAIN, iterations=1)]
    few, whole = (sa.fit(HMM(2), panel(), 1, key=0, training=r).score().total.sum() for r in first)
    assert whole < few < best + 0.2


def test_known_states_and_tokens_come_in_minibatches_too() -> None:
    known = np.where(np.nan_to_num(panel().values[:, 0]) > 1.5, 1, 2)  # upside down
    recipe = BaumWelch(iterations=3, batch=7)
    one = sa.fit(HMM(2), panel(), 1, key=0, training=recipe, known_states=known)
    means = np.asarray(one.model.body.emission.parameters)[:, 0, 0]
    assert means[0] - means[1] > 1
    tokens = Tokens.from_texts(["b a d e", "g i d a b o", "d u", "b i g e d o", "g a b u"] * 5)
    text = sa.fit(HMM(2), tokens, key=0, training=BaumWelch(iterations=60, batch=5))
    vowels = tokens.vocabulary.encode("a e i o u")
    share = np.exp(text.model.log_emission)[:, vowels].sum(axis=1)
    assert share.max() > 0.9 and share.min() < 0.1


def test_a_run_that_was_cut_off_ends_as_if_it_had_not_been() -> None:
    from stepahead.training import learn_states

    recipe, spec = replace(PLAIN, iterations=5, batch=4), HMM(2)
    body = spec.build(models.Channels(1), spec.head(1), 0)
    seen: list = []
    whole = learn_states(body, spec, panel(), recipe, key=0, on_event=seen.append)
    rest = learn_states(body, spec, panel(), recipe, key=0, resume=lambda start: seen[2].progress)
    assert rest.losses == whole.losses


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(Refusal, match="`power` must be from 0 to 1"):
        BaumWelch(power=1.5)
    with pytest.raises(Refusal, match="`batch`"):
        BaumWelch(batch=0)
