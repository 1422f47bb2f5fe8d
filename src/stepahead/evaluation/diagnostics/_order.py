"""The order of a Markov chain by likelihood-ratio test, AIC, BIC and held-out text; the transitions
after one context."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import chdtrc, ndtri, xlogy

from ..._check import Refusal, between, probabilities, whole
from ..._types import TokenStep
from ...data import Tokens
from ...ops import NGramCounts, looked_up, ngram_counts

FitOrder = Callable[[int, Tokens], TokenStep]
"""A function that fits the model of one order to a text: `lambda n, text: training.count(NGram(n),
text)`."""


@dataclass(frozen=True)
class OrderFit:
    """The chain of one order, fitted by maximum likelihood. `order` n is that of `NGram`: n − 1
    tokens of context.

    `parameters` is the number of contexts that occur times one less than the number of tokens that
    occur. `g2` = 2·(ℓ_n − ℓ_{n−1}) tests whether the token n − 1 places before matters; `freedom`
    is the number of additional parameters, and `p` the p-value by the χ² distribution. `held_out`
    is the mean negative log probability, in nats, of held-out tokens with ends, under the model of
    `fit`; None without held-out text.
    """

    order: int
    log_likelihood: float
    contexts: int
    parameters: int
    aic: float
    bic: float
    g2: float
    freedom: int
    p: float
    held_out: float | None


@dataclass(frozen=True)
class Orders:
    """Markov chains of several orders, and the order that each criterion selects."""

    fits: tuple[OrderFit, ...]

    def by_test(self, level: float = 0.05) -> int:
        """Return the largest order up to which each further token of context is significant at
        `level`."""
        between("level", level, 0, 1)
        chosen = self.fits[0].order
        for fit in self.fits[1:]:
            if fit.p > level:
                break
            chosen = fit.order
        return chosen

    @property
    def by_aic(self) -> int:
        """The order with the smallest −2ℓ + 2·parameters."""
        return min(self.fits, key=lambda fit: fit.aic).order

    @property
    def by_bic(self) -> int:
        """The order with the smallest −2ℓ + log(tokens)·parameters."""
        return min(self.fits, key=lambda fit: fit.bic).order

    @property
    def by_held_out(self) -> int:
        """The order under which held-out text is most probable."""
        scored = [(fit.held_out, fit.order) for fit in self.fits if fit.held_out is not None]
        if not scored:
            raise Refusal("No held-out text was scored. Give `held_out` and `fit`.")
        return min(scored)[1]


def markov_orders(
    tokens: Tokens,
    orders: Sequence[int] = (1, 2, 3, 4, 5),
    *,
    held_out: Tokens | None = None,
    fit: FitOrder | None = None,
) -> Orders:
    """Compare Markov chains of these orders; each has one more token of context than the one before
    (Anderson & Goodman 1957).

    All tokens and all ends count, at the beginning of a sequence with the context that there is, so
    that the chains are nested. The χ² test, AIC and BIC assume that most contexts occur often. For
    words of a text they do not, and parameters outnumber tokens: then use `held_out` text, which is
    scored under the models that `fit` returns for each order. `orders` must be consecutive numbers.

    >>> switched = np.cumsum(np.random.default_rng(0).random(400) < 0.2) % 2
    >>> found = markov_orders(
    ...     Tokens.from_sequences([[str(state) for state in switched]]), (1, 2, 3)
    ... )
    >>> found.by_test(), found.by_aic, found.by_bic
    (2, 2, 2)
    """
    orders = [whole("orders", order) for order in orders]
    if not orders or orders != list(range(orders[0], orders[0] + len(orders))):
        raise Refusal(f"`orders` must rise one by one, such as 1, 2, 3, but they are {orders}.")
    if (held_out is None) != (fit is None):
        raise Refusal(
            "`held_out` text is scored by the models that `fit` returns, so give both or neither."
        )
    ended = tokens.with_ends()
    counts = ngram_counts(ended.ids, ended.offsets, len(tokens.vocabulary), orders[-1])
    kinds = int((counts[0].counts > 0).sum())
    fits: list[OrderFit] = []
    for order in range(max(orders[0] - 1, 1), orders[-1] + 1):
        value, contexts = _likelihood(counts[:order])
        parameters = contexts * (kinds - 1)
        before = fits[-1] if fits else None
        g2, freedom = (
            (2 * (value - before.log_likelihood), parameters - before.parameters)
            if before
            else (np.nan, 0)
        )
        aic, bic = (-2 * value + each * parameters for each in (2, np.log(len(ended.ids))))
        scored = (
            _held_out(held_out, fit(order, tokens))
            if held_out is not None and fit is not None and order >= orders[0]
            else None
        )
        p = float(chdtrc(freedom, max(g2, 0.0))) if freedom > 0 else np.nan
        fits.append(
            OrderFit(
                order,
                value,
                contexts,
                parameters,
                float(aic),
                float(bic),
                float(g2),
                freedom,
                p,
                scored,
            )
        )
    return Orders(tuple(fit for fit in fits if fit.order >= orders[0]))


def _likelihood(counts: Sequence[NGramCounts]) -> tuple[float, int]:
    """The maximum of the log likelihood, ℓ = Σ c(hw)·log(c(hw)/c(h)) over the longest n-grams and
    the shorter ones that begin a sequence, and the number of contexts that occur."""
    size, total, contexts = len(counts[0].keys), 0.0, 0
    for length, table in enumerate(counts, 1):
        kept = (
            np.ones(len(table.keys), bool) if length == len(counts) else table.begins & (length > 1)
        )
        context, seen = table.keys[kept] // size, table.counts[kept]
        sums = np.bincount(context, seen)
        total += float(xlogy(seen, seen).sum() - xlogy(sums, sums).sum())
        contexts += int((sums > 0).sum())
    return total, contexts


def _held_out(tokens: Tokens, model: TokenStep) -> float:
    """Mean negative log probability, in nats per token, with ends."""
    ended = tokens.with_ends()
    return float(-np.mean(model.log_probs(ended.ids, ended.offsets)))


@dataclass(frozen=True, eq=False)
class Transitions:
    """Counts of the tokens that followed one context, `total` in all: for each token of the
    vocabulary its count, its share, and the bounds of its interval."""

    total: int
    counts: Int[np.ndarray, " vocab"]
    share: Float[np.ndarray, " vocab"]
    low: Float[np.ndarray, " vocab"]
    high: Float[np.ndarray, " vocab"]


def transitions(
    tokens: Tokens, context: Sequence[int] | Int[np.ndarray, " token"], level: float = 95
) -> Transitions:
    """Return the observed transition probabilities after a context, with Wilson's score interval of
    `level`, in percent, for each.

    The interval is (p̂ + z²/2n ± z·√(p̂(1 − p̂)/n + z²/4n²))/(1 + z²/n) for n occurrences of the
    context (Wilson 1927); it is also valid for few or no occurrences of a token. The intervals are
    for single tokens, not simultaneous. A context that begins with END is the beginning of a
    sequence. A context that does not occur, or is never followed by a token, is refused.

    >>> found = transitions(Tokens.from_texts(["a b", "a b", "a a"]), [2])
    >>> (
    ...     found.total,
    ...     found.counts.tolist(),
    ...     found.share.round(2).tolist(),
    ...     found.low.round(2).tolist(),
    ...     found.high.round(2).tolist(),
    ... )
    (4, [0, 1, 1, 2], [0.0, 0.25, 0.25, 0.5], [0.0, 0.05, 0.05, 0.15], [0.49, 0.7, 0.7, 0.85])
    """
    _, high_end = probabilities(level)
    size, ended = len(tokens.vocabulary), tokens.with_ends()
    given = np.asarray(context, np.int64)
    counts = ngram_counts(ended.ids, ended.offsets, size, len(given) + 1)
    place = np.zeros(1, np.int64)
    for table, token in zip(counts, given, strict=False):
        place = looked_up(table.keys, place * size + token) if place[0] >= 0 else place
    table = counts[-1]
    after = (
        slice(*np.searchsorted(table.keys, place[0] * size + np.array([0, size])))
        if place[0] >= 0
        else slice(0)
    )
    seen = np.zeros(size, np.int64)
    seen[table.keys[after] % size] = table.counts[after]
    n = int(seen.sum())
    if not n:
        raise Refusal(
            f"The context {given.tolist()} never occurs with something after it, so nothing can be "
            "said of what follows. Shorten it."
        )
    z, share = float(ndtri(high_end)), seen / n
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = ((middle + sign * half) / (1 + z**2 / n) for sign in (-1, 1))
    return Transitions(n, seen, share, np.maximum(low, 0), np.minimum(high, 1))
