"""A recurrent language model on the Penn Treebank, alone and mixed with counts.

    python benchmarks/language/lstm.py [MODEL.stepahead]

LSTM 2×200, embeddings of 200, dropout 0.2, truncated backpropagation over 35 words in 20 lanes, the
state carried on, as Zaremba et al. 2014 (whose small model of these sizes comes to 114.5 on the
test text after 13 epochs of SGD without dropout). Adam with a cosine schedule from 0.002, gradient
clipped to norm 1, 12 epochs. The settings are one guess, not chosen by looking at the test text;
validation text is scored after every epoch. Perplexity: exp(nats per token), ends of sentences
counted, <unk> a word like others; the text read as one, the state carried over sentences. The
mixture's weight is found on validation text. Needs the data folder (STEPAHEAD_DATA). With a path,
the model is saved there, and a run that was stopped continues from MODEL.progress.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead import models, training
from stepahead.generation import token_score

EPOCHS, LANES, SPAN = 12, 20, 35
DATA = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "text"
    / "ptb"
)


def main() -> None:
    """Train, score, mix, score."""
    kept = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    train = sa.read_text(DATA / "ptb.train.txt.gz")
    valid, test = (
        sa.read_text(DATA / f"ptb.{part}.txt.gz", vocabulary=train.vocabulary)
        for part in ("valid", "test")
    )
    running = train.concatenated()
    updates = EPOCHS * -(-(len(running.ids) + 1) // (SPAN * LANES))
    recipe = training.Gradient(
        span=SPAN,
        batch=LANES,
        epochs=EPOCHS,
        optimizer=training.adam(training.cosine(2e-3, updates)),
    )
    spec = models.Embedded(models.LSTM(200, layers=2, dropout=0.2), dropout=0.2)
    begun, used = time.monotonic(), time.process_time()

    def tell(event: training.Epoch) -> None:
        passed = time.monotonic() - begun
        print(
            f"epoch {event.number:2}: training {np.exp(event.loss):7.2f}, validation "
            f"{np.exp(event.validation):7.2f}, {passed:5.0f} s",
            flush=True,
        )

    progress = None if kept is None else kept.with_suffix(".progress")
    lstm = sa.fit(
        spec,
        running,
        key=0,
        training=recipe,
        validation=valid.concatenated(),
        on_event=tell,
        checkpoint=progress,
    )
    print(
        f"trained in {time.monotonic() - begun:.0f} s ({time.process_time() - used:.0f} s of "
        "processor time)"
    )
    if kept is not None:
        sa.save(lstm, kept)
    counts = sa.fit(models.NGram(5), train)
    said = {
        part: (in_reading_order(lstm, text), by_sentence(counts, text))
        for part, text in (("valid", valid), ("test", test))
    }
    weights = models.mixing_weights(np.stack(said["valid"]))
    print(f"\n{'perplexity':28}{'validation':>12}{'test':>10}")
    for row, name in enumerate(("LSTM 2×200", "Kneser–Ney, order 5")):
        print(
            f"{name:28}{np.exp(-said['valid'][row].mean()):12.2f}{np.exp(-said['test'][row].mean()):10.2f}"
        )
    both = [
        np.exp(
            -np.logaddexp(
                *(part + np.log(w) for part, w in zip(said[text], weights, strict=True))
            ).mean()
        )
        for text in ("valid", "test")
    ]
    print(f"{f'{weights[0]:.2f} LSTM + {weights[1]:.2f} counts':28}{both[0]:12.2f}{both[1]:10.2f}")


def in_reading_order(model: sa.LanguageModel, text: sa.Tokens) -> np.ndarray:
    """Log probabilities with the state carried over the ends of sentences."""
    return token_score(model.model, text.concatenated()).log_probs


def by_sentence(model: sa.LanguageModel, text: sa.Tokens) -> np.ndarray:
    """Log probabilities, every sentence separately: the same tokens and ends in the same order."""
    return token_score(model.model, text).log_probs


if __name__ == "__main__":
    main()
