"""The whole command given an input, in this process and by models that cost little: an
answer of numbers, or a sentence."""

import contextlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from stepahead.cli import main

from . import stores, tables, texts
from .reading import Files, is_sentence

MODELS = ("naive", "seasonal-naive", "drift", "mean", "linear", "theta", "ets")


def run(*words: str) -> tuple[int, str, str]:
    """Exit code, output and error stream of `stepahead` with these words."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(words))
        except SystemExit as left:
            code = left.code
    return int(code) if isinstance(code, int) else 0, out.getvalue(), err.getvalue()


def answered(*words: str) -> str | None:
    """The output; None where the command refused in a sentence, or more, and put nothing out.
    Anything else is raised."""
    code, out, err = run(*words)
    if code == 2:
        assert out == "" and err.count("\n") == 1 and is_sentence(err), f"no sentence: {err}"
        return None
    assert code == 0, err
    assert "Warning" not in err, err
    return out


def forecast(content: bytes, suffix: str, folder: Path, horizon: int, model: str) -> str:
    """ "answered" or "refused"; an AssertionError where the command does anything else, or
    forecasts
    what is not finite."""
    path = folder / f"input{suffix}"
    path.write_bytes(content)
    out = answered(
        "forecast", str(path), "-k", str(horizon), "--model", model, "--quiet", "--skip-short"
    )
    if out is None:
        return "refused"
    told = pd.read_csv(io.StringIO(out), keep_default_na=False)
    numbers = told.filter(regex="^(forecast|lo-|hi-)").astype(float)
    assert (
        numbers.shape[1] >= 1
        and len(told)
        and len(told) % horizon == 0
        and np.isfinite(numbers.to_numpy()).all()
    ), out[:500]
    return "answered"


def _table(draw: Callable[[np.random.Generator], tuple[bytes, str]]) -> "Kind":
    """Forecast, or seldom look at it or fill its gaps."""

    def told(rng: np.random.Generator, folder: Path) -> str:
        content, suffix = draw(rng)
        horizon, model, what = int(rng.choice([1, 3, 7])), str(rng.choice(MODELS)), rng.random()
        if what < 0.8:
            return forecast(content, suffix, folder, horizon, model)
        path = folder / f"input{suffix}"
        path.write_bytes(content)
        words = (
            ("inspect", str(path))
            if what < 0.9
            else ("impute", str(path), "--method", "linear", "--quiet")
        )
        out = answered(*words)
        if out is not None and words[0] == "impute":
            assert (
                not pd.read_csv(io.StringIO(out), keep_default_na=False)
                .isin(["", "nan", "inf"])
                .to_numpy()
                .any()
            ), out[:500]
        return "refused" if out is None else "answered"

    return told


def _text(rng: np.random.Generator, folder: Path) -> str:
    """Count n-grams, and let them judge the same text."""
    path, model = _written(texts.text(rng), folder), str(folder / "model.stepahead")
    words = (
        "--tokenizer",
        str(rng.choice(["words", "words-and-punctuation", "characters"])),
        "--order",
        str(rng.integers(1, 4)),
    )
    smoothing = str(rng.choice(["kneser-ney", "witten-bell", "add-one"]))
    out = answered(
        "text",
        "fit",
        path,
        "--model",
        "ngram",
        "--smoothing",
        smoothing,
        *words,
        "--held-out",
        "0",
        "--save",
        model,
        "--quiet",
    )
    if out is None:
        return "refused"
    said = answered("text", "score", model, "--file", path, "--json", "--quiet")
    return _finite(said if said is None else json.dumps(json.loads(said)["texts"]))


def _labels(rng: np.random.Generator, folder: Path) -> str:
    """Count n-grams by label, and let them label the texts themselves."""
    path, model = _written(texts.labels(rng), folder), str(folder / "model.stepahead")
    order = ("--text-first",) if rng.random() < 0.2 else ()
    out = answered(
        "label",
        "fit",
        path,
        "--model",
        "bayes",
        *order,
        "--held-out",
        "0",
        "--save",
        model,
        "--quiet",
    )
    return (
        "refused"
        if out is None
        else _finite(answered("label", "predict", model, "the dog", "a b", "--json"))
    )


def _model(rng: np.random.Generator, folder: Path) -> str:
    """A saved file that was damaged, asked for a forecast, what comes next, a label or a score."""
    asked = (
        ("predict", "--quiet"),
        ("text", "next", "--json"),
        ("label", "predict", "the dog", "--json"),
        ("text", "score", "a b", "--json"),
    )
    path = _written(stores.damaged_model(rng), folder)
    *words, option = asked[int(rng.choice(4, p=[0.6, 0.15, 0.15, 0.1]))]
    words.insert(2 if words[0] != "predict" else 1, path)
    out = answered(*words, option)
    if out is None:
        return "refused"
    if words[0] != "predict":
        return _finite(out)
    numbers = (
        pd.read_csv(io.StringIO(out), keep_default_na=False)
        .filter(regex="^(forecast|lo-|hi-)")
        .astype(float)
    )
    assert numbers.shape[1] >= 1 and np.isfinite(numbers.to_numpy()).all(), out[:500]
    return "answered"


def _written(files: Files, folder: Path) -> str:
    ((name, content),) = files.items()
    (folder / name).write_bytes(content)
    return str(folder / name)


def _finite(said: str | None) -> str:
    """ "answered" if all numbers of some JSON are finite."""
    if said is None:
        return "refused"
    assert not re.search(r"\b(NaN|Infinity|null)\b", re.sub(r'"(\\.|[^"\\])*"', '""', said)), said[
        :500
    ]
    json.loads(said)
    return "answered"


Kind = Callable[[np.random.Generator, Path], str]

KINDS: dict[str, Kind] = {
    "panels": _table(tables.panel),
    "tables": _table(tables.table),
    "bytes": _table(tables.noise),
    "damaged files": _table(tables.damaged),
    "text": _text,
    "labels": _labels,
    "damaged models": _model,
}
"""Every kind of input that a command takes without training, by its name."""
