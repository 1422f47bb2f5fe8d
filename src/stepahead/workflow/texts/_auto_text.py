"""`auto_text`: a language model without settings: n-grams, mixed with a network that is trained in
the time that is left."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from ..._check import options_known
from ..._extras import installed
from ..._types import Key
from ...data import Tokens
from ...generation import LanguageModel
from ...models import Mixture, NGram, mixing_weights
from .._fit import fit
from ._network import FEWEST_TOKENS, INTERRUPTED, seconds_to_load, trained_within
from ._remembered import remembering

ORDERS = (3, 4, 5, 6, 7, 8, 9, 10)
"""The n-gram lengths that are tried, in this order, until a longer one does not improve held-out
text; for large texts of characters, from the third on."""

MUCH, FEW, COUNTING = 50_000, 300, 0.3
"""The number of tokens of a large text, the largest vocabulary that counts as characters, and the
share of the time within which another length may be tried."""

WITHOUT = 5
"""The n-gram length if no text is held out."""

MOST_JUDGED = 20_000
"""The most held-out tokens on which the network is evaluated after every epoch."""

RECENT = "lstm with recent tokens"
"""The name of the network that has a cache of recent tokens."""

LEAST_WEIGHT = 0.02
"""A network with a smaller weight is left out."""


@dataclass(frozen=True)
class TextRow:
    """A model, its bits per token of held-out text, its weight in the mixture, and the seconds that
    it took."""

    name: str
    bits: float
    weight: float
    seconds: float

    @property
    def perplexity(self) -> float:
        """2 to the power of the bits."""
        return float(2.0**self.bits)


@dataclass(frozen=True, eq=False)
class TextChoice:
    """The result of `auto_text`: `model`, whose n-grams are also counted on the held-out text;
    `judged`, the model that was evaluated on that text; a row for every model, best first;
    sentences on the choice, and on whether more time would help (empty if nothing was trained);
    whether Ctrl-C ended the training; and the n-grams and the network separately (None if there is
    none)."""

    model: LanguageModel
    judged: LanguageModel
    rows: tuple[TextRow, ...]
    sentence: str
    more_time: str
    interrupted: bool = False
    counted: LanguageModel | None = None
    network: LanguageModel | None = None


@options_known()
def auto_text(
    train: Tokens,
    heldout: Tokens | None,
    *,
    key: Key,
    clock: Callable[[], float],
    budget: float = 60.0,
    backward: bool = False,
    on_row: Callable[[TextRow], None] = lambda row: None,
    on_event: Callable[[Any], None] = lambda event: None,
    checkpoint: Path | None = None,
) -> TextChoice:
    """Count n-grams of the length that is best on held-out text, train a network, and mix both with
    the weights that maximise the likelihood of the held-out text.

    The network gets as many updates as fit into `budget` seconds on two ordinary cores, and ends
    earlier where so many seconds of the `clock` are over, those of loading JAX not counted.

    In running text the network has a cache (`models.RecentTokens`), if that improves held-out text:
    tokens that occurred recently in a similar context get a higher probability.

    The mixture is cross-validated: the weights for one half of the held-out text come from the
    other half. Then the n-grams are counted in all of the text. Ctrl-C ends the training and keeps
    the best model so far, at least the n-grams. Without `heldout` there are only n-grams. With
    `backward` the model reads texts from their end. With `checkpoint`, a file, the network is saved
    there after every epoch: the same call continues after an interruption, and ends with the same
    model. The file is deleted at the end.

    `on_row` receives every model that is done, `on_event` every epoch of the network.

    >>> text = Tokens.from_texts(["the cat sat", "the dog sat", "a cat ran"] * 10)
    >>> found = auto_text(text, text.take(np.arange(4)), key=0, clock=lambda: 0.0)
    >>> len(found.rows), found.rows[-1].name, found.rows[0].bits < found.rows[1].bits
    (2, 'frequencies', True)
    >>> found.model.next("the", top=2)[0].token in ("cat", "dog")
    True
    """
    end = clock() + budget
    if heldout is None:
        model = fit(NGram(WITHOUT), train, backward=backward)
        why = f"{WITHOUT}-grams; no text is held out."
        return TextChoice(model, model, (), why, "", counted=model)
    began = clock()
    baseline = fit(NGram(1), train, backward=backward)
    frequencies = TextRow("frequencies", baseline.score(heldout).bits, 0.0, clock() - began)
    on_row(frequencies)
    counted, row = _counted(train, heldout, backward, clock, clock() + COUNTING * budget)
    on_row(row)
    network, falling, stopped = None, False, ""
    if len(train.ids) >= FEWEST_TOKENS and installed("jax") and clock() < end:
        end += seconds_to_load(clock)
        began = clock()
        judging = _first(heldout, MOST_JUDGED)
        network, falling, stopped = trained_within(
            train,
            judging,
            key=key,
            clock=clock,
            budget=budget,
            end=end,
            backward=backward,
            on_event=on_event,
            checkpoint=checkpoint,
        )
    interrupted = stopped == INTERRUPTED
    if checkpoint is not None and not interrupted:
        checkpoint.unlink(missing_ok=True)
    every = fit(counted.spec, _joined(train, heldout), backward=backward)
    if network is None:
        alone_rows = (replace(row, weight=1.0), frequencies)
        why, more = _why_no_network(len(train.ids))
        why = f"The model is {row.name} alone: {stopped or why}."
        return TextChoice(every, counted, alone_rows, why, more, interrupted, every)
    said = np.stack([model.score(heldout).log_probs for model in (counted, network)])
    alone, name = TextRow("lstm", _bits(said[1]), 0.0, clock() - began), "lstm"
    on_row(alone)
    began = clock()
    if len(train) == len(heldout) == 1:
        remembered = remembering(network, said, heldout, MOST_JUDGED)
        if remembered is not None:
            (network, said[1]), name = remembered, RECENT
    weights = mixing_weights(said)
    mine = replace(alone, weight=weights[1])
    if name == RECENT:
        mine = TextRow(name, _bits(said[1]), weights[1], clock() - began)
        on_row(mine)
    rows: tuple[TextRow, ...] = (
        replace(row, weight=weights[0]),
        *((alone,) if name == RECENT else ()),
        mine,
        frequencies,
    )
    more = _more_time(falling, stopped)
    total = TextRow("mixture", _bits(_crosswise(said)), 1.0, sum(each.seconds for each in rows))
    if weights[1] < LEAST_WEIGHT or total.bits >= row.bits:
        why = f"The model is {row.name} alone: the network adds nothing yet."
        rows = tuple(replace(each, weight=float(each.name == row.name)) for each in rows)
        return TextChoice(every, counted, _sorted(rows), why, more, interrupted, every, network)
    sentence = (
        f"The model is {weights[0]:.0%} {row.name}, {weights[1]:.0%} {name}, weighted by the "
        "likelihood of held-out text."
    )
    mixed, judged = (_mixture((each, network), weights) for each in (every, counted))
    ranked = _sorted((*rows, total))
    return TextChoice(mixed, judged, ranked, sentence, more, interrupted, every, network)


def _why_no_network(tokens: int) -> tuple[str, str]:
    """The reason why no network was trained, and whether more time would help."""
    if tokens < FEWEST_TOKENS:
        return "for a network the text is too short", ""
    if not installed("jax"):
        return "a network needs JAX, not installed here: pip install 'stepahead[networks]'", ""
    more = "More time would pay: `budget` was over before a network could learn."
    return "no time was left for a network", more


def _counted(
    train: Tokens,
    heldout: Tokens,
    backward: bool,
    clock: Callable[[], float],
    end: float,
) -> tuple[LanguageModel, TextRow]:
    """The n-grams of the best length. Ctrl-C and the end of the time keep the best so far."""
    best: tuple[LanguageModel, TextRow] | None = None
    began = clock()
    many = len(train.ids) > MUCH and len(train.vocabulary) <= FEW
    try:
        for order in ORDERS[2:] if many else ORDERS:
            model = fit(NGram(order), train, backward=backward)
            row = TextRow(f"{order}-grams", model.score(heldout).bits, 0.0, clock() - began)
            if best is not None and row.bits >= best[1].bits:
                break
            best = model, row
            if clock() > end:
                break
    except KeyboardInterrupt:
        if best is None:
            raise
    assert best is not None
    return best


def _mixture(parts: tuple[LanguageModel, ...], weights: tuple[float, ...]) -> LanguageModel:
    first = parts[0]
    return LanguageModel(
        tuple(part.spec for part in parts),
        Mixture(tuple(part.model for part in parts), weights),
        first.vocabulary,
        first.backward,
        parts[-1].learning,
    )


def _crosswise(said: Float[np.ndarray, "model token"]) -> Float[np.ndarray, " token"]:
    """Log probabilities of the mixture for each half of the tokens, with the weights from the other
    half."""
    half = said.shape[1] // 2
    if not half:
        return np.logaddexp.reduce(said + np.log(0.5)[..., None], axis=0)
    halves = said[:, :half], said[:, half:]
    mixed = [
        np.logaddexp.reduce(own + np.log(mixing_weights(other))[:, None], axis=0)
        for own, other in (halves, halves[::-1])
    ]
    return np.concatenate(mixed)


def _bits(log_probs: Float[np.ndarray, " token"]) -> float:
    return float(-log_probs.mean() / np.log(2))


def _sorted(rows: tuple[TextRow, ...]) -> tuple[TextRow, ...]:
    return tuple(sorted(rows, key=lambda row: row.bits))


def _more_time(falling: bool, stopped: str) -> str:
    if falling:
        return (
            "More time would pay: the network's loss on held-out text was still falling when "
            f"{stopped}."
        )
    return "More time would not pay: the network's loss on held-out text no longer falls."


def _first(tokens: Tokens, most: int) -> Tokens:
    """The first tokens, at most `most`: whole sequences, or the beginning of a single one."""
    if len(tokens) == 1:
        ids = tokens.ids[:most]
        return replace(tokens, ids=ids, offsets=np.array([0, len(ids)], np.int64))
    count = max(1, int(np.searchsorted(tokens.offsets, most, side="right")) - 1)
    return tokens.take(np.arange(min(count, len(tokens))))


def _joined(train: Tokens, heldout: Tokens) -> Tokens:
    """Both, one after the other; two running texts become one."""
    ids = np.concatenate([train.ids, heldout.ids])
    offsets = np.concatenate([train.offsets, train.offsets[-1] + heldout.offsets[1:]])
    both = replace(train, ids=ids, offsets=offsets)
    return both.concatenated() if len(train) == len(heldout) == 1 else both
