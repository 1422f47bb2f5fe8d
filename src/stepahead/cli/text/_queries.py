"""Commands with a fitted language model: `stepahead text score`, `next`, `sample`, `search`,
`fill`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, whole
from ..shared import PAGES, TABLES, Console, Out, Quiet, check_writable
from ._ahead import ahead_sentence, ahead_table, look_ahead
from ._options import Json, Prompt, Saved, Seed, Temperature, TextArguments
from ._printed import print_judged, print_table

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel

MANY_TOKENS = 50_000
"""From this number of tokens on, a network scores them faster with JAX, its import included."""

GAP = "_"
"""The character for a missing token in `fill`."""


def score(
    model: Saved,
    text: TextArguments = None,
    file: Annotated[Path | None, typer.Option(help="Score the lines of this file.")] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="One row for every token instead of every text.")
    ] = False,
    rank: Annotated[bool, typer.Option("--rank", help="Most probable texts first.")] = False,
    ahead: Annotated[
        int | None,
        typer.Option(
            help=(
                "Print instead how predictable tokens are at each distance, up to this many steps."
            ),
            show_default=False,
        ),
    ] = None,
    one_text: Annotated[
        bool, typer.Option("--one-text", help="The lines are one running text.")
    ] = False,
    seed: Seed = 0,
    out: Out = None,
    as_json: Json = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report with pictures: .html.", show_default=False)
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Print perplexity and bits of texts with 95 % intervals, and the log probability of each text.

    Log probabilities are in nats; the end of each text is counted. The baseline is the token
    frequencies in these texts. The table by text follows below an empty line, or goes to --out.
    """
    check_writable("--report", report, PAGES)
    check_writable("--out", out, TABLES)
    from ._scores import by_text, by_token, measures_of, sentence_of, shortened, write_scores_page

    console, fitted = Console(quiet), load_language_model(model)
    texts = given_texts(text, file, "text score")
    read = _read(fitted, texts, one_text)
    if len(read.ids) > MANY_TOKENS:
        fitted = load_language_model(model, in_numpy=False)
    if ahead is not None:
        found = look_ahead(fitted, read, whole("--ahead", ahead), seed)
        print_table(ahead_table(found), "Bits of the token so many steps ahead", out, as_json)
        console.say(ahead_sentence(found))
        return
    score = fitted.score(read)
    characters = sum(len(each) + 1 for each in texts)
    texts = [shortened(" ".join(texts))] if one_text else texts
    rows = by_token(fitted, read, score) if tokens else by_text(texts, score)
    if rank:
        rows.sort(key=lambda row: -row["log_prob" if tokens else "per_token"])
    detail, count = "tokens" if tokens else "texts", len(score.log_probs)
    measures = measures_of(read, score, characters)
    judged = {"measures": measures, detail: rows}
    print_judged(judged, detail, f"Scores on {counted(count, 'token')}", out, as_json)
    console.say(sentence_of(measures, count, score.unknown))
    if report is not None:
        name = "texts" if file is None else file.name
        write_scores_page(report, fitted, read, score, texts, measures, name, seed)
        console.say(f"Report written to {report}.")


def _read(fitted: "LanguageModel", texts: list[str], one_text: bool) -> "Tokens":
    """The texts as tokens of the model in reading order, as separate texts or as one."""
    from ...data import Tokens

    tokens = Tokens.from_texts(texts, vocabulary=fitted.vocabulary)
    return tokens.concatenated() if one_text else tokens


def next_(
    model: Saved,
    prompt: Prompt = "",
    top: Annotated[int, typer.Option(help="Number of tokens.")] = 10,
    as_json: Json = False,
) -> None:
    """Print the most probable next tokens.

    `</s>` is the end of the text.
    """
    found = load_language_model(model).next(prompt, top)
    rows = {name: [getattr(each, name) for each in found] for name in ("token", "probability")}
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

    The probabilities are exact. They are those of n-grams, in a mixture of its n-grams.
    """
    from ...generation import infill

    console, fitted = Console(quiet=False), load_language_model(model)
    counts = _counts(fitted, console)
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
    rows: dict[str, list[Any]] = {"place": [], "token": [], "probability": []}
    for place in gaps:
        posterior = found.posterior[place - first]
        shown = len(words) - place if fitted.backward else place + 1
        for token in (-posterior).argsort(kind="stable")[: whole("top", top)]:
            rows["place"].append(shown)
            rows["token"].append(fitted.vocabulary.words[token])
            rows["probability"].append(float(posterior[token]))
    print_table(rows, "Tokens in the gaps", None, as_json)
    whole_text = [*ids[:first], *found.best.tokens, *ids[last:]]
    best = fitted.vocabulary.decode(whole_text[::-1] if fitted.backward else whole_text)
    typer.echo(f"Most probable text: {best}", err=True)


def _counts(fitted: "LanguageModel", console: Console) -> Any:
    """The n-grams of a model; of a mixture, those that it contains."""
    from ...models import Mixture, NGramModel

    if not isinstance(fitted.model, Mixture):
        return fitted.model.counts()
    parts = [part for part in fitted.model.models if isinstance(part, NGramModel)]
    if parts:
        console.say("The gaps are filled by the n-grams of the mixture.")
    return parts[0] if parts else fitted.model.counts()


def load_language_model(path: Path, *, in_numpy: bool = True) -> "LanguageModel":
    """A saved language model, which runs without JAX if NumPy can run it, or the n-grams of an ARPA
    file; a file of another kind is an error."""
    from ...generation import LanguageModel
    from ...store import load_arpa, load_as

    if ".arpa" in path.suffixes:
        from ...models import NGram

        model, vocabulary = load_arpa(path)
        return LanguageModel(NGram(model.order), model, vocabulary)
    return load_as(LanguageModel, path, "stepahead text fit", in_numpy=in_numpy)


def given_texts(text: list[str] | None, file: Path | None, command: str) -> list[str]:
    """The texts given as arguments, or the lines of a file that are not blank. It is an error to
    give both or neither."""
    if (file is None) == (not text):
        raise Refusal(
            "Give texts in quotes, or a file with `--file`, and not both, as in: stepahead"
            f' {command} MODEL "a text"'
        )
    if file is None:
        return list(text or ())
    from ...readers import text_of

    return [line for line in text_of(file).split("\n") if line.strip()]


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
