"""Questions to a fitted language model: `stepahead text score`, `next`, `sample`, `search`,
`fill`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, whole
from ..shared import TABLES, Console, Out, Quiet, check_writable, show_table, write_table
from ._options import Json, Prompt, Saved, Seed, Temperature, TextArguments

if TYPE_CHECKING:
    import pandas as pd

    from ...generation import LanguageModel, TokenScore

GAP = "_"
"""The sign for a missing token in `fill`."""


def score(
    model: Saved,
    text: TextArguments = None,
    file: Annotated[Path | None, typer.Option(help="Score the lines of this file.")] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="One row for every token instead of every text.")
    ] = False,
    rank: Annotated[bool, typer.Option("--rank", help="Most probable texts first.")] = False,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the log probability of every text, in nats, and the perplexity of all.

    The end of each text is counted.
    """
    check_writable("--out", out, TABLES)
    console, fitted = Console(quiet), load_language_model(model)
    texts = given_texts(text, file, "text score")
    score = fitted.score(texts)
    frame = _by_token(fitted, texts, score) if tokens else _by_text(texts, score)
    if rank:
        column = "log_prob" if tokens else "per_token"
        frame = frame.sort_values(column, ascending=False, kind="stable")
    print_table(frame, "Log probabilities in nats", out, as_json)
    unknown = f", {score.unknown:,} of them unknown" if score.unknown else ""
    console.say(
        f"Perplexity {score.perplexity:.2f} over {counted(len(score.log_probs), 'token')}, ends of"
        f" texts included{unknown} ({score.bits:.3f} bits per token)."
    )


def next_(
    model: Saved,
    prompt: Prompt = "",
    top: Annotated[int, typer.Option(help="Number of tokens.")] = 10,
    as_json: Json = False,
) -> None:
    """Print the most probable next tokens.

    `</s>` is the end of the text.
    """
    import pandas as pd

    rows = pd.DataFrame(load_language_model(model).next(prompt, top))
    print_table(rows, "Most probable next tokens", None, as_json)


def sample(
    model: Saved,
    prompt: Prompt = "",
    length: Annotated[int, typer.Option(help="Most tokens of each text.")] = 50,
    count: Annotated[int, typer.Option(help="Number of texts.")] = 1,
    temperature: Temperature = 1.0,
    top_k: Annotated[
        int | None,
        typer.Option(help="Sample from the k most probable tokens only.", show_default=False),
    ] = None,
    nucleus: Annotated[
        float,
        typer.Option(help="Top-p: sample from the fewest tokens with this total probability."),
    ] = 1.0,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Sample texts that continue a prompt."""
    from ...generation import Filter

    fitted = load_language_model(model)
    texts = fitted.sample(
        length, key=seed, count=count, prompt=prompt, filtered=Filter(temperature, top_k, nucleus)
    )
    _print_texts(texts, prompt, as_json, fitted)


def search(
    model: Saved,
    prompt: Prompt = "",
    length: Annotated[int, typer.Option(help="Most tokens of a continuation.")] = 20,
    width: Annotated[int, typer.Option(help="Beam width.")] = 8,
    as_json: Json = False,
) -> None:
    """Print the most probable continuations of a prompt, by beam search."""
    fitted = load_language_model(model)
    _print_texts(fitted.search(length, width=width, prompt=prompt), prompt, as_json, fitted)


def fill(
    model: Saved,
    text: Annotated[
        str,
        typer.Argument(help=f"A text with `{GAP}` for every missing token.", show_default=False),
    ],
    top: Annotated[int, typer.Option(help="Number of tokens for every gap.")] = 5,
    as_json: Json = False,
) -> None:
    """Print the most probable tokens of the gaps in a text, given both sides.

    The probabilities are exact. It takes an n-gram model.
    """
    import pandas as pd

    from ...generation import infill

    fitted = load_language_model(model)
    counts = fitted.model.counts()
    words = fitted.vocabulary.tokenize(text)
    words = words[::-1] if fitted.backward else words
    gaps = [place for place, word in enumerate(words) if word == GAP]
    if not gaps:
        raise Refusal(
            f'There is no gap in this text. Write `{GAP}` for every missing token: "the {GAP} sat".'
        )
    fitted.known([word for word in words if word != GAP])
    ids = fitted.vocabulary.encode_tokens(words)
    first, last = gaps[0], gaps[-1] + 1
    fixed = {place - first: int(ids[place]) for place in range(first, last) if place not in gaps}
    found = infill(counts, [1, *ids[:first]], last - first, [*ids[last:], 1], fixed=fixed)
    rows = []
    for place in gaps:
        posterior = found.posterior[place - first]
        shown = len(words) - place if fitted.backward else place + 1
        rows += [
            {
                "place": shown,
                "token": fitted.vocabulary.words[token],
                "probability": float(posterior[token]),
            }
            for token in (-posterior).argsort(kind="stable")[: whole("top", top)]
        ]
    print_table(pd.DataFrame(rows), "Tokens in the gaps", None, as_json)
    whole_text = [*ids[:first], *found.best.tokens, *ids[last:]]
    best = fitted.vocabulary.decode(whole_text[::-1] if fitted.backward else whole_text)
    typer.echo(f"Most probable text: {best}", err=True)


def load_language_model(path: Path) -> "LanguageModel":
    """A saved language model; refuse a file of another kind."""
    from ...generation import LanguageModel
    from ...store import load_as

    return load_as(LanguageModel, path, "stepahead text fit")


def given_texts(text: list[str] | None, file: Path | None, command: str) -> list[str]:
    """The texts given as arguments, or the lines of a file that are not blank; refuse both and
    neither."""
    if (file is None) == (not text):
        raise Refusal(
            "Give texts in quotes, or a file with `--file`, and not both, as in: stepahead"
            f' {command} MODEL "a text"'
        )
    if file is None:
        return list(text or ())
    from ...readers import text_of

    return [line for line in text_of(file).split("\n") if line.strip()]


def _by_text(texts: list[str], score: "TokenScore") -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({"text": texts, "log_prob": score.totals, "per_token": score.per_token})


def _by_token(fitted: "LanguageModel", texts: list[str], score: "TokenScore") -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    ended = fitted.tokens(texts).with_ends()
    words = [fitted.vocabulary.words[number] for number in ended.ids]
    sentence = np.repeat(np.arange(len(ended)) + 1, ended.lengths)
    return pd.DataFrame({"sentence": sentence, "token": words, "log_prob": score.log_probs})


def print_table(frame: "pd.DataFrame", title: str, out: Path | None, as_json: bool) -> None:
    """Write a table to a file, or print it as JSON or as a table."""
    if out is not None:
        write_table(frame, out)
    elif as_json:
        typer.echo(frame.to_json(orient="records", indent=1, force_ascii=False))
    else:
        show_table(frame, title)


def _print_texts(found: Any, prompt: str, as_json: bool, fitted: "LanguageModel") -> None:
    """Print the texts, prompt and continuation joined, one on each line."""
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=1))
        return
    detokenize, tokenize = fitted.vocabulary.tokenizer.detokenize, fitted.vocabulary.tokenize
    for one in found:
        parts = (
            (tokenize(one.text), tokenize(prompt))
            if fitted.backward
            else (tokenize(prompt), tokenize(one.text))
        )
        typer.echo(detokenize([*parts[0], *parts[1]]))
