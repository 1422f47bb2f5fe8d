"""n-gram models on the Penn Treebank: perplexity, time and memory; the gain from more context; how
far ahead a word can be known.

    STEPAHEAD_DATA=… python benchmarks/language/ngram.py [perplexity] [orders] [ahead] [chain]

Separate sentences, every end counted, <unk> a word like others. `perplexity` runs order 5
first, in a process that has done nothing else, on one core; `orders` draws perplexity by order on
validation text (docs/experiments/ngram-orders.png); `ahead` prints the bits that are needed to tell
the token d places on; `chain` asks the model of order 5 for what it can answer exactly.
"""

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np

from stepahead import models, training
from stepahead.data import END, Characters, Tokens
from stepahead.evaluation import bits_ahead, markov_orders
from stepahead.generation import best_sequences, infill, token_distribution, token_score
from stepahead.readers import read_text

FOLDER = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "text"
    / "ptb"
)
PICTURES = Path(__file__).parents[2] / "docs" / "experiments"
TO_REACH = {2: 185.70, 3: 148.28, 4: 142.72, 5: 141.19}
STEPS, PLACES = 8, 400


def texts(tokenizer: Characters | None = None) -> tuple[Tokens, Tokens, Tokens]:
    """Training, validation and test text in the training text's vocabulary."""
    train = read_text(FOLDER / "ptb.train.txt.gz", tokenizer=tokenizer)
    valid, test = (
        read_text(FOLDER / f"ptb.{part}.txt.gz", vocabulary=train.vocabulary)
        for part in ("valid", "test")
    )
    return train, valid, test


