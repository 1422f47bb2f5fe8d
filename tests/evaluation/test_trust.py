"""Trust horizon: the test of equal loss against its formula, its size and power where the truth is
known, and the verdicts."""

import jax
import numpy as np
import pytest
from scipy import stats

from stepahead._check import Refusal
from stepahead.data import Panel, ar_process, random_walk
from stepahead.evaluation import (
    Prediction,
    TrustSums,
    backtest,
    diebold_mariano,
    holm,
    trust_horizon,
)
from stepahead.evaluation._equal_loss import student_distribution

HORIZON, ORIGINS, FIRST = 5, 100, 60


def test_equal_loss_as_its_formula_says():
    """Statistic and degrees of freedom worked out entry by entry, overlapping and not."""
    d = np.random.default_rng(0).normal(-0.3, 1.0, size=40)
    for span, freedom in ((1.0, 11), (3.0, 11), (1.5, 11), (8.0, 5)):
        n = len(d)
        shared = [[max(0.0, 1 - abs(a - b) / span) for b in range(n)] for a in range(n)]
        zero = np.sum(shared) / n
        terms = []
        for j in range(1, freedom + 1):
            c = [np.sqrt(2 / n) * np.cos(np.pi * j * (o + 0.5) / n) for o in range(n)]
            own = sum(c[a] * c[b] * shared[a][b] for a in range(n) for b in range(n))
            terms.append(sum(x * y for x, y in zip(c, d, strict=True)) ** 2 / own)
        error = np.sqrt(zero * np.mean(terms) / n)
        ours = diebold_mariano(np.append(d, np.nan), span)
        assert (ours.freedom, ours.mean) == (freedom, pytest.approx(d.mean()))
        assert ours.error == pytest.approx(error)
        assert ours.p == pytest.approx(stats.t.cdf(d.mean() / error, freedom))
        assert ours.p_worse == pytest.approx(1 - ours.p)


def test_no_evidence_from_nothing():
    """Equal forecasts and fewer origins than overlap give p = 1; a sure gain gives 0."""
    for nothing in (
        diebold_mariano(np.zeros(30), 3),
        diebold_mariano(np.full(3, np.nan)),
        diebold_mariano(np.array([-5.0, -5.1]), 4),
        diebold_mariano(np.full((30, 12), 0.0), 3),
    ):
        assert (nothing.p, nothing.p_worse) == (1, 1)
    sure = diebold_mariano(np.full(30, -0.1))
    assert (sure.p, sure.p_worse) == (0, 1)
    assert diebold_mariano(np.full(30, 0.1)).p == 1
    assert diebold_mariano(np.full(30, 0.1)).p_worse == 0
    with pytest.raises(Refusal, match="`span` must be above 0"):
        diebold_mariano(np.zeros(30), 0)


@pytest.mark.parametrize(("origins", "span"), [(30, 6), (60, 12), (100, 3), (36, 12)])
def test_the_size_is_kept_however_far_forecasts_overlap(origins, span):
    """Sums of `span` independent shocks, as errors of optimal forecasts are: about 5 % at 5 %,
    where the rectangular estimator rejects 8 to 12 %. White differences: less, never more."""
    rng = np.random.default_rng(span)
    shocks = rng.normal(size=(1000, origins + span - 1))
    overlapping = np.lib.stride_tricks.sliding_window_view(shocks, span, axis=1).sum(axis=-1)
    size = np.mean([diebold_mariano(row, span).p < 0.05 for row in overlapping])
    assert 0.03 < size < 0.07
    assert np.mean([diebold_mariano(row, span).p < 0.05 for row in shocks[:, :origins]]) < 0.055


