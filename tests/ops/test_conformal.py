"""Conformal quantiles: ranks as defined, coverage as the theory proves it, and levels that follow a
drift."""

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.ops import conformal_quantiles


def test_ranks_against_their_definition() -> None:
    """The rank is rounded away from the median, what is missing counts nowhere, steps and channels
    are by themselves, series pooled."""
    rng = np.random.default_rng(0)
    residuals = rng.normal(size=(10, 3, 2, 2))
    residuals[2, 1, 0, 0] = np.nan
    found = conformal_quantiles(residuals, (0.1, 0.5, 0.73, 0.9))
    assert found.shape == (2, 2, 4)
    for k, c in np.ndindex(2, 2):
        pool = sorted(float(r) for r in residuals[:, :, k, c].ravel() if not np.isnan(r))
        n = len(pool)
        ranks = [int((n + 1) * 0.1), None, -int(-(n + 1) * 0.73 // 1), -int(-(n + 1) * 0.9 // 1)]
        wanted = [float(np.median(pool)) if rank is None else pool[rank - 1] for rank in ranks]
        np.testing.assert_allclose(found[k, c], wanted)


def test_the_chance_is_that_of_the_theory() -> None:
    """Of exchangeable residuals the next lies below with chance ⌈(n + 1)τ⌉/(n + 1), whatever their
    distribution."""
    draws = np.random.default_rng(1).standard_cauchy((3000, 20))
    for level, chance in ((0.9, 18 / 20), (0.05, 1 / 20), (0.77, 16 / 20)):
        ends = [
            conformal_quantiles(row[:19].reshape(19, 1, 1, 1), (level,)).item() for row in draws
        ]
        assert np.mean(draws[:, 19] <= ends) == pytest.approx(chance, abs=0.02)


def test_too_few_residuals_are_refused_with_their_number() -> None:
    """Nineteen make 90 %, eighteen do not; the step with the fewest counts."""
    residuals = np.zeros((19, 1, 2, 1))
    conformal_quantiles(residuals, (0.05, 0.95))
    residuals[3, 0, 1] = np.nan
    with pytest.raises(
        Refusal,
        match=(
            "90 % needs at least 19 forecast errors at every step ahead, but there are 18 \\(19"
            " origins, 1 series"
        ),
    ):
        conformal_quantiles(residuals, (0.05, 0.95))


def covered(noise: np.ndarray, gain: float) -> float:
    """The coverage of an 80 % interval one step ahead, made anew at every third place from the
    residuals seen before."""
    places = np.arange(40, len(noise), 3)
    ends = [
        conformal_quantiles(noise[:now].reshape(-1, 1, 1, 1), (0.1, 0.9), gain=gain)[0, 0]
        for now in places
    ]
    return float(
        np.mean([low <= noise[now] <= high for now, (low, high) in zip(places, ends, strict=True)])
    )


def test_adaptive_levels_follow_a_drift() -> None:
    """Errors that grow sixfold: fixed quantiles fall far short, adaptive ones stay near; without
    drift both hold."""
    steady = np.random.default_rng(2).normal(size=250)
    grown = steady * np.linspace(1, 6, 250)
    assert covered(grown, 0.0) < 0.68
    assert covered(grown, 0.1) == pytest.approx(0.8, abs=0.07)
    assert covered(steady, 0.0) == pytest.approx(0.8, abs=0.07)
    assert covered(steady, 0.05) == pytest.approx(0.8, abs=0.07)


def test_the_level_moves_as_printed_and_only_on_what_was_seen() -> None:
    """τ moves by γ(τ − missed) where the residual is known: worked out by hand for two steps
    ahead."""
    rng = np.random.default_rng(3)
    residuals = rng.normal(size=(30, 1, 2, 1))
    gain, level, delay = 0.2, 0.8, 2
    seen, at, missed = residuals[:, 0, 1, 0], level, {}

    def quantile(pool: np.ndarray, tau: float) -> float:
        ordered = np.sort(pool)
        rank = np.ceil((len(pool) + 1) * tau) if tau > 0.5 else np.floor((len(pool) + 1) * tau)
        return float(ordered[int(np.clip(rank, 1, len(pool))) - 1])

    for now in range(32):
        if now - delay in missed:
            at += gain * (level - missed[now - delay])
        pool = seen[: max(now - delay + 1, 0)]
        if now < 30 and len(pool):
            missed[now] = float(seen[now] < quantile(pool, at))
    assert conformal_quantiles(residuals, (level,), gain=gain)[1, 0, 0] == quantile(seen, at)
