"""German to English on Multi30k: an encoder, a decoder and attention, scored by BLEU on the test of
2016.

    python benchmarks/sequences/translate.py [FOLDER] [--without-attention] [--additive]
        [--epochs N]

Subwords (byte pairs, learned on the training text, 4,000 for each side), a GRU that reads from both
sides, a GRU that writes, its output layer tied to the embeddings, scaled dot-product attention (or
additive) after it, dropout, label smoothing 0.1, Adam with a cosine schedule, the gradient clipped
to norm 1. Beam 5. BLEU by sacrebleu on tokens as they stand in the files (tokenised, lower case),
whose signature is printed. Settings, and the beam's penalty, are chosen on the validation pairs;
the test pairs are translated once, at the end. Needs the data folder (STEPAHEAD_DATA) and
sacrebleu. With a FOLDER, the model is saved there, and a run that was stopped continues from its
checkpoint.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import sacrebleu

import stepahead as sa
from stepahead import models, training
from stepahead.data import Subwords
from stepahead.readers import text_of

DATA = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "text"
    / "multi30k"
)
PIECES, BATCH, RATE = 4000, 64, 2e-3
PENALTIES = (0.0, 0.6, 1.0, 1.4)


def main() -> None:
    """Train, choose the penalty, translate, score."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", nargs="?", type=Path)
    attentions = arguments.add_mutually_exclusive_group()
    attentions.add_argument("--without-attention", action="store_true")
    attentions.add_argument("--additive", action="store_true", help="additive attention")
    arguments.add_argument("--epochs", type=int, default=10)
    given = arguments.parse_args()
    attention = models.Additive(256) if given.additive else models.DotProduct(256)
    name = "plain" if given.without_attention else "additive" if given.additive else "attention"
    tokenizers = tuple(
        Subwords.learned(text_of(DATA / f"train.{side}.gz").split("\n"), PIECES)
        for side in ("de", "en")
    )
    train = sa.read_pairs(DATA / "train.de.gz", DATA / "train.en.gz", tokenizers=tokenizers)
    vocabularies = train.inputs.vocabulary, train.targets.vocabulary
    val, test = (
        sa.read_pairs(DATA / f"{part}.de.gz", DATA / f"{part}.en.gz", vocabularies=vocabularies)
        for part in ("val", "test_2016_flickr")
    )
    kinds = " and ".join(f"{len(vocabulary):,}" for vocabulary in vocabularies)
    print(
        f"{len(train):,} pairs, {kinds} kinds of tokens; {len(val):,} and {len(test):,} pairs held "
        "out"
    )
    updates = given.epochs * -(-len(train) // BATCH)
    recipe = training.BySequence(
        given.epochs, BATCH, training.adam(training.cosine(RATE, updates, warmup=200))
    )
    spec = models.Translator(
        models.Encoder(models.GRU(256), bidirectional=True, embedding=256, dropout=0.3),
        models.Decoder(models.Embedded(models.GRU(320), dropout=0.3, tied=True)),
        None if given.without_attention else attention,
    )
    begun, used = time.monotonic(), time.process_time()

    def tell(event: training.Epoch) -> None:
        passed = time.monotonic() - begun
        print(
            f"epoch {event.number:2}: training {event.loss:6.3f}, validation perplexity "
            f"{np.exp(event.validation):6.2f}, {passed:5.0f} s",
            flush=True,
        )

    progress = None if given.folder is None else given.folder / f"translate-{name}.progress"
    model = sa.fit(
        spec,
        train,
        key=0,
        training=recipe,
        smoothing=0.1,
        validation=val,
        on_event=tell,
        checkpoint=progress,
    )
    print(
        f"trained in {time.monotonic() - begun:.0f} s ({time.process_time() - used:.0f} s of "
        "processor time)"
    )
    if given.folder is not None:
        sa.save(model, given.folder / f"translate-{name}.stepahead")
    judge(model, val, test)


def judge(model: sa.TranslationModel, val: sa.Pairs, test: sa.Pairs) -> None:
    """Greedy and beam, the penalty chosen on validation pairs."""
    truth = {
        part: [text_of(DATA / f"{name}.en.gz").splitlines()]
        for part, name in (("val", "val"), ("test", "test_2016_flickr"))
    }
    metric = sacrebleu.BLEU(tokenize="none", force=True)
    begun = time.monotonic()
    scores = {
        penalty: metric.corpus_score(
            model.translate(val.inputs, width=5, penalty=penalty), truth["val"]
        ).score
        for penalty in PENALTIES
    }
    print(
        "validation, beam 5: "
        + ", ".join(f"penalty {penalty} BLEU {score:.2f}" for penalty, score in scores.items())
    )
    best = max(scores, key=scores.__getitem__)
    for words, options in (
        ("greedy", {}),
        (f"beam 5, penalty {best}", {"width": 5, "penalty": best}),
    ):
        said = {
            part: model.translate(pairs.inputs, **options)
            for part, pairs in (("val", val), ("test", test))
        }
        marks = [metric.corpus_score(said[part], truth[part]).score for part in ("val", "test")]
        print(f"{words:24} BLEU on validation {marks[0]:6.2f}, on the test of 2016 {marks[1]:6.2f}")
    print(f"signature: {metric.get_signature()}; translated in {time.monotonic() - begun:.0f} s")
    for source, target in list(zip(test.inputs.texts(), said["test"], strict=True))[:3]:
        print(f"  {source}\n    {target}")


if __name__ == "__main__":
    main()