def test_a_panel_is_judged_over_origins_and_over_series():
    """12 origins of 40 series: a shock shared by all series at an origin, and a level of its own
    for each series, are both sampling error; counted as 480 independent numbers they are not."""
    rng = np.random.default_rng(3)
    rejected = {"common": [], "own level": [], "independent": [], "as one": []}
    for _ in range(400):
        noise = rng.normal(size=(12, 40))
        common, level = noise + rng.normal(size=(12, 1)), noise + rng.normal(size=(1, 40))
        rejected["common"].append(diebold_mariano(common).p < 0.05)
        rejected["own level"].append(diebold_mariano(level).p < 0.05)
        rejected["independent"].append(diebold_mariano(noise).p < 0.05)
        rejected["as one"].append(diebold_mariano(common.ravel()).p < 0.05)
    size = {name: np.mean(found) for name, found in rejected.items()}
    assert all(size[name] < 0.085 for name in ("common", "own level", "independent")), size
    assert size["as one"] > 0.2
    worth = np.mean(
        [diebold_mariano(rng.normal(-0.2, 1, size=(12, 40))).p < 0.05 for _ in range(200)]
    )
    assert worth > 0.9  # what twelve origins of one series could not tell
    ragged = rng.normal(-1.0, 1.0, size=(12, 40))
    ragged[:6, :20] = np.nan
    assert diebold_mariano(ragged).p < 0.01


def test_holm_against_its_definition():
    """Each p-value against all at or below it, the i-th smallest of m times m − i + 1; ties and
    ones included."""
    for seed in range(20):
        p = np.round(np.random.default_rng(seed).random(9) ** 3, 2)
        ranked = sorted(p)
        steps = [
            min(1.0, max(ranked[i] * (9 - i) for i in range(9) if ranked[i] <= one)) for one in p
        ]
        np.testing.assert_allclose(holm(p), steps, rtol=1e-12)


def losses(x, coefficients):
    """Absolute errors, `[series, origin, horizon]`, of x̂ = coefficient^k·last value at ORIGINS
    origins from FIRST on."""
    origins = FIRST + np.arange(ORIGINS)
    k = np.arange(1, HORIZON + 1)
    actual = x[:, origins[:, None] + k]
    return np.abs(actual - coefficients[..., None] ** k * x[:, origins, None])


def fitted(x):
    """Least squares AR(1) coefficient of each series at each origin, from the past alone."""
    past, now = x[:, :-1], x[:, 1:]
    upto = FIRST + np.arange(ORIGINS) - 1
    return (np.cumsum(past * now, axis=1) / np.cumsum(past * past, axis=1))[:, upto]


def test_random_walks_are_not_trusted():
    """On 200 random walks a fitted AR(1) has a trust horizon above 0 in at most one run in
    twenty."""
    x = random_walk(FIRST + ORIGINS + HORIZON, key=jax.random.key(0), series=200)
    mine, naive = losses(x, fitted(x)), losses(x, np.ones((200, ORIGINS)))
    horizons = [
        trust_horizon("ar", m, {"last value": n}).horizon for m, n in zip(mine, naive, strict=True)
    ]
    assert np.mean(np.array(horizons) > 0) <= 0.05


def test_autoregressions_are_found():
    """On AR(1) with φ = 0.3 the fitted model is trusted in nearly all runs, and to the last step in
    most."""
    x = ar_process([0.3], FIRST + ORIGINS + HORIZON, key=jax.random.key(1), series=100)
    mine, naive = losses(x, fitted(x)), losses(x, np.ones((100, ORIGINS)))
    horizons = np.array(
        [
            trust_horizon("ar", m, {"last value": n}).horizon
            for m, n in zip(mine, naive, strict=True)
        ]
    )
    assert np.mean(horizons > 0) > 0.85
    assert np.mean(horizons == HORIZON) > 0.8


def test_stops_at_the_first_step_that_fails():
    """Better at steps 1, 2 and 4 but not at 3: the horizon is 2; the hardest rival decides."""
    rng = np.random.default_rng(0)
    loss = 1 + 0.2 * rng.normal(size=(50, 4))
    rival = np.array([2.0, 2.0, 1.05, 2.0]) + 0.2 * rng.normal(size=(50, 4))
    verdict = trust_horizon(
        "GRU", loss, {"last value": rival, "last season": np.full((50, 4), 9.0)}
    )
    assert verdict.horizon == 2
    assert str(verdict) == (
        "GRU beats the last value and the last season up to 2 steps ahead (p < 0.05, 50 origins);"
        " beyond that there is no evidence either way; about 470 origins would tell."
        " Over all 4 steps together its error is 43% below theirs (p < 0.05)."
    )
    assert verdict.needed > 50
    np.testing.assert_allclose(verdict.loss, loss.mean(axis=0))
    table = verdict.table()
    columns = ["step", "loss", "error", "last value", "last season", "p", "p_worse", "verdict"]
    assert list(table) == columns
    assert table["verdict"].tolist() == ["better", "better", "no evidence", "no evidence"]
    assert table["p"][3] < 0.001  # it is better there; the sequence ended before
    for name, begins in (
        ("combination", "The combination beats the last"),
        ("theta", "theta beats"),
    ):
        said = str(trust_horizon(name, loss, {"last value": rival}))
        assert said.startswith(begins)
    hopeless = trust_horizon("GRU", loss, {"easy": rival, "hard": loss - 0.5})
    assert hopeless.horizon == 0 and hopeless.needed is None
    assert str(hopeless) == (
        "GRU is worse than the naive forecast up to 4 steps ahead (p < 0.05, 50 origins): prefer"
        " the naive forecast."
    )


