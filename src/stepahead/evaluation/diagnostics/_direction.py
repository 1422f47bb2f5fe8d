"""Direction of time: is a series better explained by its past or by its future?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from ..._check import Refusal, between, counted, whole
from ..._types import Key
from ...data import Panel
from ...ops import as_key, split_key
from ._hsic import Independence, gaussian_kernel, hsic_test

Inputs = Float[np.ndarray, "row lag"]
Regress = Callable[[Inputs, Float[np.ndarray, " row"]], Float[np.ndarray, " row"]]
"""A regression: a function from inputs and targets to a prediction of every target that was made
without it (leave-one-out, or on held-out rows)."""

FEWEST = 50
"""The fewest rows (steps with the lags before them) for the test."""


@dataclass(frozen=True, eq=False)
class Explained:
    """The regression in one direction: `error` is the unexplained share of the target's variance,
    `independence` the test of residual and input.

    `inputs` (the newest lag last) and `residuals` (prediction − target) are those of the rows that
    were tested, in standard deviations.
    """

    error: float
    independence: Independence
    inputs: Inputs
    residuals: Float[np.ndarray, " row"]


@dataclass(frozen=True, eq=False)
class Direction:
    """Both directions and the verdict: "forward", "backward" or "no evidence"."""

    forward: Explained
    backward: Explained
    level: float

    @property
    def verdict(self) -> str:
        """The only direction in which the residual is independent of the input, at `level`; "no
        evidence" if that holds for both or for neither."""
        fits = [one.independence.p > self.level for one in (self.forward, self.backward)]
        return {(True, False): "forward", (False, True): "backward"}.get(
            (fits[0], fits[1]), "no evidence"
        )

    def __str__(self) -> str:
        """The verdict as a sentence."""
        chances = [
            f"{one.independence.p:.3g} {way}"
            for way, one in (("forward", self.forward), ("backward", self.backward))
        ]
        p = f"(independence of residual and input: p = {', '.join(chances)})"
        if self.verdict != "no evidence":
            other = "backward" if self.verdict == "forward" else "forward"
            leaves = "the past explains the next value up to independent noise"
            return f"Time runs {self.verdict}: in that direction {leaves}, {other} it does not {p}."
        if self.forward.independence.p > self.level:
            return (
                "There is no evidence for a direction of time: in both directions the residuals "
                f"are independent of the input {p}."
            )
        return (
            "There is no evidence for a direction of time: in neither direction are the "
            f"residuals independent of the input {p}."
        )


def direction_of_time(
    panel: Panel,
    *,
    key: Key,
    lags: int = 1,
    level: float = 0.05,
    rows: int = 500,
    permutations: int = 199,
    regress: Regress | None = None,
) -> Direction:
    """Test in which direction of time a panel of one channel is x_t = f(x_{t−lags} … x_{t−1}) +
    ε_t, with noise ε_t independent of the past.

    Forward and backward (the panel reversed) the next value is regressed on its `lags`, and HSIC
    tests with `permutations` whether residual and input are independent. If f is not linear or ε
    not Gaussian, they are independent in the true direction only; a linear process with Gaussian
    noise looks the same in both directions, and no test can distinguish them. Series are
    standardised and pooled; at most `rows` windows are used, evenly spaced; those with a missing
    value are left out. `regress` is `kernel_regression` by default; its prediction of a row must
    not use that row's target. Source: Peters, Janzing, Gretton, Schölkopf 2009.

    >>> rng = np.random.default_rng(0)
    >>> x = np.zeros(300)
    >>> for t in range(1, 300):
    ...     x[t] = 2 * np.sin(1.2 * x[t - 1]) + 0.5 * rng.normal()
    >>> found = direction_of_time(Panel.from_arrays([x]), key=0, permutations=99)
    >>> found.verdict, found.forward.error < found.backward.error
    ('forward', True)
    """
    between("level", level, 0, 1)
    if panel.channels != 1:
        raise Refusal(
            f"The direction of time is tested on one channel, but the panel has {panel.channels} "
            f"({', '.join(panel.names)}). Take one."
        )
    whole("lags", lags), whole("rows", rows)
    regress = kernel_regression if regress is None else regress
    first, second = split_key(as_key(key), 2)
    forward = _explained(panel, lags, rows, first, permutations, regress)
    return Direction(
        forward, _explained(backwards(panel), lags, rows, second, permutations, regress), level
    )


def backwards(panel: Panel) -> Panel:
    """Return the panel reversed in time: the values of every series in reversed order at the same
    times. Covariates are dropped.

    >>> backwards(Panel.from_arrays([[1.0, 2.0, 3.0], [8.0, 9.0]])).values[:, 0].tolist()
    [3.0, 2.0, 1.0, 9.0, 8.0]
    """
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    return replace(
        panel,
        values=panel.values[np.repeat(panel.offsets[1:], panel.lengths) - 1 - place],
        covariates=None,
    )


def kernel_regression(
    inputs: Inputs, targets: Float[np.ndarray, " row"]
) -> Float[np.ndarray, " row"]:
    """Predict every target by kernel ridge regression on all other rows: leave one out, in closed
    form.

    Gaussian kernel of three widths and a ridge of 10⁻³ … 10³, by the smallest leave-one-out error.

    >>> x = np.linspace(-2, 2, 60)
    >>> bool(np.abs(kernel_regression(x[:, None], x**2) - x**2).max() < 0.1)
    True
    """
    middle = targets.mean()
    best, found = np.inf, targets
    for width in (0.25, 1.0, 4.0):
        size, base = np.linalg.eigh(gaussian_kernel(inputs, width))
        # In the eigenbasis of the kernel, every ridge is a division, and so is leaving one out:
        # the residual of row i without row i is (fitted − target)/(1 − influence of i).
        turned = base.T @ (targets - middle)
        for ridge in 10.0 ** np.arange(-3, 3.5, 0.5):
            shrunk = size / (size + ridge)
            influence = np.square(base) @ shrunk
            residual = (base @ (shrunk * turned) - (targets - middle)) / (1 - influence)
            error = float(np.square(residual).mean())
            if error < best:
                best, found = error, targets + residual
    return found


def _explained(
    panel: Panel, lags: int, rows: int, key: Key, permutations: int, regress: Regress
) -> Explained:
    windows = _windows(panel, lags)
    if len(windows) < FEWEST:
        raise Refusal(
            f"The direction of time needs at least {counted(FEWEST, 'step')} with the {lags} "
            "before them, all observed, but there are "
            f"{len(windows)}. "
            "Give longer series, or fewer lags."
        )
    if len(windows) > rows:
        windows = windows[np.linspace(0, len(windows) - 1, rows).round().astype(np.int64)]
    inputs, targets = windows[:, :-1], windows[:, -1]
    residuals = regress(inputs, targets) - targets
    error = float(np.square(residuals).mean() / targets.var())
    independence = hsic_test(inputs, residuals[:, None], key=key, permutations=permutations)
    return Explained(error, independence, inputs, residuals)


def _windows(panel: Panel, lags: int) -> Float[np.ndarray, "row window"]:
    """Every step with the lags before it, oldest first, for all series, each standardised."""
    found = []
    for number in range(len(panel)):
        values = panel.series(number)[:, 0]
        deviation = np.nanstd(values) if (~np.isnan(values)).any() else 0.0
        if len(values) > lags and deviation > 0:
            found.append(
                np.lib.stride_tricks.sliding_window_view(
                    (values - np.nanmean(values)) / deviation, lags + 1
                )
            )
    windows = np.concatenate(found) if found else np.zeros((0, lags + 1))
    return windows[~np.isnan(windows).any(axis=1)]
