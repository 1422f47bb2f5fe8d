"""Made the files of models, heads, scalers, smoothings and transitions that no other file holds,
and v2-parts-answers.json: what each answered on that day.

Files of a version stay as they are. Run it from this folder for a part that has no file yet:
`python make_v2_parts.py`. It writes what is missing and leaves the rest alone.
"""

import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import stepahead as sa
from stepahead import data, forecasting, models
from stepahead.training import BaumWelch, BySequence, Gradient

HERE = Path(__file__).parent
ANSWERS = HERE / "v2-parts-answers.json"

WINDOWS = Gradient(span=12, epochs=1, steps=3, batch=4)
WHOLE = BySequence(epochs=1, batch=2)
STATES = BaumWelch(restarts=1, iterations=5)

MONTHS: sa.Panel = runpy.run_path(str(HERE / "make_v1.py"), run_name="v1")["panel"]()
DRAWS = np.random.default_rng(0)
COUNTS = sa.Panel.from_arrays([DRAWS.poisson(3.0, 40)])
FLAGS = sa.Panel.from_arrays([DRAWS.integers(0, 2, 40)])
LEVELS = sa.Panel.from_arrays([np.repeat([0.0, 3.0, 1.0, 5.0], 10) + DRAWS.normal(size=40)])
WAVE = np.cos(np.arange(44.0))
KNOWN = data.with_covariates(
    sa.Panel.from_arrays([np.arange(40.0) + 3 * WAVE[:40] + DRAWS.normal(size=40)]),
    known=sa.Panel.from_arrays([WAVE], names=["wave"]),
)
SENTENCES = ["the dog bites the man.", "the man walks the dog.", "a dog walks a man."]
LABELLED = data.Labelled.of(
    sa.Panel.from_arrays([DRAWS.normal(size=8) + level for level in (0, 4, 0, 4)]),
    ["low", "high", "low", "high"],
)


def networks() -> dict[str, Callable[[], Any]]:
    """Steps, heads and scalers of series."""

    def fit(spec: Any, panel: sa.Panel, **options: Any) -> Callable[[], Any]:
        return lambda: sa.fit(spec, panel, 4, key=0, **options)

    trained = {"training": WINDOWS}
    return {
        "v2-mlp": fit(
            models.MLPAR(3, (4,)), MONTHS, head=models.StudentT(), scaler=data.robust(), **trained
        ),
        "v2-rnn": fit(
            models.RNN(3), MONTHS, head=models.Point(), scaler=data.mean_scale(), **trained
        ),
        "v2-min-gru": fit(models.MinGRU(3), COUNTS, head=models.NegativeBinomial(), **trained),
        "v2-bernoulli": fit(models.GRU(3), FLAGS, head=models.Bernoulli(), **trained),
        "v2-naive": fit(models.Naive(), MONTHS),
        "v2-mean": fit(models.Mean(), MONTHS, scaler=data.seasonal_additive(12)),
        "v2-difference": fit(models.LinearAR(2), LEVELS, scaler=data.difference()),
        "v2-direct": fit(models.MLPAR(2, (3,)), LEVELS, strategy=forecasting.direct, **trained),
        "v2-encoder-decoder": fit(models.EncoderDecoder(models.GRU(3)), MONTHS, **trained),
        "v2-regression": fit(forecasting.Autoregression((1, 2)), KNOWN),
        "v2-leveled": fit(
            forecasting.Leveled(forecasting.Recent(forecasting.Theta("standard"), 30)), LEVELS
        ),
    }