def memory() -> float:
    """The most that the process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def perplexity() -> None:
    """Orders 5 … 2, left to right, and order 5 right to left."""
    train, valid, test = texts()
    print(
        f"{len(train.ids):,} tokens in {len(train):,} sentences, {len(train.vocabulary):,} kinds; "
        f"held before counting {memory():.0f} MiB"
    )
    for order in (5, 4, 3, 2):
        start, busy = time.perf_counter(), time.process_time()
        model = training.count(models.NGram(order), train)
        counted = time.perf_counter()
        scores = [token_score(model, text).perplexity for text in (valid, test)]
        now, used = time.perf_counter(), time.process_time() - busy
        print(
            f"order {order}: validation {scores[0]:.2f}, test {scores[1]:.2f} (to reach "
            f"{TO_REACH[order]:.2f}); counted in "
            f"{counted - start:.2f} s, scored in {now - counted:.2f} s, {used:.2f} s of processor "
            f"time; peak {memory():.0f} MiB"
        )
    backward = training.count(models.NGram(5), train.reversed())
    print(
        f"order 5, right to left: test {token_score(backward, test.reversed()).perplexity:.2f} (to "
        "reach 141.26)"
    )


def orders() -> None:
    """Perplexity by order on validation text, words and characters, printed and drawn; and what the
    criteria choose."""
    from stepahead.plots import perplexity_plot, save_figure

    kinds = {
        "Kneser-Ney": models.KneserNey(),
        "Witten-Bell": models.WittenBell(),
        "add 0.01": models.AddK(0.01),
    }
    found: dict[str, dict[str, list[float]]] = {}
    for name, tokenizer in (
        ("Penn Treebank, words", None),
        ("Penn Treebank, characters", Characters()),
    ):
        train, valid, _ = texts(tokenizer)
        found[name] = {kind: [] for kind in kinds}
        notes: list[str] = []
        for order in range(1, 9):
            for kind, smoothing in kinds.items():
                model = training.count(models.NGram(order, smoothing), train, on_note=notes.append)
                found[name][kind].append(token_score(model, valid).perplexity)
            print(
                f"{name}, order {order}: "
                + ", ".join(f"{kind} {values[-1]:.3f}" for kind, values in found[name].items()),
                flush=True,
            )
        for note in dict.fromkeys(notes):
            print(f"  note: {note}")
        if tokenizer is not None:
            chosen = markov_orders(train, range(1, 9))
            print(
                f"  characters, chosen on training text: test {chosen.by_test()}, AIC "
                f"{chosen.by_aic}, BIC {chosen.by_bic}"
            )
    figure = perplexity_plot(
        found,
        subtitle=(
            "Validation text of the Penn Treebank, sentence by sentence, ends counted; rings mark"
            " the lowest"
        ),
    )
    print(save_figure(figure, PICTURES / "ngram-orders.png").name)


def ahead() -> None:
    """Bits by distance: counted at that distance, and by propagating the model of order 3 from
    places drawn at random."""
    train, _, test = texts()
    plain = training.count(models.NGram(1), train.concatenated())
    read = test.concatenated()
    alone = -plain.log_probs(read.ids, read.offsets) / np.log(2)
    counted = bits_ahead(lambda text: training.count(models.NGram(2), text), train, test, STEPS)
    longer = bits_ahead(lambda text: training.count(models.NGram(3), text), train, test, STEPS)
    full = training.count(models.NGram(3), train)
    places = np.random.default_rng(0).choice(
        np.arange(8, len(read.ids) - STEPS), PLACES, replace=False
    )
    saved = np.zeros((len(places), STEPS))
    for row, place in enumerate(places):
        past = read.ids[: place + 1]
        since = (
            past[np.flatnonzero(past == END)[-1] :]
            if (past == END).any()
            else np.concatenate([[END], past])
        )
        probs = token_distribution(full, since, STEPS)
        to_come = place + 1 + np.arange(STEPS)
        saved[row] = alone[to_come] + np.log2(probs[np.arange(STEPS), read.ids[to_come]])
    half = 1.96 * saved.std(axis=0, ddof=1) / np.sqrt(len(saved))
    print(f"bits without any context: {alone.mean():.2f}")
    print(f"{'d':<44}" + "".join(f"{d:>13}" for d in range(1, STEPS + 1)))
    for name, values in (
        ("one token, d places back", counted),
        ("two tokens, d and 2d places back", longer),
    ):
        print(f"{name:<44}" + "".join(f"{value:13.2f}" for value in values))
    pairs = zip(saved.mean(axis=0), half, strict=True)
    print(
        f"{f'saved by order 3, propagated, {PLACES} places':<44}"
        + "".join(f"{f'{mean:.2f} ± {by:.2f}':>13}" for mean, by in pairs)
    )


def chain() -> None:
    """Exact answers of the model of order 5, with the time they take; and the transitions between
    the most frequent words."""
    from stepahead.plots import save_figure, transitions_plot

    train, _, _ = texts()
    words = train.vocabulary
    model = training.count(models.NGram(5), train)
    start = time.perf_counter()
    contexts = model.contexts
    print(
        f"{len(contexts):,} contexts, {len(contexts.source):,} n-grams: numbered in "
        f"{time.perf_counter() - start:.2f} s"
    )
    start = time.perf_counter()
    probs = token_distribution(model, [END, *words.encode("the company said")], 4)
    likely = ", ".join(
        f"{words.words[place]} {row[place]:.3f}"
        for row, place in zip(probs, probs.argmax(axis=1), strict=True)
    )
    print(
        f"after 'the company said', 1 … 4 tokens on: {likely} ({time.perf_counter() - start:.2f} s)"
    )
    start = time.perf_counter()
    gap = infill(
        model, [END, *words.encode("the company said")], 3, [*words.encode("the market"), END]
    )
    print(
        f"'the company said [{words.decode(gap.best.tokens)}] the market' "
        f"({time.perf_counter() - start:.2f} s)"
    )
    for length in (5, 10, 20):
        start = time.perf_counter()
        best = best_sequences(model, length, after=[END], forbidden=[0, END])[0]
        print(
            f"{length} tokens: '{words.decode(best.tokens)}', {best.log_prob:.2f} nats "
            f"({time.perf_counter() - start:.2f} s)"
        )
    frequent = [END, *range(2, 26)]
    matrix = np.exp(
        training.count(models.NGram(2), train).next_log_probs(
            [np.array([word]) for word in frequent]
        )
    )[:, frequent]
    names = [words.words[word] for word in frequent]
    figure = transitions_plot(
        matrix,
        names,
        title="Which word follows which",
        subtitle="Penn Treebank, the most frequent words, Kneser-Ney",
    )
    print(save_figure(figure, PICTURES / "ngram-transitions.png").name)


PARTS = {"perplexity": perplexity, "orders": orders, "ahead": ahead, "chain": chain}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
