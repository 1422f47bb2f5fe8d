"""Trust horizon: the test against its printed formula, Holm against statsmodels, and its errors on
series where the truth is known."""

import jax
import numpy as np
import pytest
from scipy import stats

from stepahead._check import Refusal
from stepahead.data import Panel, ar_process, random_walk
from stepahead.evaluation import Prediction, backtest, diebold_mariano, holm, trust_horizon

HORIZON, ORIGINS, FIRST = 5, 100, 60


def test_diebold_mariano_as_printed():
    """The statistic at one step is the t-test's; at three it is worked out from the formula, lag by
    lag."""
    d = np.random.default_rng(0).normal(-0.3, 1.0, size=40)
    ours = diebold_mariano(d, 0)
    theirs = stats.ttest_1samp(d, 0.0, alternative="less")
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue)
    mean, n, h = d.mean(), 40, 3
    gamma = [
        sum((d[t] - mean) * (d[t - lag] - mean) for t in range(lag, n)) / n for lag in range(h)
    ]
    variance = (gamma[0] + 2 * gamma[1] + 2 * gamma[2]) / n
    statistic = mean / np.sqrt(variance) * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    three = diebold_mariano(np.append(d, np.nan), 2)
    assert three.statistic == pytest.approx(statistic)
    assert three.p == pytest.approx(stats.t.cdf(statistic, n - 1))
    assert three.error == pytest.approx(np.sqrt(variance))


def test_no_evidence_from_nothing():
    """Equal forecasts and too few of them give p = 1; a sure gain gives 0; a negative variance is
    replaced, not rooted."""
    assert diebold_mariano(np.zeros(30), 2).p == 1
    assert diebold_mariano(np.full(3, np.nan), 0).p == 1
    assert diebold_mariano(np.array([-5.0, -5.1]), 4).p == 1
    assert diebold_mariano(np.full(30, -0.1), 0).p == 0
    assert diebold_mariano(np.full(30, 0.1), 0).p == 1
    alternating = np.tile([1.0, -1.2], 20)
    covariance = [
        alternating.var(),
        np.mean((alternating - alternating.mean())[1:] * (alternating - alternating.mean())[:-1])
        * 39
        / 40,
    ]
    assert covariance[0] + 2 * covariance[1] < 0
    error = np.sqrt(
        (covariance[0] + covariance[1]) / 40
    )  # Bartlett's weight of the first lag is one half
    assert diebold_mariano(alternating, 1).error == pytest.approx(error)
    assert 0 < diebold_mariano(alternating, 1).p < 0.5


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


def test_the_test_keeps_its_level():
    """Two forecasts of equal quality differ significantly about as often as the level says, at one
    step and at several."""
    noise = np.asarray(jax.random.normal(jax.random.key(4), (2000, ORIGINS + 4)), dtype=float)
    for overlap in (0, 2):
        d = sum(noise[:, lag : lag + ORIGINS] for lag in range(overlap + 1))
        rejected = np.mean([diebold_mariano(row, overlap).p < 0.05 for row in d])
        assert 0.03 < rejected < 0.075


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
    rival = np.array([2.0, 2.0, 1.0, 2.0]) + 0.2 * rng.normal(size=(50, 4))
    verdict = trust_horizon(
        "GRU", loss, {"last value": rival, "last season": np.full((50, 4), 9.0)}
    )
    assert verdict.horizon == 2
    assert (
        str(verdict)
        == "GRU beats the last value and the last season up to 2 steps ahead (p < 0.05, 50"
        " origins); "
        "beyond that, prefer the naive forecast."
    )
    np.testing.assert_allclose(verdict.loss, loss.mean(axis=0))
    table = verdict.table()
    assert list(table) == [
        "step",
        "loss",
        "error",
        "last value",
        "last season",
        "p",
        "adjusted",
        "trusted",
    ]
    assert table["trusted"].tolist() == [True, True, False, False]
    hopeless = trust_horizon("GRU", loss, {"easy": rival, "hard": loss - 0.5})
    assert hopeless.horizon == 0
    assert "no evidence" in str(hopeless)


def test_spacing_tells_the_overlap():
    """Origins three steps apart: three steps ahead do not overlap, so the test is the plain one."""
    rng = np.random.default_rng(5)
    loss, rival = rng.random((40, 3)), rng.random((40, 3))
    apart = trust_horizon("m", loss, {"r": rival}, spacing=3)
    np.testing.assert_allclose(
        apart.p, [diebold_mariano(loss[:, k] - rival[:, k], 0).p for k in range(3)]
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
    with pytest.raises(Refusal, match="at least 10 origins for 3 steps ahead, but there are 4"):
        backtest({"right": decaying(phi)}, panel, 3, windows=4).trust_horizon()


def test_steps_are_corrected():
    """One step in five that is only just significant by itself is no finding: the corrected value
    decides."""
    d = np.random.default_rng(11).normal(size=(40, 5))
    d += np.array([-0.33, 0.0, 0.0, 0.0, 0.0]) - d.mean(axis=0)
    verdict = trust_horizon("m", 5 + d, {"r": np.full((40, 5), 5.0)}, spacing=5)
    assert 0.01 < verdict.p[0] < 0.05
    assert verdict.adjusted[0] == pytest.approx(5 * verdict.p[0])
    assert verdict.horizon == 0
