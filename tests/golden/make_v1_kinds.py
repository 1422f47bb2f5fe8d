"""Made the files v1-*.stepahead of all kinds but plain forecasters, and v1-answers.json: what they
answered on that day.

Files of a version stay as they are. Run it from this folder for a new version only, with new names:
`python make_v1_kinds.py`.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

import stepahead as sa
from stepahead import data, models
from stepahead.data import Panel, Tokens, with_covariates
from stepahead.training import BySequence, Gradient

HERE = Path(__file__).parent
QUICK = BySequence(epochs=1, batch=2)

TEXT = Tokens.from_texts(
    ["the dog bites the man", "the man walks the dog", "a dog walks a man", "a man bites"]
)
ROWS = Panel.from_arrays(
    [np.sin(np.arange(6.0)), np.cos(np.arange(5.0)), np.arange(7.0), np.arange(4.0)[::-1]]
)
LABELS = ["one", "two", "one", "two"]
TAGGED = data.Tagged(TEXT, Tokens.from_texts(["d n v d n", "d n v d n", "d n v d n", "d n v"]))
VECTORS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.2]], np.float32)


def fitted() -> dict[str, Any]:
    """One of each kind that a file can hold, nets and counts."""
    words = sa.fit(models.LSTM(3), TEXT, key=0, training=QUICK)
    counts = sa.fit(models.NGram(2, models.WittenBell()), TEXT)
    steps = np.arange(40.0)
    panel = with_covariates(
        Panel.from_arrays([steps + np.sin(steps)]),
        known=Panel.from_arrays([np.cos(np.arange(44.0))], names=["c"]),
    )
    encoder = models.Encoder(models.GRU(3), bidirectional=True, embedding=4)
    quick = Gradient(span=6, epochs=1, steps=2, batch=4)
    return {
        "v1-ngram": counts,
        "v1-lstm-words": words,
        "v1-mixture": sa.mix((counts, words), TEXT),
        "v1-bayes": sa.fit(models.Bayes(models.NGram(2)), data.Labelled.of(TEXT, LABELS)),
        "v1-classifier": sa.fit(
            models.Classifier(encoder), data.Labelled.of(TEXT, LABELS), key=0, training=QUICK
        ),
        "v1-row-classifier": sa.fit(
            models.LSTM(3), data.Labelled.of(ROWS, LABELS), key=0, training=QUICK
        ),
        "v1-tagger": sa.fit(
            models.Tagger(encoder, transitions=True), TAGGED, key=0, training=QUICK
        ),
        "v1-translator": sa.fit(
            models.Translator(encoder, models.Decoder(models.GRU(3))),
            data.Pairs(TEXT, TEXT.reversed()),
            key=0,
            training=QUICK,
        ),
        "v1-generator": sa.fit(
            models.LSTM(3), data.ConditionalSequences(VECTORS, TEXT), key=0, training=QUICK
        ),
        "v1-series-generator": sa.fit(
            models.GRU(3),
            data.ConditionalSequences(VECTORS, ROWS),
            key=0,
            head=models.Gaussian(),
            training=QUICK,
        ),
        "v1-conformal": sa.fit(
            sa.conformal(models.Drift(), windows=12, gain=0.1),
            Panel.from_arrays([steps + np.sin(steps)]),
            2,
            key=0,
        ),
        "v1-covariates": sa.fit(models.GRU(3), panel, 4, key=0, training=quick),
    }


def answer(model: Any) -> list[Any]:
    """Numbers that all of what the model holds goes into."""
    match type(model).__name__:
        case "LanguageModel":
            said = model.score(["a dog bites", "strange words"]).log_probs
        case "LabelModel" | "LabelCombination":
            said = model.probabilities(TEXT if model.vocabulary is not None else ROWS)
        case "TagNetwork" | "CRFTagModel" | "FrequentTagModel" | "TagCombination":
            said = model.probabilities("the man")
        case "TranslationModel":
            said = model.score(data.Pairs(TEXT, TEXT)).log_probs
        case "Generator":
            said = model.score(data.ConditionalSequences(VECTORS, TEXT)).log_probs
        case "SeriesGenerator":
            said = model.score(data.ConditionalSequences(VECTORS, ROWS)).log_probs
        case _:
            said = model.forecast(levels=(80,))[["lo-80", "hi-80"]].to_numpy()
    return np.asarray(said, np.float64).tolist()


def main() -> None:
    """Write the files and their answers."""
    told = {}
    for name, model in fitted().items():
        sa.save(model, HERE / f"{name}.stepahead")
        told[name] = answer(model)
    (HERE / "v1-answers.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
