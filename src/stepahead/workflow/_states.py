"""`states`: the hidden states behind every step of a series, from a fitted hidden Markov model."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from jaxtyping import Bool, Float, Int

from .._check import Refusal
from .._types import Key
from ..data import Panel, Tokens, require_panel, to_frame, without_covariates
from ..forecasting import Forecaster, Predictor
from ..generation import LanguageModel
from ..models import HMMBody, between_states
from ..ops import (
    LogChain,
    as_key,
    drawn_states,
    stationary,
)
from ..training import ObservedNumbers
from ._state_questions import DecodedStates, answers
from ._token_states import TokenStates, token_states


@dataclass(frozen=True, eq=False)
class HiddenStates(DecodedStates):
    """The hidden states of every step of a panel, numbered from 1: the most probable `paths`
    (Viterbi's), the best first, with the log probability of each for every series together with the
    data; and the `posterior` probability of each state given the whole series.

    `transition[i, j]` is the probability that state i + 1 is followed by j + 1; `log_likelihood` is
    that of each series, in the model's scaled unit. Where a series has fewer paths than were asked
    for, the others are 0 throughout, of log probability −∞.
    """

    panel: Panel
    paths: Int[np.ndarray, "path total"]
    log_probs: Float[np.ndarray, "path series"]
    posterior: Float[np.ndarray, "total state"]
    transition: Float[np.ndarray, "state state"]
    log_likelihood: Float[np.ndarray, " series"]

    def table(self) -> Any:
        """Return a row for each step: unique_id, ds, the values, the state of the best path, and
        the probability of every state. The table is the same kind of data frame as the panel's
        source."""
        panel = self.panel
        names = ["y"] if panel.channels == 1 else list(panel.names)
        columns = {
            "unique_id": np.repeat(panel.ids, panel.lengths),
            "ds": panel.times,
            **{name: panel.values[:, c] for c, name in enumerate(names)},
            **self.state_columns(),
        }
        return to_frame(columns, panel.kind, panel.frequency.zone)

    def summary(self) -> Any:
        """Return a row for each state: its share of all steps, its mean duration in steps, and the
        mean and standard deviation of the values in it, with steps weighted by its probability."""
        panel, weights = self.panel, self.posterior
        stay = np.diag(self.transition)
        columns = {
            "state": np.arange(1, len(stay) + 1),
            "share": weights.mean(axis=0),
            "steps": np.divide(1, 1 - stay, out=np.full(len(stay), np.inf), where=stay < 1),
        }
        for c, name in enumerate(panel.names):
            seen = panel.observed[:, c]
            total = np.maximum(weights[seen].sum(axis=0), np.finfo(float).tiny)
            mean = weights[seen].T @ panel.values[seen, c] / total
            square = np.square(panel.values[seen, c, None] - mean)
            ending = "" if panel.channels == 1 else f" of {name}"
            columns[f"mean{ending}"] = mean
            columns[f"deviation{ending}"] = np.sqrt((weights[seen] * square).sum(axis=0) / total)
        return to_frame(columns, panel.kind)

    def stationary(self) -> Float[np.ndarray, " state"]:
        """The share of time in each state in the long run; refused if that depends on the first
        state."""
        return stationary(self.transition)


@overload
def states(
    fitted: Predictor,
    panel: Panel | None = None,
    *,
    k: int = 1,
    fixed: Int[np.ndarray, " total"] | None = None,
    forbidden: Bool[np.ndarray, "total state"] | None = None,
) -> HiddenStates: ...


@overload
def states(
    fitted: LanguageModel,
    panel: Tokens | str | Iterable[str],
    *,
    k: int = 1,
    fixed: Int[np.ndarray, " total"] | None = None,
    forbidden: Bool[np.ndarray, "total state"] | None = None,
) -> TokenStates: ...


def states(
    fitted: Any,
    panel: Any = None,
    *,
    k: int = 1,
    fixed: Int[np.ndarray, " total"] | None = None,
    forbidden: Bool[np.ndarray, "total state"] | None = None,
) -> HiddenStates | TokenStates:
    """The hidden states of the series that a hidden Markov model was fitted to, or of others, with
    the `k` most probable paths.

    `fixed` gives the known state of every step, numbered from 1, and 0 where it is unknown;
    `forbidden` is True where a state is impossible. Paths and probabilities are then conditional on
    this. Both follow the steps of the panel, series by series.

    A model of tokens does not store its text: give a text instead of the panel, as strings or
    `Tokens`.

    >>> import numpy as np, stepahead as sa
    >>> series = np.repeat([0.0, 5.0, 0.0], 20) + 0.1 * np.sin(np.arange(60.0))
    >>> forecaster = sa.fit(sa.models.HMM(2), sa.Panel.from_arrays([series]), horizon=3, key=0)
    >>> found = sa.states(forecaster)
    >>> found.path[[0, 19, 20, 39, 40, 59]].tolist()
    [1, 1, 2, 2, 1, 1]
    >>> known = np.where(np.arange(60) == 25, 1, 0)
    >>> sa.states(forecaster, fixed=known).path[24:27].tolist()
    [2, 1, 2]
    >>> text = sa.data.Tokens.from_texts(["a b a b a", "b a b"] * 5)
    >>> letters = sa.fit(sa.models.HMM(2), text, key=0)
    >>> path = sa.states(letters, "b a b a").path
    >>> bool((path[[0, 2]] == path[0]).all() and (path[[1, 3]] != path[0]).all())
    True
    """
    if isinstance(fitted, LanguageModel):
        return token_states(fitted, panel, k=k, fixed=fixed, forbidden=forbidden)
    series, observed, scores, chain, copies = _asked(fitted, panel)
    found = answers(
        scores,
        observed.offsets,
        chain,
        copies,
        k=k,
        fixed=fixed,
        forbidden=forbidden,
        where=observed.where,
    )
    return HiddenStates(
        series,
        found.paths,
        found.log_probs,
        found.posterior,
        between_states(np.exp(chain.transition), copies),
        np.add.reduceat(found.log_likelihood, series.offsets[:-1]),
    )


def sample_states(
    fitted: Predictor, count: int, *, key: Key, panel: Panel | None = None
) -> Int[np.ndarray, "path total"]:
    """Draw `count` paths of hidden states given all observations. Return a row for each path, with
    a state, numbered from 1, for every step of the panel, series by series."""
    _, observed, scores, chain, copies = _asked(fitted, panel)
    times = np.tile(scores, (count, 1))
    ends = np.concatenate(
        [[0], (observed.offsets[1:] + np.arange(count)[:, None] * len(scores)).ravel()]
    )
    return drawn_states(times, ends, chain, as_key(key)).reshape(count, -1) // copies + 1


def _asked(
    fitted: Predictor, panel: Panel | None
) -> tuple[Panel, ObservedNumbers, np.ndarray, LogChain, int]:
    """The series, the scores of each step in each state, the transition chain, and the copies of a
    state."""
    if not isinstance(fitted, Forecaster) or not isinstance(fitted.model.body, HMMBody):
        raise Refusal(
            "Hidden states belong to a hidden Markov model, but what was fitted is "
            f"{fitted!r}. Fit `models.HMM(states)`."
        )
    body = fitted.model.body
    given = fitted.required_history if panel is None else require_panel("panel", panel)
    series = without_covariates(given)
    scaled = fitted.scaled_for(series, own=panel is None)
    observed = ObservedNumbers(scaled.apply(series), body.emission.lags, 0.0)
    chain = LogChain(np.asarray(body.log_start), np.asarray(body.log_transition))
    return series, observed, observed.scores(body.emission), chain, body.emission.copies
