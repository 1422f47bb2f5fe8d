"""Questions about a text: count it, what comes next, draw from it, rank sentences, fill gaps."""

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ...._check import Refusal, known_name, whole
from ....data import Characters, Tokenizer, Tokens, Words, WordsAndPunctuation
from ....generation import Filter, LanguageModel, prompt_state
from ....models import KneserNey, NGram
from ....readers import text_of
from ....workflow import fit
from ._questions import Answers

MOST_MODELS = 4
"""Models that are kept; the oldest is left for a new one."""

MOST_SIGNS = 20_000_000
"""Signs of a text that the app takes."""

GAP = "_"
"""The sign for a missing token."""

TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "words": Words,
    "words-and-punctuation": WordsAndPunctuation,
    "characters": Characters,
}
"""The tokenizers of the page, by name."""

_models: OrderedDict[str, LanguageModel] = OrderedDict()


def count(name: str, path: str, label: str, tokens: str, order: int) -> dict[str, Any]:
    """Count the n-grams of a text, and judge them on its last tenth."""
    try:
        text = text_of(path)
    except Refusal as refusal:
        raise Refusal(str(refusal).replace(path, label)) from refusal
    if len(text) > MOST_SIGNS:
        raise Refusal(
            f"The text has {len(text):,} signs, and the app takes {MOST_SIGNS:,}. Use the command "
            "line: stepahead text fit."
        )
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise Refusal("The text is empty. Paste or drop one.")
    splitter = TOKENIZERS[known_name("tokenizer", tokens, tuple(TOKENIZERS))]()
    spec = NGram(whole("order", order), KneserNey())
    read = Tokens.from_texts(lines, splitter)
    model = _models[name] = fit(spec, read, key=0)
    while len(_models) > MOST_MODELS:
        _models.popitem(last=False)
    return {
        "tokens": len(read.ids),
        "lines": len(lines),
        "vocabulary": len(model.vocabulary),
        "perplexity": _judged(lines, splitter, spec),
    }


def _judged(lines: list[str], splitter: Any, spec: NGram) -> float | None:
    """The perplexity of the last tenth of the lines by the counts of the others; None where there
    are too few."""
    first = len(lines) - len(lines) // 10
    if first == len(lines):
        return None
    model = fit(spec, Tokens.from_texts(lines[:first], splitter), key=0)
    rest = Tokens.from_texts(lines[first:], vocabulary=model.vocabulary)
    perplexity = float(model.score(rest).perplexity)
    return perplexity if math.isfinite(perplexity) else None


def next_(name: str, prompt: str, top: int = 12) -> dict[str, Any]:
    """The most probable next tokens after a prompt; words that the text does not have are named,
    and read as unknown."""
    model = _model(name)
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
    count: int = 3,
) -> list[str]:
    """Texts drawn after a prompt."""
    model = _model(name)
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


def rank(name: str, lines: list[str]) -> list[list[Any]]:
    """Sentences, the most probable for their length first, with bits per token."""
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise Refusal("There is no sentence to judge. Write one a line.")
    score = _model(name).score(texts)
    per_token = (-score.per_token / math.log(2)).tolist()
    rows = sorted(zip(texts, per_token, strict=True), key=lambda row: row[1])
    return [[text, bits] for text, bits in rows]


def fill(name: str, text: str, top: int = 5) -> dict[str, Any]:
    """The most probable tokens of the gaps in a text, given both sides."""
    model = _model(name)
    words = model.vocabulary.tokenize(text)
    gaps = [place for place, word in enumerate(words) if word == GAP]
    if not gaps:
        raise Refusal(f"There is no gap in this text. Write {GAP} for every missing token.")
    model.known([word for word in words if word != GAP])
    ids = model.vocabulary.encode_tokens(words)
    first, last = gaps[0], gaps[-1] + 1
    fixed = {place - first: int(ids[place]) for place in range(first, last) if place not in gaps}
    from ....generation import infill  # which needs JAX; what is asked while one writes does not

    found = infill(
        model.model.counts(), [1, *ids[:first]], last - first, [*ids[last:], 1], fixed=fixed
    )
    each = []
    for place in gaps:
        shares = found.posterior[place - first]
        order = (-shares).argsort(kind="stable")[:top]
        each.append([[model.vocabulary.words[n], float(shares[n])] for n in order])
    best = model.vocabulary.decode([*ids[:first], *found.best.tokens, *ids[last:]])
    return {"gaps": each, "best": best}


def _model(name: str) -> LanguageModel:
    if name not in _models:
        raise Refusal("This text is not there any more. Give it again.")
    return _models[name]


ANSWERS: Answers = {"count": count, "next": next_, "sample": sample, "rank": rank, "fill": fill}
