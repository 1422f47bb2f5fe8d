"""Requests about a text: count n-grams, predict the next token, sample, rank sentences, fill
gaps."""

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from ...._check import Refusal, whole
from ...._types import END
from ....data import Tokenizer, Tokens
from ....generation import Filter, FoundTokens, LanguageModel, prompt_state, search_gaps
from ....models import KneserNey, NGram, NGramModel
from ....store import load_as
from ....workflow import fit
from ._lines import held_out, lines_of, tokenizer_of
from ._questions import Answers

MOST_MODELS = 4
"""The number of models that are kept; a new one replaces the oldest."""

GAP = "_"
"""The character for a missing token."""

_models: OrderedDict[str, LanguageModel] = OrderedDict()


def count(name: str, path: str, label: str, tokens: str, order: int) -> dict[str, Any]:
    """Count the n-grams of a text, and evaluate them on its last tenth."""
    lines, splitter = lines_of(path, label), tokenizer_of(tokens)
    spec = NGram(whole("order", order), KneserNey())
    read = Tokens.from_texts(lines, splitter)
    model = _keep(name, fit(spec, read, key=0))
    return {
        "tokens": len(read.ids),
        "lines": len(lines),
        "vocabulary": len(model.vocabulary),
        "perplexity": _judged(lines, splitter, spec),
    }


def _judged(lines: list[str], splitter: Tokenizer, spec: NGram) -> float | None:
    """The perplexity of the last tenth of the lines, by the counts of the others; None if there are
    too few."""
    train, rest = held_out(lines, splitter)
    if rest is None:
        return None
    model = fit(spec, train, key=0)
    perplexity = float(model.score(rest).perplexity)
    return perplexity if math.isfinite(perplexity) else None


def next_(name: str, prompt: str, path: str | None = None, top: int = 12) -> dict[str, Any]:
    """The most probable next tokens after a prompt; words outside the vocabulary are listed, and
    read as unknown."""
    model = _model(name, path)
    words = model.vocabulary.tokenize(prompt)
    strange = [word for word in words if word not in model.vocabulary.numbers]
    known = [word if word in model.vocabulary.numbers else "<unk>" for word in words]
    found = _after(model, known, top)
    return {"rows": found, "unknown": strange[:5]}


def _after(model: LanguageModel, words: list[str], top: int) -> list[list[Any]]:
    _, log_probs = prompt_state(model.model, model.known(words), 1)
    shares = np.exp(np.asarray(log_probs, np.float64)[0])
    order = np.argsort(-shares, kind="stable")[:top]
    return [[model.vocabulary.words[n], float(shares[n])] for n in order]


def sample(
    name: str,
    prompt: str,
    length: int,
    temperature: float,
    nucleus: float,
    seed: int,
    path: str | None = None,
    count: int = 3,
) -> list[str]:
    """Texts sampled after a prompt."""
    model = _model(name, path)
    drawn = model.sample(
        whole("length", length),
        key=whole("seed", seed, 0),
        count=count,
        prompt=prompt,
        filtered=Filter(temperature=temperature, nucleus=nucleus),
    )
    vocabulary = model.vocabulary
    detokenize = vocabulary.tokenizer.detokenize
    before = vocabulary.tokenize(prompt)
    return [detokenize([*before, *vocabulary.tokenize(one.text)]) for one in drawn]


def rank(name: str, lines: list[str], path: str | None = None) -> list[list[Any]]:
    """Sentences with bits per token, sorted from the most to the least probable per token."""
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise Refusal("There is no sentence to score. Write one on each line.")
    score = _model(name, path).score(texts)
    per_token = (-score.per_token / math.log(2)).tolist()
    rows = sorted(zip(texts, per_token, strict=True), key=lambda row: row[1])
    return [[text, bits] for text, bits in rows]


def fill(name: str, text: str, path: str | None = None, top: int = 5) -> dict[str, Any]:
    """The most probable tokens of the gaps in a text, given both sides."""
    model = _model(name, path)
    words = model.vocabulary.tokenize(text)
    gaps = [place for place, word in enumerate(words) if word == GAP]
    if not gaps:
        raise Refusal(f"There is no gap in this text. Write {GAP} for every missing token.")
    model.known([word for word in words if word != GAP])
    ids = [None if word == GAP else int(model.vocabulary.numbers[word]) for word in words]
    found = _filled(model, ids)
    each = []
    for shares in found.shares:
        order = (-shares).argsort(kind="stable")[:top]
        each.append([[model.vocabulary.words[n], float(shares[n])] for n in order])
    rest = iter(found.best)
    best = model.vocabulary.decode([next(rest) if one is None else one for one in ids])
    return {"gaps": each, "best": best}


def _filled(model: LanguageModel, ids: list[int | None]) -> FoundTokens:
    """The tokens of the gaps. They are exact for n-gram tables; a network proposes the most
    probable ones after the left context, and each is weighted by the probability of the whole
    text."""
    counts = model.model
    if not isinstance(counts, NGramModel):
        return search_gaps(counts, ids)
    from ....generation import infill  # imported here as it needs JAX, unlike the other requests

    gaps = [place for place, one in enumerate(ids) if one is None]
    first, last = gaps[0], gaps[-1] + 1
    before, after = ([one for one in part if one is not None] for part in (ids[:first], ids[last:]))
    between = enumerate(ids[first:last])
    fixed = {place: one for place, one in between if one is not None}
    found = infill(counts, [END, *before], last - first, [*after, END], fixed=fixed)
    places = [place - first for place in gaps]
    return FoundTokens(tuple(found.best.tokens[place] for place in places), found.posterior[places])


def _keep(name: str, model: LanguageModel) -> LanguageModel:
    """Keep a model; it replaces the oldest one if there are too many."""
    _models[name] = model
    while len(_models) > MOST_MODELS:
        _models.popitem(last=False)
    return model


def _model(name: str, path: str | None) -> LanguageModel:
    """The model that was counted under that name, or trained and saved in a file."""
    if name in _models:
        return _models[name]
    if path is None or not Path(path).is_file():
        raise Refusal("This text is not there any more. Give it again.")
    return _keep(name, load_as(LanguageModel, path, "the app", in_numpy=True))


ANSWERS: Answers = {"count": count, "next": next_, "sample": sample, "rank": rank, "fill": fill}
