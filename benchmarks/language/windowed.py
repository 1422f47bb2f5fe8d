"""A window of words instead of a state: the neural n-gram against counts of the same order, on the
Penn Treebank.

    python benchmarks/language/windowed.py [EPOCHS]

The last 4 words, embedded in 64 numbers each, through one hidden layer of 200 to all 10,000 words
(Bengio et al. 2003), dropout 0.2, Adam with a cosine schedule from 0.002; counts: Kneser–Ney of
order 5, which sees as much. Separate sentences, ends counted. The settings are one guess; the
mixture's weight is found on validation text. Needs the data folder (STEPAHEAD_DATA).
"""

import sys
import time

import numpy as np
from lstm import DATA, by_sentence

import stepahead as sa
from stepahead import models, training

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 4


def main() -> None:
    """Train, score, mix."""
    train = sa.read_text(DATA / "ptb.train.txt.gz")
    valid, test = (
        sa.read_text(DATA / f"ptb.{part}.txt.gz", vocabulary=train.vocabulary)
        for part in ("valid", "test")
    )
    updates = EPOCHS * len(train) // 32
    recipe = training.BySequence(EPOCHS, 32, training.adam(training.cosine(2e-3, updates)))
    begun, used = time.monotonic(), time.process_time()
    spec = models.Embedded(models.MLPAR(4, hidden=(200,)), width=64, dropout=0.2)
    window = sa.fit(
        spec,
        train,
        key=0,
        training=recipe,
        on_event=lambda e: print(f"epoch {e.number}: {np.exp(e.loss):.1f}", flush=True),
    )
    print(
        f"trained in {time.monotonic() - begun:.0f} s ({time.process_time() - used:.0f} s of "
        "processor time)"
    )
    counts = sa.fit(models.NGram(5), train)
    said = {
        part: [by_sentence(model, text) for model in (window, counts)]
        for part, text in (("valid", valid), ("test", test))
    }
    weights = models.mixing_weights(np.stack(said["valid"]))
    for part, (first, second) in said.items():
        mixed = np.logaddexp(first + np.log(weights[0]), second + np.log(weights[1]))
        perplexities = ", ".join(
            f"{name} {np.exp(-values.mean()):.2f}"
            for name, values in (("window of 4", first), ("Kneser–Ney 5", second), ("mixed", mixed))
        )
        print(f"{part}: {perplexities}")


if __name__ == "__main__":
    main()