def latent() -> dict[str, Callable[[], Any]]:
    """Components of state-space models, and transitions between hidden states."""
    parts: dict[str, tuple[sa.Panel, tuple[Any, ...]]] = {
        "trend": (MONTHS, (models.DampedTrend(), models.TrigonometricSeason(12, 2))),
        "cycle": (
            KNOWN,
            (models.LocalLinearTrend(), models.Cycle(5.0, 9.0), models.Regression()),
        ),
        "autoregressive": (LEVELS, (models.Constant(), models.AR(1))),
        "own-matrices": (LEVELS, (models.OwnMatrices(((0.5,),), (1.0,), (None,)),)),
    }
    transitions: dict[str, Any] = {
        "banded": models.Banded(1),
        "left-to-right": models.LeftToRight(),
        "fixed": models.Fixed(((0, 1, 0.3),)),
        "forbidden": models.Forbidden(((0, 2),)),
        "shared": models.Shared(((0, 1),)),
    }
    structural = {
        f"v2-structural-{name}": lambda panel=panel, of=of: sa.fit(
            models.StateSpace(*of), panel, 4, key=0
        )
        for name, (panel, of) in parts.items()
    }
    hidden = {
        f"v2-hmm-{name}": lambda of=of: sa.fit(
            models.HMM(3, transition=of), LEVELS, 4, key=0, training=STATES
        )
        for name, of in transitions.items()
    }
    noise = models.StateSpace(
        models.Common(models.LocalLevel()), models.Apart(models.Noise()), noise=False, joint=True
    )
    both = sa.Panel.from_arrays([DRAWS.normal(size=(30, 2)).cumsum(axis=0)])
    return structural | hidden | {"v2-joint-noise": lambda: sa.fit(noise, both, 4, key=0)}


def sequences() -> dict[str, Callable[[], Any]]:
    """Smoothings, tokenizers, and parts of models of sequences."""
    plain = data.Tokens.from_texts(SENTENCES, data.WordsAndPunctuation())

    def recent() -> Any:
        spec = models.Embedded(models.LSTM(3))
        network = sa.fit(spec, plain.concatenated(), key=0, training=replace(WINDOWS, steps=None))
        return replace(network, model=models.RecentTokens(network.model, 0.2, 0.5, 20))

    def label(spec: Any, **options: Any) -> Callable[[], Any]:
        return lambda: sa.fit(spec, LABELLED, key=0, **options)

    encoder = models.Encoder(models.GRU(3), embedding=3)
    vectors = np.eye(3, dtype=np.float32)
    return {
        "v2-subwords": lambda: sa.fit(
            models.NGram(2, models.AddK(0.5)),
            data.Tokens.from_texts(SENTENCES, data.Subwords.learned(SENTENCES, 24)),
        ),
        "v2-likelihood": lambda: sa.fit(models.NGram(1, models.MaximumLikelihood()), plain),
        "v2-recent-tokens": recent,
        "v2-labels-by-the-nearest": label(models.NearestSeries()),
        "v2-labels-by-hidden-states": label(models.HiddenStates(2, 2)),
        "v2-labels-by-summaries": label(models.Linear(models.Summaries())),
        "v2-labels-by-the-mean": label(
            models.Classifier(models.Encoder(models.GRU(3), pool=models.MeanPool())), training=WHOLE
        ),
        "v2-labels-by-the-maximum": label(
            models.Classifier(models.Encoder(models.GRU(3), pool=models.MaxPool())), training=WHOLE
        ),
        "v2-translator-additive": lambda: sa.fit(
            models.Translator(encoder, models.Decoder(models.GRU(3)), models.Additive()),
            data.Pairs(plain, plain.reversed()),
            key=0,
            training=WHOLE,
        ),
        "v2-generator-first-input": lambda: sa.fit(
            models.Decoder(models.GRU(3), models.FirstInput()),
            data.ConditionalSequences(vectors, plain),
            key=0,
            training=WHOLE,
        ),
    }


def answer(model: Any) -> list[float]:
    """Numbers that all of what the model holds goes into."""
    plain = data.Tokens.from_texts(SENTENCES, data.WordsAndPunctuation())
    match model.kind:
        case "language":
            said = model.score(["the dog.", "a man walks"]).log_probs
        case "labels":
            said = model.probabilities(LABELLED.inputs)
        case "translation":
            said = model.score(data.Pairs(plain, plain)).log_probs
        case "generator":
            vectors = np.eye(3, dtype=np.float32)
            said = model.score(data.ConditionalSequences(vectors, plain)).log_probs
        case _:
            try:
                done = model.predict(levels=[80])
                said = np.concatenate([done.mean.ravel(), done.quantiles.ravel()])
            except sa.Refusal:  # points have no intervals
                said = model.predict().mean.ravel()
    return np.asarray(said, np.float64).ravel().tolist()


def fitted() -> dict[str, Callable[[], Any]]:
    """A function that fits it, for each file."""
    return networks() | latent() | sequences()


def main() -> None:
    """Write the files that are missing, and their answers."""
    told = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    for name, fit in fitted().items():
        if name not in told:
            value = fit()
            sa.save(value, HERE / f"{name}.stepahead")
            told[name] = answer(value)
    ANSWERS.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
