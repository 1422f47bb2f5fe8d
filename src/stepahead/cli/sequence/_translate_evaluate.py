"""`stepahead translate evaluate`: BLEU and chrF of a model on pairs of lines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
from ..shared import PAGES, TABLES, Console, Out, Quiet, check_writable, show_table
from ..text import Json, Saved, given_texts, print_judged, unknown_hint
from . import _examples as examples

if TYPE_CHECKING:
    from ...data import Pairs
    from ...generation import TranslationModel


def evaluate(
    model: Saved,
    source: Annotated[
        Path, typer.Argument(help="Source text, one example on each line.", show_default=False)
    ],
    target: Annotated[
        Path, typer.Argument(help="References, lines in the same order.", show_default=False)
    ],
    beam: Annotated[int, typer.Option(help="Beam width; 1 is greedy.")] = 5,
    tokenize: Annotated[
        str,
        typer.Option(
            help="Tokenizer of BLEU: 13a (separates punctuation), or none (split at spaces)."
        ),
    ] = "13a",
    out: Out = None,
    as_json: Json = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report with pictures: .html.", show_default=False)
    ] = None,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Print BLEU, chrF and the share of exact translations, with 95 % intervals.

    All are in percent; the baseline is the untranslated source. --out writes every source,
    reference and translation, and its chrF.
    """
    from ...evaluation import TOKENIZERS, chrf, chrf_counts, judged_translations
    from ...generation import TranslationModel
    from ...readers import read_pairs
    from ...store import load_as

    known_name("tokenize", tokenize, TOKENIZERS)
    check_writable("--out", out, TABLES)
    check_writable("--report", report, PAGES)
    console = Console(quiet)
    fitted = load_as(TranslationModel, model, "stepahead translate fit", in_numpy=True)
    if fitted.source is None:
        raise Refusal(
            f"'{model}' translates rows of numbers, but these are texts. Give a model of texts."
        )
    texts, references = (given_texts(None, path, "translate evaluate") for path in (source, target))
    pairs = read_pairs(source, target, vocabularies=(fitted.source, fitted.target))
    console.hint(unknown_hint(fitted.source, texts))
    with console.waiting("translating"):
        found = fitted.translate(texts, width=whole("--beam", beam))
    measures = judged_translations(found, references, texts, tokenizer=tokenize, seed=seed)
    each = chrf(chrf_counts(found, references)).round(2).tolist()
    rows = [
        {"source": one, "reference": other, "translation": said, "chrf": score}
        for one, other, said, score in zip(texts, references, found, each, strict=True)
    ]
    perplexity = fitted.score(pairs).perplexity
    judged: dict[str, Any] = {"measures": measures, "perplexity": perplexity}
    if out is not None or as_json:
        judged["sentences"] = rows
    print_judged(judged, "sentences", f"Scores on {counted(len(texts), 'pair')}", out, as_json)
    by_words, by_letters = measures[:2]
    console.say(
        f"BLEU {by_words['value']:.2f} ({by_words['signature']}), chrF {by_letters['value']:.2f} "
        f"({by_letters['signature']}), perplexity {perplexity:.2f} on "
        f"{counted(len(texts), 'pair')}."
    )
    if report is not None:
        from ._translate_page import write_translations_page

        write_translations_page(report, rows, measures, perplexity, source.name, seed)
        console.say(f"Report written to {report}.")


def say_scores(fitted: "TranslationModel", heldout: "Pairs", console: Console) -> None:
    """Print BLEU, chrF and the perplexity on these pairs, translated greedily."""
    from ...data import Tokens
    from ...evaluation import judged_translations

    assert isinstance(heldout.inputs, Tokens)
    texts = heldout.inputs.texts()
    found = fitted.translate(texts)
    rows = judged_translations(found, heldout.targets.texts(), texts, draws=1)
    bleu, chrf, exact = (row["value"] for row in rows)
    perplexity, pairs = fitted.score(heldout).perplexity, counted(len(heldout), "held-out pair")
    table = {
        "measure": [*(row["measure"] for row in rows), "perplexity"],
        "value": [*(round(float(row["value"]), 2) for row in rows), round(perplexity, 2)],
        "baseline": [*(round(float(row["baseline"]), 2) for row in rows), float("nan")],
    }
    show_table(table, f"Scores on {pairs}")
    console.say(
        f"BLEU {bleu:.2f}, chrF {chrf:.2f}, {exact:.0f} % exact, perplexity {perplexity:.2f} on "
        f"{pairs} (greedy; a beam is better). The baseline is the source, left as it is."
    )