def test_long_horizons_are_tested_in_blocks_that_a_quiet_step_does_not_end():
    """48 hours, of which one in each day is as well forecast by the naive forecast: by steps the
    procedure would end there."""
    draws = np.random.default_rng(5)
    naive = np.abs(draws.normal(1.0, 0.1, size=(30, 48)))
    mine = naive - 0.3 + draws.normal(0, 0.1, size=(30, 48))
    mine[:, [3, 27]] = naive[:, [3, 27]]
    done = trust_horizon("mine", mine, {"last value": naive}, spacing=48)
    assert (done.horizon, done.block) == (48, 4)
    assert trust_horizon("mine", mine[:, :12], {"last value": naive[:, :12]}).horizon == 3
    assert str(done) == (
        "mine beats the last value over all 48 steps ahead (p < 0.05, 30 origins, in blocks of"
        " 4 steps)."
    )
    for first in range(0, 48, 4):
        apart = (mine - naive)[:, first : first + 4].mean(axis=1)
        want = diebold_mariano(apart, (first + 4) / 48).p
        np.testing.assert_allclose(done.p[first : first + 4], want)
    mine[:, 20:24] = naive[:, 20:24] + 0.1 * draws.normal(size=(30, 4))
    ended = trust_horizon("mine", mine, {"last value": naive}, spacing=48)
    assert ended.horizon == 20 and ended.verdicts[20] == "no evidence"
    assert "up to 20 steps ahead (p < 0.05, 30 origins, in blocks of 4 steps)" in str(ended)
    mine[:, 20:24] = naive[:, 20:24]
    same = trust_horizon("mine", mine, {"last value": naive}, spacing=48)
    assert ", and the naive forecast did as well 21 to 24 steps ahead. Over all 48" in str(same)
    nothing = trust_horizon("mine", naive, {"last value": naive}, spacing=48)
    assert "over the first 4 steps (p = 1)" in str(nothing)


def test_blocks_keep_the_size_of_the_test():
    """Errors of walks, forecast 30 steps ahead from overlapping origins, where nothing is better:
    one block in twenty is believed in at most."""
    found, draws = 0, np.random.default_rng(6)
    for _ in range(400):
        walk = draws.normal(size=200).cumsum()
        at = np.arange(100, 170, 5)
        ahead = walk[at[:, None] + np.arange(1, 31)]
        noise = 0.1 * draws.normal(size=(len(at), 1)) * np.sqrt(np.arange(1, 31))
        naive, mine = np.abs(ahead - walk[at][:, None]), np.abs(ahead - walk[at][:, None] - noise)
        found += trust_horizon("mine", mine, {"last value": naive}, spacing=5).horizon > 0
    assert found / 400 <= 0.06


