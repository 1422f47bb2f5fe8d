"""Trust horizon: up to which step ahead a model beats the naive forecasts by more than luck."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import stdtr

from .._check import Refusal, between, counted, whole
from .metrics import Columns


class DieboldMariano(NamedTuple):
    """A test of equal loss: the mean difference, its standard error, the corrected statistic and
    its one-sided p-value."""

    mean: float
    error: float
    statistic: float
    p: float


@dataclass(frozen=True, eq=False)
class Trust:
    """The verdict on one model: `horizon` is the largest k up to which every step is significantly
    better than every rival.

    By step ahead: `loss` and its standard error `loss_error`, the `rivals`' losses by name, the
    one-sided `p` against the hardest rival, and `adjusted`, the same corrected over the steps
    (Holm).
    """

    model: str
    level: float
    origins: int
    horizon: int
    loss: Float[np.ndarray, " horizon"]
    loss_error: Float[np.ndarray, " horizon"]
    rivals: dict[str, Float[np.ndarray, " horizon"]]
    p: Float[np.ndarray, " horizon"]
    adjusted: Float[np.ndarray, " horizon"]

    def table(self) -> Columns:
        """Give one row a step ahead: loss, its standard error, each rival's loss, p, adjusted p,
        and whether the step is trusted."""
        steps = np.arange(1, len(self.p) + 1)
        own = {"step": steps, "loss": self.loss, "error": self.loss_error}
        return Columns(
            own
            | self.rivals
            | {
                "p": self.p,
                "adjusted": self.adjusted,
                "trusted": steps <= self.horizon,
            }
        )

    def __str__(self) -> str:
        """The verdict as a sentence."""
        rivals = " and ".join(f"the {name}" for name in self.rivals)
        sure = f"(p < {self.level:g}, {counted(self.origins, 'origin')})"
        if self.horizon == 0:
            return (
                f"There is no evidence {sure} that {self.model} beats {rivals} even one step ahead:"
                " prefer the naive forecast."
            )
        ahead = f"{counted(self.horizon, 'step')} ahead"
        beyond = (
            "beyond that, prefer the naive forecast"
            if self.horizon < len(self.p)
            else "no further step was judged"
        )
        return f"{self.model} beats {rivals} up to {ahead} {sure}; {beyond}."


def trust_horizon(
    model: str,
    loss: Float[np.ndarray, "origin horizon"],
    rivals: Mapping[str, Float[np.ndarray, "origin horizon"]],
    *,
    spacing: int = 1,
    level: float = 0.05,
) -> Trust:
    """Find the largest k up to which every step ahead is significantly better than all rivals at
    `level`.

    `loss[o, k−1]` is the model's loss at origin o, k steps ahead (any loss, less is better; NaN
    where nothing came), `rivals` holds the naive guesses' losses at the same origins, which are
    `spacing` steps apart. At each step the Diebold-Mariano test is made against every rival, the
    largest p-value counts, and the steps are corrected by Holm. Refused: fewer origins than the
    test needs (10, and three times the number of forecasts that overlap).

    >>> noise = np.random.default_rng(0).normal(size=(60, 2))
    >>> print(trust_horizon("mine", 1 + 0.1 * noise, {"last value": np.full((60, 2), 2.0)}))
    mine beats the last value up to 2 steps ahead (p < 0.05, 60 origins); no further step was
    judged.
    >>> trust_horizon("mine", 1 + 0.1 * noise, {"last value": 1 + 0.1 * noise}).p.tolist()
    [1.0, 1.0]
    """
    between("level", level, 0, 1)
    origins, horizon = loss.shape
    overlap = [-(-k // whole("spacing", spacing)) - 1 for k in range(1, horizon + 1)]
    needed = max(10, 3 * (overlap[-1] + 1))
    if origins < needed:
        raise Refusal(
            f"The trust horizon needs at least {counted(needed, 'origin')} for "
            f"{counted(horizon, 'step')} ahead, but there are {origins}. "
            "Ask for more windows, or for a shorter horizon."
        )
    own = [diebold_mariano(loss[:, k], overlap[k]) for k in range(horizon)]
    tests = [
        [diebold_mariano(loss[:, k] - rival[:, k], overlap[k]).p for k in range(horizon)]
        for rival in rivals.values()
    ]
    p = np.max(tests, axis=0)
    adjusted = holm(p)
    better = adjusted < level
    return Trust(
        model=model,
        level=level,
        origins=origins,
        horizon=horizon if better.all() else int(np.argmin(better)),
        loss=np.array([test.mean for test in own]),
        loss_error=np.array([test.error for test in own]),
        rivals={name: np.nanmean(rival, axis=0) for name, rival in rivals.items()},
        p=p,
        adjusted=adjusted,
    )


def diebold_mariano(difference: Float[np.ndarray, " origin"], overlap: int) -> DieboldMariano:
    """Test whether a loss difference (model − rival) at consecutive origins is below 0:
    Diebold-Mariano as corrected by HLN.

    statistic = √((n + 1 − 2h + h(h−1)/n)/n) · mean/√(V/n), h = overlap + 1, against Student's t
    with n − 1 degrees of freedom. V is the sum of the autocovariances up to lag `overlap` (the
    forecasts that overlap: k − 1 at k steps ahead). Where that is not positive it is the same sum
    with Bartlett's weights 1 − lag/h, which never is negative: one of the remedies that Harvey,
    Leybourne and Whitehouse 2017 compare, and the `varestimator = "bartlett"` of `dm.test` in R's
    forecast package; Diebold and Mariano themselves would then reject, which finds evidence in no
    evidence. NaN entries are left out. `p` is small when the model is reliably better. Differences
    that are all 0 (equal forecasts) are no evidence: p = 1. Source: Diebold and Mariano 1995;
    Harvey, Leybourne and Newbold 1997.

    >>> diebold_mariano(np.array([-1.0, -2.0, -1.5, -0.5, -1.0]), 0).p < 0.01
    True
    """
    d = difference[~np.isnan(difference)]
    n, span = len(d), whole("overlap", overlap, 0) + 1
    if n <= span:
        return DieboldMariano(float(d.mean()) if n else np.nan, np.nan, 0.0, 1.0)
    mean = float(d.mean())
    rest = d - mean
    covariance = np.array([rest[lag:] @ rest[: n - lag] / n for lag in range(span)])
    variance = covariance[0] + 2 * covariance[1:].sum()
    if not variance > 0:
        variance = covariance[0] + 2 * covariance[1:] @ (1 - np.arange(1, span) / span)
    if not variance > 1e-24 * max(mean**2, np.finfo(np.float64).tiny):
        return DieboldMariano(
            mean, 0.0, np.sign(mean) * np.inf if mean else 0.0, 0.0 if mean < 0 else 1.0
        )
    error = float(np.sqrt(variance / n))
    corrected = np.sqrt((n + 1 - 2 * span + span * (span - 1) / n) / n) * mean / error
    return DieboldMariano(mean, error, float(corrected), float(stdtr(n - 1, corrected)))


def holm(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """Correct p-values for the number of tests: the i-th smallest of m times m − i + 1, made
    monotone and cut at 1.

    The chance of any false finding stays below the level, whatever the tests' dependence. Source:
    Holm 1979.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(steps, 1.0)
    return result
