"""`state_counts`: compare hidden Markov models with different numbers of states by AIC, BIC and the
score of held-out steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from .._check import Refusal, counted, known_name, whole
from .._types import Key
from ..data import Panel, Tokens, require_panel, split, to_frame, without_covariates
from ..forecasting import Forecaster
from ..models import HMM
from ..ops import LogChain, step_log_likelihood
from ..training import ObservedNumbers
from ._fit import fit

CRITERIA = ("aic", "bic", "held-out")
"""The criteria by which `StateCounts.best` selects a model."""


@dataclass(frozen=True, eq=False)
class StateCounts:
    """Hidden Markov models of one kind with different numbers of states, each fitted to the whole
    panel.

    `log_likelihood` is that of all values in the panel's unit (of all tokens and ends), in nats;
    AIC = 2p − 2·log likelihood and BIC = p·log n − 2·log likelihood for p free parameters and n
    observed steps; `held_out` is the mean log likelihood per step, one step ahead, at the end of
    each series, under a model fitted to the steps before it.
    """

    fitted: tuple[Any, ...]
    states: Int[np.ndarray, " model"]
    parameters: Int[np.ndarray, " model"]
    log_likelihood: Float[np.ndarray, " model"]
    held_out: Float[np.ndarray, " model"]
    steps: int
    frames: Any = "pandas"

    @property
    def aic(self) -> Float[np.ndarray, " model"]:
        """Akaike's criterion: the lowest is best."""
        return 2.0 * self.parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> Float[np.ndarray, " model"]:
        """Schwarz's criterion: the lowest is best."""
        return self.parameters * np.log(self.steps) - 2 * self.log_likelihood

    def best(self, criterion: str = "bic") -> Any:
        """Return the model with the lowest AIC or BIC, or with the highest held-out score."""
        known_name("criterion", criterion, CRITERIA)
        order = {"aic": self.aic, "bic": self.bic, "held-out": -self.held_out}[criterion]
        return self.fitted[int(order.argmin())]

    def table(self) -> Any:
        """Return a data frame with a row for each number of states."""
        columns = {
            "states": self.states,
            "parameters": self.parameters,
            "log_likelihood": self.log_likelihood,
            "aic": self.aic,
            "bic": self.bic,
            "held_out": self.held_out,
        }
        return to_frame(columns, self.frames)


def state_counts(
    spec: Any,
    panel: Panel | Tokens,
    counts: Sequence[int] = (1, 2, 3, 4, 5, 6),
    *,
    key: Key,
    horizon: int = 1,
    held_out: float = 0.2,
    on_count: Callable[[int], None] | None = None,
    **options: Any,
) -> StateCounts:
    """Fit `spec` with each of the numbers of states in `counts`, and compare them.

    The last part `held_out` of every series evaluates models fitted to the steps before it.
    `options` are those of `fit`; `on_count` receives every number of states before it is fitted. Of
    `Tokens`, the last part of the sequences (of a single one, its last part) evaluates models
    fitted to the rest.

    >>> import numpy as np, stepahead as sa
    >>> level = np.repeat([0.0, 4.0, 0.0, 4.0], 25) + np.random.default_rng(0).normal(size=100)
    >>> panel = sa.Panel.from_arrays([level])
    >>> found = state_counts(sa.models.HMM(2), panel, (1, 2, 3), key=0)
    >>> found.best("bic").spec.states, found.parameters.tolist()
    (2, [2, 7, 14])
    """
    if not isinstance(spec, HMM):
        raise Refusal(f"Only hidden Markov models have states, but the model is {spec!r}.")
    if not 0 < held_out < 1:
        raise Refusal(f"`held_out` is a part between 0 and 1, but it is {held_out!r}. Give 0.2.")
    if not len(counts):
        raise Refusal("`counts` names no number of states. Give some, such as (1, 2, 3).")
    if isinstance(panel, Tokens):
        return _of_tokens(spec, panel, counts, key, held_out, on_count, options)
    series = without_covariates(require_panel("panel", panel))
    test = max(1, round(held_out * int(series.lengths.min())))
    before, _ = split(series, test)
    ends = np.concatenate([np.arange(end - test, end) for end in series.offsets[1:]])
    ends = ends[series.observed[ends].any(axis=1)]
    fitted, totals, judged = list[Forecaster](), list[float](), list[float]()
    for count in counts:
        if on_count is not None:
            on_count(count)
        one = replace(spec, states=whole("counts", count))
        fitted.append(fit(one, series, horizon, key=key, **options))
        totals.append(float(_by_step(fitted[-1], series).sum()))
        judged.append(
            float(_by_step(fit(one, before, horizon, key=key, **options), series)[ends].mean())
        )
    return StateCounts(
        tuple(fitted),
        np.array(counts),
        np.array([replace(spec, states=count).free(series.channels) for count in counts]),
        np.array(totals),
        np.array(judged),
        int(series.observed.any(axis=1).sum()),
        series.kind,
    )


def _of_tokens(
    spec: HMM,
    tokens: Tokens,
    counts: Sequence[int],
    key: Key,
    held_out: float,
    on_count: Callable[[int], None] | None,
    options: dict[str, Any],
) -> StateCounts:
    """Compare models of text; the parameters include one for each token that occurs, and for the
    end."""
    before, judging = _parts(tokens, held_out)
    fitted, totals, judged = list[Any](), list[float](), list[float]()
    for count in counts:
        if on_count is not None:
            on_count(count)
        one = replace(spec, states=whole("counts", count))
        fitted.append(fit(one, tokens, key=key, **options))
        totals.append(float(fitted[-1].score(tokens).totals.sum()))
        early = fit(one, before, key=key, **options)
        judged.append(float(early.score(judging).log_probs.mean()))
    size = len(np.unique(tokens.with_ends().ids))
    return StateCounts(
        tuple(fitted),
        np.array(counts),
        np.array([replace(spec, states=count).free_of_tokens(size) for count in counts]),
        np.array(totals),
        np.array(judged),
        len(tokens.with_ends().ids),
    )


def _parts(tokens: Tokens, held_out: float) -> tuple[Tokens, Tokens]:
    """The first sequences and the last ones; of a single sequence, its beginning and its end."""
    one = len(tokens) == 1
    count = len(tokens.ids) if one else len(tokens)
    first = count - max(1, round(held_out * count))
    if not first:
        raise Refusal(
            f"Of {counted(count, 'token' if one else 'sequence')}, none is left to learn from "
            "beside those held out. Give more, or a smaller `held_out`."
        )
    if not one:
        return tokens.take(np.arange(first)), tokens.take(np.arange(first, count))
    halves = (tokens.ids[:first], tokens.ids[first:])
    before, judging = (
        replace(tokens, ids=ids, offsets=np.array([0, len(ids)], np.int64)) for ids in halves
    )
    return before, judging


def _by_step(fitted: Forecaster, series: Panel) -> Float[np.ndarray, " total"]:
    """log p(x_t | x₁ … x_{t−1}) of every step, in the unit of the panel."""
    body: Any = fitted.model.body
    scaled = fitted.own_scale
    observed = ObservedNumbers(scaled.apply(series), body.emission.lags, 0.0)
    chain = LogChain(np.asarray(body.log_start), np.asarray(body.log_transition))
    steps = step_log_likelihood(observed.scores(body.emission), observed.offsets, chain)
    return steps + np.where(observed.observed, scaled.log_derivative(series), 0.0).sum(axis=1)