def test_the_verdict_advises_rightly():
    """Better, undecided, worse, and too few origins: a sentence each, and about how many would
    tell."""
    rng = np.random.default_rng(1)
    noise = 0.2 * rng.normal(size=(50, 3))

    def say(gains):
        loss = 5 + noise - np.array(gains)
        return str(trust_horizon("m", loss, {"r": np.full((50, 3), 5.0)}))

    assert say([1, 1, 1]) == "m beats the r at each of 3 steps ahead (p < 0.05, 50 origins)."
    assert say([1, 1, -3]).endswith("beyond that it is worse: prefer the naive forecast.")
    centred = noise - noise.mean(axis=0)
    even = trust_horizon("m", 5 + centred + 0.001, {"r": np.full((50, 3), 5.0)})
    assert str(even) == (
        "There is no evidence at 50 origins that m beats the r one step ahead (p = 0.52), and the"
        " naive forecast did as well: prefer it."
    )
    behind = trust_horizon("m", 5.5 + 20 * centred, {"r": np.full((50, 3), 5.0)})
    assert str(behind).endswith(", and the naive forecast's error was 9% smaller: prefer it.")
    mixed = 5 + 20 * centred + np.array([0.1, -0.3, -0.3])  # worse by chance at the first step only
    overall = trust_horizon("m", mixed, {"r": np.full((50, 3), 5.0)})
    assert "naive forecast's error was 2% smaller. Over all 3 steps together" in str(overall)
    assert str(overall).endswith(f"is 3% below theirs (p = {overall.together:.2g}).")
    ahead = trust_horizon("m", 5 + centred - 0.02, {"r": np.full((50, 3), 5.0)})
    about = f"about {float(f'{ahead.needed:.2g}'):,.0f} origins"
    assert f"; {about} would tell." in str(ahead)
    hardly = trust_horizon("m", 5 + centred - 0.005, {"r": np.full((50, 3), 5.0)})
    assert hardly.needed > 10 * 50
    assert "; the difference is so small that about " in str(hardly)
    again = 5 + np.tile(centred, (1 + ahead.needed // 50, 1))[: ahead.needed] - 0.02
    told = trust_horizon("m", again, {"r": np.full((len(again), 3), 5.0)})
    assert told.p[0] < 0.05
    short = trust_horizon("m", np.ones((4, 6)) - 0.5, {"r": np.ones((4, 6))})
    assert short.horizon == 4 and short.needed == 50
    with pytest.raises(Refusal, match="at least 3 origins, but there are 2"):
        trust_horizon("m", noise[:2], {"r": noise[:2]})


def test_all_steps_together_are_a_test_of_their_own():
    """A model that is no better one step ahead but far better later is not called useless; one that
    is worse somewhere is worse there, as hours of the night whose errors are small."""
    rng = np.random.default_rng(3)
    noise = 0.3 * rng.normal(size=(60, 4))
    rival = {"r": np.full((60, 4), 2.0)}
    centred = noise - noise.mean(axis=0) + 0.001
    later = trust_horizon("m", 2 + centred - np.array([0, 1, 1, 1]), rival)
    assert later.horizon == 0 and later.together < 0.001
    assert str(later).endswith(
        "one step ahead (p = 0.51), and the naive forecast did as well."
        " Over all 4 steps together its error is 37% below theirs (p < 0.05)."
    )
    d = (2 + centred - np.array([0, 1, 1, 1]) - 2).mean(axis=1)
    assert later.together == pytest.approx(diebold_mariano(d, 4.0).p)
    worse = trust_horizon("m", 2 + centred - np.array([-1, 2, 2, 2]), rival)
    assert worse.together < 0.001
    assert str(worse) == (
        "m is worse than the naive forecast one step ahead (p < 0.05, 60 origins): prefer the naive"
        " forecast there. Over all 4 steps together its error is 62% below theirs (p < 0.05)."
    )
    second = trust_horizon(
        "m", 2 + centred - np.array([1, -0.01, 1, 1]) - centred * [0, 1, 0, 0], rival
    )
    assert "; beyond that it is worse: prefer the naive forecast there. Over all" in str(second)
    quiet = np.zeros((60, 4)) + np.array([0.0, 2, 2, 2])
    once = np.array([0.0, 1, 1, 1]) + np.where(np.arange(60)[:, None] == 7, [1.0, 0, 0, 0], 0.0)
    assert ", and the naive forecast made no error. Over" in str(
        trust_horizon("m", once, {"r": quiet})
    )
    same = trust_horizon("m", 2 + centred - np.array([1, 0, 1, 1]), rival)
    assert ", and the naive forecast did as well 2 steps ahead. Over all" in str(same)
    even = trust_horizon("m", 2 + centred, rival)
    assert even.together > 0.05 and "together" not in str(even)


def test_spacing_tells_the_overlap():
    """Origins three steps apart: three steps ahead do not overlap, so the test is the plain one."""
    rng = np.random.default_rng(5)
    loss, rival = rng.random((40, 3)), rng.random((40, 3))
    apart = trust_horizon("m", loss, {"r": rival}, spacing=3)
    np.testing.assert_allclose(
        apart.p, [diebold_mariano(loss[:, k] - rival[:, k], 1.0).p for k in range(3)]
    )


def test_from_a_backtest():
    """The report's verdict: the right model of an AR(1) panel is trusted, the naive guess itself is
    not."""
    phi = 0.3
    panel = Panel.from_arrays(ar_process([phi], 60, key=jax.random.key(2), series=8))

    def decaying(factor):
        def predict(history):
            last = history.values[history.offsets[1:] - 1]
            return Prediction(last[:, None, :] * factor ** np.arange(1, 4)[:, None])

        return lambda history: predict

    report = backtest({"right": decaying(phi), "same": decaying(1.0)}, panel, 3, windows=30)
    verdicts = report.trust_horizon()
    assert verdicts["right"].horizon == 3
    assert verdicts["same"].horizon == 0
    assert verdicts["same"].p.tolist() == [1.0, 1.0, 1.0]
    assert list(verdicts["right"].rivals) == [
        "last value"
    ]  # without a season the two guesses are one


def test_steps_are_tested_in_order():
    """A later step that is only just significant by itself counts where all before it are, with no
    correction; where the first fails, it does not."""
    d = np.random.default_rng(11).normal(size=(40, 5))
    d += np.array([-0.25, -1.0, -1.0, -1.0, -0.33]) - d.mean(axis=0)
    verdict = trust_horizon("m", 5 + d, {"r": np.full((40, 5), 5.0)}, spacing=5)
    assert 0.01 < verdict.p[0] < 0.05 and 0.01 < verdict.p[4] < 0.05
    assert verdict.horizon == 5
    d[:, 0] += 0.25
    assert trust_horizon("m", 5 + d, {"r": np.full((40, 5), 5.0)}, spacing=5).horizon == 0


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 15, 24, 999])
def test_student_distribution_equals_that_of_scipy(freedom):
    """Far in both tails and between, for odd and even degrees of freedom."""
    from scipy.special import stdtr

    for t in (-40.0, -3.2, -0.5, 0.0, 0.1, 2.0, 11.0):
        np.testing.assert_allclose(
            student_distribution(t, freedom), stdtr(freedom, t), rtol=1e-9, atol=2e-15
        )


