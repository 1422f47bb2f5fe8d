"""What a fitted language model is asked at the shell: `stepahead text score`, `next`, `sample`,
`search`, `fill`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, whole
from ..shared import TABLES, Console, Out, Quiet, show_table, writable, write_table

if TYPE_CHECKING:
    from ...generation import LanguageModel

Saved = Annotated[Path, typer.Argument(help="What `stepahead text fit` saved.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Prompt = Annotated[str, typer.Argument(help="The text to go on from; nothing for the beginning.")]
Seed = Annotated[int, typer.Option(help="The same seed, the same draws.")]

GAP = "_"
"""Stands for a missing token in `fill`."""


def score(
    model: Saved,
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences to score, each in quotes.", show_default=False),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Score the lines of this file.")] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="A row for every token instead of every sentence.")
    ] = False,
    rank: Annotated[bool, typer.Option("--rank", help="The most natural first.")] = False,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """How probable text is: log probability in nats of every sentence, its end counted, and the
    perplexity of all."""
    writable("--out", out, TABLES)
    console, fitted = Console(quiet), loaded(model)
    texts = texts_of(text, file, "text score")
    score = fitted.score(texts)
    frame = _by_token(fitted, texts, score) if tokens else _by_sentence(texts, score)
    if rank:
        frame = frame.sort_values(
            "per_token" if not tokens else "log_prob", ascending=False, kind="stable"
        )
    put(frame, "Log probabilities in nats", out, as_json)
    unknown = f", {score.unknown:,} of them unknown" if score.unknown else ""
    console.say(
        f"Perplexity {score.perplexity:.2f} over {counted(len(score.log_probs), 'token')} and "
        f"ends{unknown} ({score.bits:.3f} bits each)."
    )


def next_(
    model: Saved,
    prompt: Prompt = "",
    top: Annotated[int, typer.Option(help="So many tokens.")] = 10,
    as_json: Json = False,
) -> None:
    """What may come next, the most probable first; `</s>` is the end."""
    import pandas as pd

    put(pd.DataFrame(loaded(model).next(prompt, top)), "What comes next", None, as_json)


def sample(
    model: Saved,
    prompt: Prompt = "",
    length: Annotated[int, typer.Option(help="At most so many tokens each.")] = 50,
    count: Annotated[int, typer.Option(help="So many texts.")] = 1,
    temperature: Annotated[
        float,
        typer.Option(
            help="0 takes the most probable token, below 1 keeps to the probable, above 1 strays."
        ),
    ] = 1.0,
    top_k: Annotated[
        int | None,
        typer.Option(help="Draw from the k most probable tokens alone.", show_default=False),
    ] = None,
    nucleus: Annotated[
        float,
        typer.Option(help="Draw from the fewest tokens that hold this share of the probability."),
    ] = 1.0,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Draw texts that go on from a prompt."""
    from ...generation import Filter

    fitted = loaded(model)
    drawn = fitted.sample(
        length, key=seed, count=count, prompt=prompt, filtered=Filter(temperature, top_k, nucleus)
    )
    _say(drawn, prompt, as_json, fitted)


def search(
    model: Saved,
    prompt: Prompt = "",
    length: Annotated[int, typer.Option(help="At most so many tokens.")] = 20,
    width: Annotated[int, typer.Option(help="Beams: continuations kept at every step.")] = 8,
    as_json: Json = False,
) -> None:
    """The most probable continuations that a beam search finds, best first."""
    fitted = loaded(model)
    _say(fitted.search(length, width=width, prompt=prompt), prompt, as_json, fitted)


def fill(
    model: Saved,
    text: Annotated[
        str,
        typer.Argument(help=f"A text with `{GAP}` for every missing token.", show_default=False),
    ],
    top: Annotated[int, typer.Option(help="So many tokens for every gap.")] = 5,
    as_json: Json = False,
) -> None:
    """What stood in a gap, seen from both sides: exact, for n-gram models."""
    import pandas as pd

    from ...generation import infill
    from ...models import NGramModel

    fitted = loaded(model)
    if not isinstance(fitted.model, NGramModel):
        raise Refusal(
            "Gaps are filled exactly by n-gram models, and this is none. Fit one: stepahead text "
            "fit FILE --model ngram."
        )
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
    found = infill(fitted.model, [1, *ids[:first]], last - first, [*ids[last:], 1], fixed=fixed)
    rows = []
    for place in gaps:
        posterior = found.posterior[place - first]
        for token in (-posterior).argsort(kind="stable")[: whole("top", top)]:
            shown = len(words) - place if fitted.backward else place + 1
            rows.append(
                {
                    "place": shown,
                    "token": fitted.vocabulary.words[token],
                    "probability": float(posterior[token]),
                }
            )
    put(pd.DataFrame(rows), "What stood in the gaps", None, as_json)
    whole_text = [*ids[:first], *found.best.tokens, *ids[last:]]
    typer.echo(
        "Most likely as a whole: "
        f"{fitted.vocabulary.decode(whole_text[::-1] if fitted.backward else whole_text)}",
        err=True,
    )


def loaded(path: Path) -> "LanguageModel":
    """A saved language model; refuse a file of another kind."""
    from ...generation import LanguageModel
    from ...store import load

    fitted = load(path)
    if not isinstance(fitted, LanguageModel):
        raise Refusal(
            f"'{path}' holds a {type(fitted).__name__}, not a language model. Give what `stepahead "
            "text fit` saved."
        )
    return fitted


def texts_of(text: list[str] | None, file: Path | None, command: str) -> list[str]:
    """The texts given, or the lines of a file that hold something; refuse both and neither."""
    if (file is None) == (not text):
        raise Refusal(
            "Give the text once: texts in quotes, or a file with `--file`, as in: stepahead"
            f' {command} MODEL "a text"'
        )
    if file is None:
        return list(text or ())
    from ...readers import text_of

    return [line for line in text_of(file).split("\n") if line.strip()]


def _by_sentence(texts: list[str], score: Any) -> Any:
    import pandas as pd

    return pd.DataFrame({"text": texts, "log_prob": score.totals, "per_token": score.per_token})


def _by_token(fitted: "LanguageModel", texts: list[str], score: Any) -> Any:
    import numpy as np
    import pandas as pd

    ended = fitted.tokens(texts).with_ends()
    words = [fitted.vocabulary.words[number] for number in ended.ids]
    sentence = np.repeat(np.arange(len(ended)) + 1, ended.lengths)
    return pd.DataFrame({"sentence": sentence, "token": words, "log_prob": score.log_probs})


def put(frame: Any, title: str, out: Path | None, as_json: bool) -> None:
    """A table to a file, as JSON, or for the eye."""
    if out is not None:
        write_table(frame, out)
    elif as_json:
        typer.echo(frame.to_json(orient="records", indent=1, force_ascii=False))
    else:
        show_table(frame, title)


def _say(found: Any, prompt: str, as_json: bool, fitted: "LanguageModel") -> None:
    """The texts, prompt and continuation joined, one a line."""
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
