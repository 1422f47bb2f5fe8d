"""Learning hidden Markov models: what is put in comes out, nothing dies, and what cannot be is
refused."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, models, training
from stepahead.data import Tokens
from stepahead.ops import LogChain
from stepahead.training import BaumWelch


def regimes(length: int, seed: int = 0) -> np.ndarray:
    """Three regimes that last about 30 steps: −3 ± ½, 0 ± 1, 4 ± 0.3."""
    draws = np.random.default_rng(seed)
    states = np.cumsum(draws.random(length) < 1 / 30) % 3
    return np.array([-3.0, 0.0, 4.0])[states] + np.array([0.5, 1.0, 0.3])[states] * draws.normal(
        size=length
    )


def of_states(forecaster) -> np.ndarray:
    """Means and standard deviations of the states."""
    raw = np.asarray(forecaster.model.body.emission.parameters)[:, 0]
    return np.stack([raw[:, 0], np.logaddexp(0, raw[:, 1]) + 1e-4], 1)


def test_regimes_are_found_in_series_of_unequal_length_with_gaps() -> None:
    series = regimes(1500)
    series[40:60] = np.nan
    panel = sa.Panel.from_arrays([series, series[:700]])
    options = {"scaler": sa.data.identity(), "training": BaumWelch(restarts=3)}
    forecaster = sa.fit(models.HMM(3), panel, horizon=3, key=0, **options)
    found = of_states(forecaster)
    np.testing.assert_allclose(found[:, 0], [-3, 0, 4], atol=0.25)
    np.testing.assert_allclose(found[:, 1], [0.5, 1, 0.3], atol=0.1)
    stay = np.diag(np.exp(forecaster.model.body.log_transition))
    np.testing.assert_allclose(stay, 1 - 1 / 30, atol=0.02)
    losses = np.array(forecaster.learning.losses)
    again = sa.fit(models.HMM(3), panel, horizon=3, key=0, **options)
    assert again.learning.losses == forecaster.learning.losses
    # the best of three starts is at its best already after the iterations that chose it, to the
    # last digit; a single start is told of from its first guess on, and gains at every iteration
    options["training"] = BaumWelch(restarts=1)
    single = np.array(sa.fit(models.HMM(3), panel, horizon=3, key=0, **options).learning.losses)
    assert (np.diff(single) < 0).all() and single[-1] < single[0] - 0.5
    np.testing.assert_allclose(losses, single[-1], atol=1e-6)


def test_an_iteration_without_a_prior_never_loses_likelihood() -> None:
    from stepahead.training import Hidden, ObservedNumbers, Rules, iteration

    panel = sa.Panel.from_arrays([np.round(np.abs(regimes(200))), np.round(np.abs(regimes(90, 1)))])
    observed, rules = ObservedNumbers(panel, 0, 0.0), Rules(models.Full(), 2, 0.0)
    draws = np.random.default_rng(1)
    guess = observed.guess(2, 0, draws)
    for emission in (
        models.Gaussian(),
        models.StudentT(),
        models.Poisson(),
        models.NegativeBinomial(),
        models.MixtureOf(),
        models.FullGaussian(),
    ):
        blank = models.HMM(2, emission).blank(1)
        hidden = Hidden(rules.guessed(guess, observed.offsets), observed.learned(blank, guess))
        gained = []
        for _ in range(8):
            hidden, log_likelihood = iteration(hidden, observed, rules)
            gained.append(log_likelihood)
        assert (np.diff(gained) > -1e-9).all(), emission
        assert gained[-1] > gained[0] + 1e-4, emission


def test_forbidden_and_given_steps_stay_so() -> None:
    panel = sa.Panel.from_arrays([np.repeat([0.0, 5.0, 9.0], 30) + regimes(90) / 20])
    quick = BaumWelch(restarts=2, iterations=30)
    spec = models.HMM(3, transition=models.LeftToRight())
    body = sa.fit(spec, panel, horizon=1, key=0, training=quick).model.body
    matrix = np.exp(body.log_transition)
    assert (matrix[~spec.transition.allowed(3)] == 0).all() and matrix[2, 2] == 1
    np.testing.assert_allclose(np.exp(body.log_start), [1, 0, 0])
    np.testing.assert_allclose(np.diag(matrix)[:2], 29 / 30, atol=0.01)
    given = models.HMM(2, transition=models.Fixed(((0, 1, 0.25), (0, 0, 0.75))))
    body = sa.fit(given, panel, horizon=1, key=0, training=quick).model.body
    np.testing.assert_allclose(np.exp(body.log_transition)[0], [0.75, 0.25], rtol=1e-12)


@pytest.mark.parametrize(
    "series",
    [
        [np.full(30, 7.0)],  # never changes
        [np.r_[regimes(40), np.full(20, np.nan)]],  # ends in a gap
        [regimes(40), np.array([1.0])],  # one of a single step
    ],
)
def test_extremes_give_finite_forecasts(series: list[np.ndarray]) -> None:
    for states in (1, 4):
        quick = BaumWelch(restarts=2, iterations=20)
        panel = sa.Panel.from_arrays(series)
        forecaster = sa.fit(models.HMM(states), panel, horizon=2, key=0, training=quick)
        done = forecaster.predict(levels=[80])
        assert np.isfinite(done.mean).all() and np.isfinite(done.quantiles).all()
        assert np.isfinite(forecaster.model.body.emission.parameters).all()


def test_a_state_that_nothing_visits_keeps_its_row() -> None:
    from stepahead.training import Rules

    before = LogChain(np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.3, 0.7]]))
    after = Rules(models.Full(), 2, 0.0).learned(
        before, np.array([[3.0, 0.0], [0.0, 0.0]]), np.array([1.0, 0.0])
    )
    np.testing.assert_allclose(np.exp(after.transition), [[1, 0], [0.3, 0.7]])


def test_all_labels_are_counted_and_some_labels_name_the_states() -> None:
    series = regimes(300)
    series[40:50] = np.nan
    truth = 1 + np.cumsum(np.random.default_rng(0).random(300) < 1 / 30) % 3
    panel = sa.Panel.from_arrays([np.r_[np.nan, series], series[:90]])
    labels = np.r_[1, truth, truth[:90]]
    order = np.array([0, 3, 1, 2])  # not the order of the means
    exact = BaumWelch(prior=0.0)
    spec, given = models.HMM(3), {"key": 0, "training": exact, "scaler": sa.data.identity()}
    all_ = sa.fit(spec, panel, 1, known_states=order[labels], **given)
    values = np.r_[series, series[:90]]
    for state in (1, 2, 3):
        here = values[order[labels][1:] == state]
        found = of_states(all_)[state - 1]
        np.testing.assert_allclose(found, [np.nanmean(here), np.nanstd(here)], rtol=1e-6)
    steps = np.zeros((3, 3))
    for path in (order[truth], order[truth[:90]]):
        np.add.at(steps, (path[:-1] - 1, path[1:] - 1), 1)
    matrix = np.exp(all_.model.body.log_transition)
    np.testing.assert_allclose(matrix, steps / steps.sum(axis=1, keepdims=True), atol=1e-9)
    few = np.zeros(391, int)
    for state in (1, 2, 3):  # two steps of each are known
        few[np.flatnonzero(labels == state)[[5, -5]]] = order[state]
    some = sa.fit(spec, panel, 1, known_states=few, **given)
    assert (sa.states(some).path[1:] == order[labels[1:]]).mean() > 0.97
    assert abs(np.argsort(of_states(some)[:, 0]) - np.argsort(of_states(all_)[:, 0])).max() == 0


def test_known_states_of_tokens_count_from_either_side() -> None:
    tokens = Tokens.from_texts(["b a d", "a d"])
    given = {"key": 0, "training": BaumWelch(prior=0.0)}
    for backward in (False, True):
        model = sa.fit(
            models.HMM(2),
            tokens,
            known_states=[1, 2, 1, 2, 1],
            backward=backward,
            **given,
        ).model
        vowel = tokens.vocabulary.encode("a")[0]
        shares = np.exp(model.log_emission[:, vowel])
        assert shares[1] > 0.3 and shares[0] == 0


@pytest.mark.parametrize(
    ("known", "match"),
    [
        ([1, 2], "one entry for each of 5 steps"),
        ([1, 2, 3, 0, 0], "numbered from 1 to 2, 0 where unknown, but step 3 has 3"),
        ([2, 1, 0, 0, 0], r"No path of states can lead to the value of series .* or the states"),
    ],
)
def test_known_states_that_cannot_be_are_refused(known: list[int], match: str) -> None:
    panel = sa.Panel.from_arrays([[1.0, 2.0, 4.0, 3.0, 5.0]])
    spec = models.HMM(2, transition=models.LeftToRight())
    with pytest.raises(Refusal, match=match):
        sa.fit(spec, panel, 1, key=0, known_states=known)
    with pytest.raises(Refusal, match="is for hidden Markov models"):
        sa.fit(models.LinearAR(1), panel, 1, key=0, known_states=[0] * 5)


TEXTS = ["b a d e", "g i d a b o", "d u", "b i g e d o", "g a b u"]


def test_a_model_of_tokens_scores_what_it_says_step_by_step() -> None:
    tokens = Tokens.from_texts(TEXTS * 4)
    model = sa.fit(models.HMM(3), tokens, key=0, training=BaumWelch(restarts=3, iterations=60))
    inside = model.model
    ids = tokens.vocabulary.encode(TEXTS[1])
    state, said = inside.start(1)
    by_hand = []
    for token in [*ids, 1]:
        by_hand.append(said[0, token])
        np.testing.assert_allclose(np.exp(said).sum(), 1, rtol=1e-9)
        state, said = inside.step(state, np.array([token]))
    np.testing.assert_allclose(model.score(TEXTS[1]).log_probs, by_hand, rtol=1e-9)
    vowels = tokens.vocabulary.encode("a e i o u")
    share = np.exp(inside.log_emission)[:, vowels].sum(axis=1)
    assert share.max() > 0.9 and share.min() < 0.1  # sounds and vowels are told apart


@pytest.mark.parametrize(
    ("spec", "data", "options", "match"),
    [
        (models.HMM(9), sa.Panel.from_arrays([[1.0, 2.0, 3.0]]), {}, "at least as many"),
        (
            models.HMM(2, models.Poisson()),
            sa.Panel.from_arrays([[1.0, 2.5, 3.0]]),
            {},
            "counts",
        ),
        (
            models.HMM(2),
            sa.Panel.from_arrays([[1.0, 2.5, 3.0]]),
            {"training": training.Gradient(span=2)},
            "longest has 3 steps",
        ),
        (
            models.LinearAR(1),
            sa.Panel.from_arrays([np.arange(9.0)]),
            {"training": BaumWelch()},
            "hidden Markov",
        ),
        (
            models.HMM(2),
            sa.Panel.from_arrays([[1.0, 2.5, 3.0]]),
            {"head": models.Gaussian()},
            "learned in its own way",
        ),
        (
            models.HMM(2, models.Autoregressive(5)),
            sa.Panel.from_arrays([[1.0, 2.5, 3.0]]),
            {},
            "right before it",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(spec, data, options: dict, match: str) -> None:
    with pytest.raises(Refusal, match=match):
        sa.fit(spec, data, 1, key=0, **options)


def test_a_panel_without_a_value_is_refused_and_one_such_series_too() -> None:
    for series in ([np.full(9, np.nan)], [regimes(30), np.full(9, np.nan)]):
        with pytest.raises(Refusal, match=r"Series '[01]'"):
            sa.fit(models.HMM(2), sa.Panel.from_arrays(series), 1, key=0)


def test_data_that_forbidden_steps_make_impossible_are_refused_with_their_place() -> None:
    """From far below to far above in one step: a state between is needed, but not visited."""
    spec = models.HMM(2, transition=models.Fixed(((0, 0, 1.0), (1, 1, 1.0))))
    panel = sa.Panel.from_arrays([np.repeat([-1.0, 1.0], 10)], ids=["ward"])
    known = np.repeat([1, 2], 10)
    with pytest.raises(Refusal, match=r"No path .* series 'ward' at 10: the steps"):
        sa.fit(spec, panel, 1, key=0, known_states=known)


def test_new_values_move_the_belief_and_not_the_parameters() -> None:
    series = regimes(200)
    quick = BaumWelch(restarts=2, iterations=30)
    early = sa.fit(models.HMM(3), sa.Panel.from_arrays([series[:150]]), 3, key=0, training=quick)
    new = sa.Panel.from_arrays([series[150:]], start=150)
    later = early.update(new)
    assert later.model is early.model
    body, chain = early.model.body, np.exp(early.model.body.log_transition)
    inside = early.scaled.apply(sa.Panel.from_arrays([series])).values[:, 0]
    means, raw = np.asarray(body.emission.parameters)[:, 0].T
    spread = np.logaddexp(0, raw) + 1e-4
    belief = np.exp(body.log_start)
    for x in inside:
        belief = belief * np.exp(-0.5 * ((x - means) / spread) ** 2) / spread
        belief = belief / belief.sum() @ chain
    ahead = [belief, belief @ chain, belief @ chain @ chain]
    origin, unit = series[:150].mean(), series[:150].std()
    wanted = [origin + unit * (share @ means) for share in ahead]
    np.testing.assert_allclose(later.predict().mean[0, :, 0], wanted, rtol=1e-6)


def test_a_backtest_ranks_two_states_before_their_common_mean() -> None:
    level = np.repeat([0.0, 6.0] * 4, 25) + np.random.default_rng(1).normal(size=200)
    specs = [models.Mean(), models.HMM(2)]
    panel = sa.Panel.from_arrays([level])
    board = sa.backtest(specs, panel, 1, 20, key=0, refit=20, levels=()).leaderboard()
    mae = dict(zip(board["model"], board["mae"], strict=True))
    assert "HMM(states=2" in board["model"][0]
    assert board["mae"][0] < 0.4 * mae["Mean()"]  # a level lasts, the mean is 3 off


def test_more_steps_than_it_was_fitted_for_are_as_exact() -> None:
    panel = sa.Panel.from_arrays([regimes(80)])
    quick = BaumWelch(restarts=1, iterations=5)
    short, long = (
        sa.fit(models.HMM(2), panel, horizon, key=0, training=quick).predict(6, levels=[80])
        for horizon in (2, 6)
    )
    np.testing.assert_allclose(short.mean, long.mean, rtol=1e-12)
    np.testing.assert_allclose(short.quantiles, long.quantiles, rtol=1e-12)