@pytest.mark.parametrize(("count", "horizon"), [(4, 3), (14, 3), (4, 14)])
def test_trust_from_sums_over_chunks_is_that_of_all_series(count: int, horizon: int) -> None:
    """With few series and with as many as vary among themselves, gaps, a series without a scale,
    and losses that only sums over all of them tell apart."""
    rng = np.random.default_rng(3)
    values = np.cumsum(rng.normal(size=(count, 48)), axis=1) + 3 * np.sin(np.arange(48) / 2)
    values[1, 20:25] = values[2, -2:] = np.nan
    values[3] = 5.0
    panel = Panel.from_arrays(values)

    def fits(noise: float):
        def predict(seen: Panel) -> Prediction:
            last = np.array([one[~np.isnan(one)][-1] for one in by_series(seen)])
            drawn = np.cos(np.arange(horizon) + 7 * last[:, None])  # of each series by itself
            return Prediction((0.9 * last[:, None] + noise * drawn)[:, :, None])

        return lambda history: predict

    def by_series(seen: Panel):
        return np.split(seen.values[:, 0], seen.offsets[1:-1])

    def judged(some: Panel):
        return backtest({"near": fits(0.1), "far": fits(3.0)}, some, horizon, 9, 1, season=6)

    whole = judged(panel)
    cuts = [np.arange(0, 3), np.array([3]), np.arange(4, count)]
    parts = [TrustSums.of(judged(panel.take(part))) for part in cuts if len(part)]
    assert [part.scaled for part in parts][:2] == [True, False]
    found = TrustSums.joined(parts).trust_horizon()
    wanted = whole.trust_horizon()
    assert list(found) == list(wanted) == ["near", "far"]
    for name, trust in wanted.items():
        assert str(found[name]) == str(trust)
        assert (found[name].horizon, found[name].needed) == (trust.horizon, trust.needed)
        for field in ("loss", "loss_error", "p", "p_worse", "together"):
            np.testing.assert_allclose(
                getattr(found[name], field), getattr(trust, field), rtol=1e-9
            )
    assert not wanted["far"].horizon
