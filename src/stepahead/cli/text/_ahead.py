"""The distance up to which a language model predicts tokens better than their frequencies, at the
command line."""

from typing import TYPE_CHECKING, Any

from ..._check import counted

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import BitsAhead, LanguageModel

AT_ONCE, MOST_WORDS, FEWEST = 10, 1000, 30
"""The number of steps ahead of the automatic comparison, the largest vocabulary for which it runs,
and the smallest number of positions for a result."""


def look_ahead(model: "LanguageModel", tokens: "Tokens", steps: int, seed: int) -> "BitsAhead":
    """Bits by distance in a text that was not used for training, and those of the frequencies of
    tokens in that text."""
    from ...generation import bits_ahead

    read = tokens.reversed() if model.backward else tokens
    few = len(model.vocabulary) > MOST_WORDS
    return bits_ahead(
        model.model,
        read,
        read.log_frequencies(),
        steps,
        key=seed,
        places=50 if few else 200,
    )


def ahead_table(found: "BitsAhead") -> dict[str, Any]:
    """A row for every step ahead, in bits per token."""
    return {
        "step": found.steps,
        "bits": found.bits.round(3),
        "by_frequency": found.frequencies.round(3),
        "error": found.error.round(3),
    }


def ahead_sentence(found: "BitsAhead") -> str:
    """A sentence on the largest distance at which the model is better than frequencies."""
    steps, known = len(found.steps), found.known
    if found.places < FEWEST:
        return (
            f"How far ahead tokens are known cannot be told from {counted(found.places, 'place')} "
            "in these texts."
        )
    if not known:
        return (
            f"At {found.places} places of these texts, not even the next token is predicted better "
            "than by the token frequencies."
        )
    last = f"{found.bits[known - 1]:.2f} bits beside {found.frequencies[known - 1]:.2f} there"
    more = " at least" if known == steps else ""
    return (
        "How far to trust it: tokens are predicted better than by their frequencies up to "
        f"{counted(known, 'step')} ahead{more} ({last})."
    )


def ahead_of(model: "LanguageModel", heldout: "Tokens", seed: int) -> str:
    """The sentence for `text fit`; empty if it would take long, or lines are too short."""
    steps = steps_told(model, heldout)
    return ahead_sentence(look_ahead(model, heldout, steps, seed)) if steps else ""


def steps_told(model: "LanguageModel", tokens: "Tokens") -> int:
    """The number of steps ahead of the automatic comparison; 0 if it would take long, or lines are
    too short."""
    import numpy as np

    return (
        0
        if len(model.vocabulary) > MOST_WORDS
        else min(AT_ONCE, int(np.median(tokens.lengths) // 2))
    )
