"""The direction of time in text: order and direction of sentences with n-grams and recurrent
networks, and how far ahead words are predictable.

Source: the density estimation at the beginning of the chapter on sequences in Dive into Deep
Learning ("dog bites man" is more likely than "man bites dog", and a text can be factored left to
right or right to left), as measurements. They use the Penn Treebank if available (Mikolov's split:
interpolated modified Kneser–Ney of order 5 has a test perplexity of 141.19, right to left 141.26),
else the English of Python's documentation. By the chain rule both directions give a text the same
probability; a difference comes from the model.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ...data import Tokens, WordsAndPunctuation
from ...evaluation import bits_ahead
from ...generation import LanguageModel
from ...models import GRU, Embedded, MaximumLikelihood, NGram
from ...plots import bars_plot, save_figure
from ...readers import read_text
from ...training import Gradient, adam, count
from ...workflow import fit
from .._result import Result, Row, Table, number, numbers_to_hit

ORDER, NET_SENTENCES, NET_EPOCHS, FARTHEST = 5, 8000, 6, 8
STORY = ("the dog bit the man", "the man bit the dog", "man the bit dog the")


class Texts(NamedTuple):
    """Training text, test text, and a flag: True for the Penn Treebank."""

    train: Tokens
    test: Tokens
    treebank: bool


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """N-grams in both directions, a network in both directions, sentences in another order, and
    bits by distance."""
    train, test, treebank = texts(data, quick)
    say(f"{len(train):,} sentences to learn from, {len(test):,} to judge by")
    counts = [fit(NGram(ORDER), train, backward=backward) for backward in (False, True)]
    exact = [
        fit(NGram(2, MaximumLikelihood()), train, backward=backward).score(train).totals.sum()
        for backward in (False, True)
    ]
    few, judged = part_of(train, test, 300 if quick else NET_SENTENCES)
    recipe = Gradient(span=35, batch=20, epochs=1 if quick else NET_EPOCHS, optimizer=adam(4e-3))
    width = 16 if quick else 100
    spec = Embedded(GRU(width), dropout=0.2)
    nets = [
        fit(spec, few.concatenated(), key=0, backward=backward, training=recipe)
        for backward in (False, True)
    ]
    say("counts and nets are fitted in both directions")
    bits = bits_ahead(lambda text: count(NGram(2), text), train, test, FARTHEST)
    reach = (140.89, 141.49) if treebank and not quick else None
    back = (140.96, 141.56) if treebank and not quick else None
    rows = (
        Row(
            "Kneser–Ney, order 5, left to right: test perplexity",
            [counts[0].score(test).perplexity],
            "141.19",
            reach,
        ),
        Row("right to left", [counts[1].score(test).perplexity], "141.26", back),
        Row(
            "pairs of words, not smoothed, on their own text: relative difference of log p",
            [abs(exact[0] / exact[1] - 1)],
            "0",
            (-np.inf, 1e-12),
        ),
    )
    tables = (
        numbers_to_hit("The same text in both directions", rows),
        directions(
            {
                "Kneser–Ney, order 5": (counts, test),
                f"GRU({width}) on {len(few):,} sentences": (nets, judged),
            }
        ),
        order_matters(counts[0], test),
        Table(
            "Sentences under the counts",
            [("", "log p, nats"), *((line, f"{value:.1f}") for line, value in story(counts[0]))],
        ),
        Table(
            "Bits to predict the word d places later from one word",
            [("d", "bits"), *((str(d + 1), f"{b:.3f}") for d, b in enumerate(bits))],
        ),
    )
    measured = {"bits": {f"{d + 1} on": float(b) for d, b in enumerate(bits)}}
    figure = bars_plot(
        measured,
        title="To predict the word d places later from one word",
        subtitle="bits a word, held-out text",
    )
    return Result(rows, tables, (), (save_figure(figure, out / "language-bits.png"),))


def texts(data: Path | None, quick: bool) -> Texts:
    """The Penn Treebank, or the documentation that Python contains, with its last tenth for the
    test."""
    folder = None if data is None else data / "text" / "ptb"
    if folder is not None and (folder / "ptb.train.txt.gz").is_file():
        train = read_text(folder / "ptb.train.txt.gz")
        test = read_text(folder / "ptb.test.txt.gz", vocabulary=train.vocabulary)
        return (
            Texts(train.take(np.arange(1000)), test.take(np.arange(200)), True)
            if quick
            else Texts(train, test, True)
        )
    from pydoc_data.topics import topics

    lines = [
        line.strip()
        for topic in topics.values()
        for line in topic.split(".\n")
        if len(line.split()) > 3
    ]
    lines = lines[:800] if quick else lines
    first = len(lines) * 9 // 10
    train = Tokens.from_texts(lines[:first], WordsAndPunctuation(), min_count=2)
    return Texts(train, Tokens.from_texts(lines[first:], vocabulary=train.vocabulary), False)


def part_of(train: Tokens, test: Tokens, most: int) -> tuple[Tokens, Tokens]:
    """The first `most` sentences with a vocabulary of the tokens that occur at least three times in
    them, and the test text with the same vocabulary."""
    few = train.take(np.arange(min(most, len(train))))
    few = few.with_vocabulary(few.occurring(3))
    return few, test.with_vocabulary(few.vocabulary)


def directions(fitted: dict[str, tuple[list[LanguageModel], Tokens]]) -> Table:
    """Perplexity in each direction, and the difference in nats per token with its 95 % interval
    over sentences."""
    lines: list[tuple[str, ...]] = [
        ("model", "→", "←", "log p → − log p ←, nats a token", "95 % interval")
    ]
    for name, (both, judged) in fitted.items():
        scores = [model.score(judged) for model in both]
        mean, half = paired(scores[0].totals - scores[1].totals, judged.lengths + 1.0)
        lines.append(
            (
                name,
                *(f"{score.perplexity:.2f}" for score in scores),
                f"{mean:+.4f}",
                f"{mean - half:+.4f} to {mean + half:+.4f}",
            )
        )
    return Table("Left to right and right to left on held-out text", lines)


def paired(
    difference: Float[np.ndarray, " sentence"], tokens: Float[np.ndarray, " sentence"]
) -> tuple[float, float]:
    """Mean difference per token, Σ d / Σ n, and 1.96 standard errors of that ratio; sentences are
    treated as independent."""
    mean = float(difference.sum() / tokens.sum())
    residual = difference - mean * tokens
    return mean, float(1.96 * np.sqrt((residual**2).sum()) / tokens.sum())


def order_matters(model: LanguageModel, test: Tokens) -> Table:
    """The share of held-out sentences that are more probable than the same words reversed, or
    shuffled."""
    own = model.score(test).totals
    rng = np.random.default_rng(0)
    order = np.concatenate(
        [
            start + rng.permutation(length)
            for start, length in zip(test.offsets[:-1], test.lengths, strict=True)
        ]
    )
    other = {
        "reversed": test.reversed(),
        "shuffled": Tokens(test.ids[order], test.offsets, test.vocabulary),
    }
    lines = [
        (
            "against",
            "sentences",
            "the original is more probable",
            "log p − log p of the other, nats a token",
        )
    ]
    for name, tokens in other.items():
        changed = np.array([not np.array_equal(a, b) for a, b in zip(test, tokens, strict=True)])
        gain = (own - model.score(tokens).totals)[changed]
        per_token = gain.sum() / (test.lengths[changed] + 1).sum()
        lines.append(
            (name, f"{changed.sum():,}", f"{(gain > 0).mean():.1%}", number(float(per_token)))
        )
    return Table("A sentence against its own words in another order (Kneser–Ney, order 5)", lines)


def story(model: LanguageModel) -> list[tuple[str, float]]:
    """The book's sentences, most probable first."""
    score = model.score(STORY)
    return [(STORY[place], float(score.totals[place])) for place in np.argsort(-score.totals)]
