"""A series, and ARIMA of it by the covariance matrix of all its values."""

import numpy as np

from stepahead.classical import ARIMAFit


def series(length: int = 48, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = 4 + np.cumsum(rng.normal(0.02, 0.1, length))
    return level + np.array([0.3, -0.4, 0.0, 0.2])[np.arange(length) % 4]


def polynomials(fit: ARIMAFit, number: int) -> tuple[np.ndarray, np.ndarray]:
    """φ(B) Φ(B^m) and θ(B) Θ(B^m), from 1 on."""
    phi, late, theta, slow = fit.parts_of(number)
    spread = [np.zeros(len(each) * fit.season) for each in (late, slow)]
    for wide, each in zip(spread, (late, slow), strict=True):
        wide[fit.season - 1 :: fit.season] = each
    return (
        np.convolve(np.r_[1, -phi], np.r_[1, -spread[0]]),
        np.convolve(np.r_[1, theta], np.r_[1, spread[1]]),
    )


def autocovariances(ar: np.ndarray, ma: np.ndarray, count: int) -> np.ndarray:
    """γ(0) … of a stationary process with shocks of variance 1, from γ(k) + Σ ar_j γ(|k − j|) =
    Σ ma_j ψ_{j−k} over j ≥ k (Brockwell & Davis 1991, 3.3.8)."""
    p, q = len(ar) - 1, len(ma) - 1
    shocks = np.zeros(q + 1)
    for j in range(q + 1):
        shocks[j] = ma[j] - sum(ar[i] * shocks[j - i] for i in range(1, min(p, j) + 1))
    size = max(p, count - 1) + 1
    right = np.array([ma[k:] @ shocks[: max(q + 1 - k, 0)] for k in range(size)])
    system = np.zeros((size, size))
    for k in range(size):
        for j in range(p + 1):
            system[k, abs(k - j)] += ar[j]
    return np.linalg.solve(system, right)[:count]


def whole(fit: ARIMAFit, number: int, y: np.ndarray, horizon: int):
    """The log likelihood of y, and mean and deviation of what comes, from the covariance of all
    values: w by its autocovariances, y by summing w up, what it begins with by least squares."""
    ar, ma = polynomials(fit, number)
    _, d, _, _, D, _, has = fit.orders[number]
    delta = np.ones(1)
    for lag in [1] * d + [fit.season] * D:
        delta = np.convolve(delta, np.r_[1, np.zeros(lag - 1), -1])
    lost, n = len(delta) - 1, len(y) + horizon
    total = n - lost
    gamma = autocovariances(ar, ma, total)
    up = np.linalg.inv(
        np.vstack(
            [np.eye(lost, n)]
            + [np.r_[np.zeros(t), delta[::-1], np.zeros(n - lost - 1 - t)] for t in range(total)]
        )
    )  # (first values, w) → y
    covariance = np.array([[gamma[abs(i - k)] for k in range(total)] for i in range(total)])
    covariance = up[:, lost:] @ covariance @ up[:, lost:].T
    mean = up[:, lost:] @ np.full(total, fit.constant[number] * has)
    seen = np.flatnonzero(~np.isnan(y))
    first, late = up[seen, :lost], np.arange(len(y), n)
    known = np.linalg.svd(first)[0][:, lost:]  # what does not depend on the beginning
    own = known.T @ covariance[np.ix_(seen, seen)] @ known
    left = known.T @ (y[seen] - mean[seen])
    count = len(seen) - lost
    variance = left @ np.linalg.solve(own, left) / count
    determinant = np.linalg.slogdet(own)[1] + np.linalg.slogdet(first.T @ first)[1]
    likelihood = -0.5 * (determinant + count * (np.log(2 * np.pi * variance) + 1))
    along = up[late, :lost] @ np.linalg.pinv(first)  # forecasts that are right for any beginning
    away = np.zeros((len(late), n))
    away[:, late], away[:, seen] = np.eye(len(late)), -along
    toward = away @ covariance[:, seen] @ known
    told = mean[late] + along @ (y[seen] - mean[seen]) + toward @ np.linalg.solve(own, left)
    spread = away @ covariance @ away.T - toward @ np.linalg.solve(own, toward.T)
    return likelihood, told, np.sqrt(np.diag(spread) * fit.known.variance[number])
