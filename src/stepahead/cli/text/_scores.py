"""Scores of a language model on texts: the measures, each text or token, and the report."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._check import counted
from ...outputs import write_report
from ..shared import provenance
from ._ahead import ahead_sentence, look_ahead, steps_told

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel, TokenScore
    from ...plots import Course

SHOWN, BEFORE = 8, 6
"""Numbers of texts and tokens of each kind in the report, and of tokens printed before one of
them."""

BEGINNING = 60
"""Number of characters of a running text that are shown."""

PLACES = 60
"""The largest number of points in the curve along a running text."""

EXPLAINED = (
    "With 95 % intervals by resampling the texts, long ones in blocks; the baseline is the "
    "frequencies which the tokens have in these texts. Ends of texts are tokens too."
)

Rows = list[dict[str, Any]]


def measures_of(read: "Tokens", score: "TokenScore", characters: int) -> Rows:
    """Perplexity, and bits per token and per character, with intervals and the baseline; and the
    share of unknown tokens. `characters` is the number of characters in the texts, ends
    included."""
    ids = read.with_ends().ids
    shares = np.bincount(ids)[ids] / len(ids)
    bits = np.array([score.bits, *score.interval(), -np.log2(shares).mean()])
    by_character = bits * len(ids) / characters
    rows = [("perplexity", 2**bits), ("bits_per_token", bits), ("bits_per_character", by_character)]
    nan = float("nan")
    unknown = np.array([score.unknown / max(1, len(read.ids)), nan, nan, nan])
    return [
        {"measure": name, "value": value, "low": low, "high": high, "baseline": baseline}
        for name, (value, low, high, baseline) in (
            (name, values.tolist()) for name, values in [*rows, ("unknown_tokens", unknown)]
        )
    ]


def sentence_of(measures: Rows, tokens: int, unknown: int) -> str:
    """A sentence on perplexity and bits, with the interval and the baseline."""
    perplexity, bits, by_character, _ = measures
    new = f", {unknown:,} of them unknown" if unknown else ""
    return (
        f"Perplexity {perplexity['value']:.2f} (95 % interval {perplexity['low']:.2f} to "
        f"{perplexity['high']:.2f}) over {counted(tokens, 'token')}, ends of texts included{new}: "
        f"{bits['value']:.3f} bits per token, {by_character['value']:.3f} bits per character. The "
        f"frequencies of the tokens in these texts alone: perplexity {perplexity['baseline']:.2f}."
    )


def by_text(texts: list[str], score: "TokenScore") -> Rows:
    """A row for every text."""
    columns = zip(texts, score.totals.tolist(), score.per_token.tolist(), strict=True)
    return [{"text": text, "log_prob": total, "per_token": each} for text, total, each in columns]


def shortened(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= BEGINNING else f"{text[:BEGINNING].rstrip()} …"


def by_token(fitted: "LanguageModel", read: "Tokens", score: "TokenScore") -> Rows:
    """A row for every token."""
    ended = fitted.tokens(read).with_ends()
    words = [fitted.vocabulary.words[number] for number in ended.ids]
    sentence = np.repeat(np.arange(len(ended)) + 1, ended.lengths).tolist()
    columns = zip(sentence, words, score.log_probs.tolist(), strict=True)
    return [{"sentence": of, "token": word, "log_prob": told} for of, word, told in columns]


def write_scores_page(
    path: Path,
    fitted: "LanguageModel",
    read: "Tokens",
    score: "TokenScore",
    texts: list[str],
    measures: Rows,
    name: str,
    seed: int,
) -> None:
    """Write the report of the scores on these texts."""
    from ...plots import ScoresReport, Spread, scores_report_html

    said = sentence_of(measures, len(score.log_probs), score.unknown)
    bits, told = -score.per_token / np.log(2), by_token(fitted, read, score)
    order = np.argsort(bits, kind="stable").tolist()
    rows = [
        {"bits_per_token": float(bits[place]), "text": texts[place]}
        for place in ([] if len(texts) < 2 else order)
    ]
    least = np.argsort(score.log_probs, kind="stable")[:SHOWN].tolist()
    ahead, known = _ahead(fitted, read, seed)
    parts: list[tuple[str, str, Any]] = [
        ("Bits a token by text", "", Spread(bits, "bits a token")),
        *([("Along the text", *_along(score))] if len(texts) == 1 else []),
        *([("How far ahead tokens are known", known, ahead)] if ahead is not None else []),
        (
            "Tokens that were least expected",
            "What stood before each, and its bits: one is a factor of two in probability.",
            [_least(told, place) for place in least],
        ),
        ("The most probable texts", "By bits a token.", rows[:SHOWN]),
        ("The least probable texts", "By bits a token.", rows[::-1][:SHOWN]),
    ]
    title = f"Scores of {name}"
    page = ScoresReport("Language model", title, [said], EXPLAINED, measures, parts, provenance(()))
    write_report(path, partial(scores_report_html, page))


def _along(score: "TokenScore") -> tuple[str, "Course"]:
    """The bits per token along one text, and a sentence on them."""
    from ...plots import Course

    blocks = np.array_split(-score.log_probs / np.log(2), min(PLACES, len(score.log_probs)))
    ends = np.cumsum([len(block) for block in blocks]).astype(float)
    curve = np.array([block.mean() for block in blocks])
    block = counted(len(blocks[0]), "token")
    return f"The mean of every {block}.", Course({"bits": curve}, ends, "bits a token", "token")


def _ahead(fitted: "LanguageModel", read: "Tokens", seed: int) -> tuple["Course | None", str]:
    """Bits by distance and those of frequencies, and a sentence; None if it would take long, or the
    texts are too short."""
    from ...plots import Course

    steps = steps_told(fitted, read)
    if not steps:
        return None, ""
    found = look_ahead(fitted, read, steps, seed)
    curves = {"the model": found.bits, "frequencies of tokens": found.frequencies}
    places = np.asarray(found.steps, float)
    return Course(curves, places, "bits", "steps ahead"), ahead_sentence(found)


def _least(told: Rows, place: int) -> dict[str, Any]:
    row = told[place]
    first = max(0, place - BEFORE)
    before = [each["token"] for each in told[first:place] if each["sentence"] == row["sentence"]]
    bits = -row["log_prob"] / np.log(2)
    return {"token": row["token"], "before": " ".join(before), "bits": float(bits)}
