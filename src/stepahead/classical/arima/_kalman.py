"""The Kalman filter of ARIMA in NumPy, for several vectors of coefficients at a time. The equations
are those of `native/series/arima.h`."""

import numpy as np
from jaxtyping import Float

from ._orders import Orders

Rows = list[np.ndarray]
"""φ, Φ, θ and Θ, each by lane."""


def of_partial(partial: Float[np.ndarray, "lane k"]) -> Float[np.ndarray, "lane k"]:
    """Return the coefficients of the stationary 1 − Σ a_j B^j from partial autocorrelations
    (Durbin–Levinson).

    >>> of_partial(np.array([[0.5, 0.2]])).tolist()
    [[0.4, 0.2]]
    """
    a = partial[:, :0]
    for k in range(partial.shape[1]):
        last = partial[:, k : k + 1]
        a = np.concatenate([a - last * a[:, ::-1], last], axis=1)
    return a


def polynomial(
    plain: Float[np.ndarray, "lane k"], seasonal: Float[np.ndarray, "lane l"], m: int
) -> Float[np.ndarray, "lane lag"]:
    """Return the product of 1 + Σ a_j B^j and 1 + Σ b_j B^{mj}, by lag from 0 on."""
    out = np.zeros((len(plain), plain.shape[1] + m * seasonal.shape[1] + 1))
    first = np.column_stack([np.ones(len(plain)), plain])
    out[:, : first.shape[1]] = first
    for j in range(seasonal.shape[1]):
        at = m * (j + 1)
        out[:, at : at + first.shape[1]] += first * seasonal[:, j : j + 1]
    return out


def both(rows: Rows, m: int) -> tuple[Float[np.ndarray, "lane p"], Float[np.ndarray, "lane q"]]:
    """Return φ(B) Φ(B^m) and θ(B) Θ(B^m), by lag from 0 on."""
    return polynomial(-rows[0], -rows[1], m), polynomial(rows[2], rows[3], m)


def differences(form: Orders, m: int) -> Float[np.ndarray, " lag"]:
    """Return (1 − B)^d (1 − B^m)^D, by lag from 0 on."""
    out = np.ones(1)
    for lag in (1,) * form.d + (m,) * form.D:
        out = np.convolve(out, np.r_[1, np.zeros(lag - 1), -1])
    return out


class Filter:
    """The state `a` of several columns (a series and its covariates), its covariance `x`, and the
    diffuse directions `open`; `rank` of them have been identified."""

    def __init__(self, form: Orders, rows: Rows, m: int) -> None:
        ar, ma = both(rows, m)
        delta = differences(form, m)
        lanes, s = len(ar), form.states(m)
        whole = np.stack([np.convolve(delta, each) for each in ar])
        phi = np.zeros((lanes, s))
        phi[:, : whole.shape[1] - 1] = -whole[:, 1:]
        theta = np.zeros((lanes, s))
        theta[:, : ma.shape[1] - 1] = ma[:, 1:]
        self.move, self.gain = _companion(phi), phi + theta
        self.a = np.zeros((lanes, 1, s))
        self.f, self.logs = np.ones(lanes), np.zeros(lanes)
        self.x = np.zeros((lanes, s, s))
        self.open, self.rank = np.zeros((lanes, 0, s)), 0
        self._start = (delta, ar, ma, phi)

    def begin(self, columns: int = 1) -> None:
        """Set the state before the first step: the ARMA part stationary, the differenced values
        diffuse."""
        delta, ar, ma, phi = self._start
        lanes, s = phi.shape
        r = max(ar.shape[1], ma.shape[1]) - 1
        own, late = np.zeros((lanes, r)), np.zeros((lanes, r))
        own[:, : ar.shape[1] - 1], late[:, : ma.shape[1] - 1] = -ar[:, 1:], ma[:, 1:]
        self.x[:, :r, :r] = _stationary(_companion(own), own + late)
        lost = len(delta) - 1
        self.open, self.rank = np.zeros((lanes, lost, s)), lost
        for j in range(lost):
            path = np.zeros(lost + s)
            path[lost - 1 - j] = 1
            for t in range(lost, lost + s):
                path[t] = -delta[1:] @ path[t - lost : t][::-1]
            for i in range(s):
                before = path[lost : lost + i][::-1]
                self.open[:, j, i] = path[lost + i] - phi[:, :i] @ before
        self.a = np.zeros((lanes, columns, s))

    def step(self, y: Float[np.ndarray, " column"]) -> Float[np.ndarray, "lane column"] | None:
        """Do one step; return the errors, with variance `f`, or None if the value is missing or
        identifies a diffuse direction."""
        errors = y - self.a[:, :, 0]
        seen = not np.isnan(y[0])
        c = np.einsum("lij,lj->li", self.move, self.x[:, :, 0]) + self.gain
        self.f = self.x[:, 0, 0] + 1
        sees = self.open[:, :, 0]
        square = np.sum(sees**2, axis=1)
        closes = seen and self.rank > 0 and bool((square > 1e-12).any())
        if closes:
            toward = np.einsum("lk,lki->li", sees, self.open) / square[:, None]
            k = np.einsum("lij,lj->li", self.move, toward)
            self.open = self.open - sees[:, :, None] * toward[:, None, :]
            self.rank -= 1
            self.logs = self.logs + np.log(square)
        else:
            k = c / self.f[:, None] * seen
            self.logs = self.logs + np.log(self.f) * seen
        gone = np.einsum("lij,lkj->lki", self.move, self.open)
        self.open = gone - (0 if closes else sees[:, :, None] * k[:, None, :])
        moved = np.einsum("lij,lcj->lci", self.move, self.a)
        self.a = moved + (errors[:, :, None] * k[:, None, :] if seen else 0)
        spread = self.move @ self.x @ self.move.transpose(0, 2, 1) + _outer(self.gain, self.gain)
        spread = spread - _outer(k, c) - _outer(c, k) + self.f[:, None, None] * _outer(k, k)
        self.x = spread
        return errors if seen and not closes else None


def _companion(phi: Float[np.ndarray, "lane s"]) -> Float[np.ndarray, "lane s s"]:
    """The companion matrix: a_i ← a_{i+1} + φ_i a_1."""
    lanes, s = phi.shape
    out = np.zeros((lanes, s, s))
    out[:, np.arange(s - 1), np.arange(1, s)] = 1
    out[:, :, :1] += phi[:, :, None]
    return out


def _stationary(
    move: Float[np.ndarray, "lane r r"], gain: Float[np.ndarray, "lane r"]
) -> Float[np.ndarray, "lane r r"]:
    """The solution of X = T X T' + g g', by doubling."""
    x = _outer(gain, gain)
    for _ in range(40):
        more = move @ x @ move.transpose(0, 2, 1)
        x, move = x + more, move @ move
        if not np.abs(more).max(initial=0) > 1e-17 * np.abs(x).max(initial=0):
            break
    return x


def _outer(
    one: Float[np.ndarray, "lane s"], other: Float[np.ndarray, "lane s"]
) -> Float[np.ndarray, "lane s s"]:
    return one[:, :, None] * other[:, None, :]
