"""`stepahead text order`: how many tokens of the past matter in a text."""

from typing import Annotated

from typer import Option

from ..._check import counted, whole
from ..shared import TABLES, Console, Out, Quiet, show_table, writable, write_table
from ._text_fit import By, Held, MinCount, OneText, Pieces, TextFile, parts


def order(
    file: TextFile,
    highest: Annotated[int, Option(help="The longest n-grams that are compared.")] = 5,
    by: By = "words",
    pieces: Pieces = 2000,
    min_count: MinCount = 1,
    one_text: OneText = False,
    held: Held = 10,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Compare Markov models of every order: likelihood-ratio test, AIC, BIC, and the perplexity of
    the lines that are held back."""
    import numpy as np
    import pandas as pd

    from ...evaluation import markov_orders
    from ...models import NGram
    from ...training import count

    writable("--out", out, TABLES)
    console = Console(quiet)
    train, judged = parts(
        file, by=by, pieces=pieces, min_count=min_count, one_text=one_text, held=held, valid=None
    )
    console.say(
        f"{file.name}: {counted(len(train), 'sequence')}, {counted(len(train.ids), 'token')} of "
        f"{len(train.vocabulary):,} kinds"
    )
    from ._tokenizer_hint import tokenizer_hint

    console.hint(tokenizer_hint(by, train))
    orders = tuple(range(1, whole("--highest", highest) + 1))
    fit = None if judged is None else lambda order, text: count(NGram(order), text)
    with console.waiting("counting"):
        found = markov_orders(train, orders, held_out=judged, fit=fit)
    rows = {
        "order": [each.order for each in found.fits],
        "contexts": [each.contexts for each in found.fits],
        "aic": [each.aic for each in found.fits],
        "bic": [each.bic for each in found.fits],
        "p": [each.p for each in found.fits],
        "perplexity": [
            np.nan if each.held_out is None else float(np.exp(each.held_out)) for each in found.fits
        ],
    }
    frame = pd.DataFrame(rows)
    if out is not None:
        write_table(frame, out)
    else:
        show_table(frame, "Markov models by order")
    if judged is not None:
        console.say(
            f"Text not seen is best predicted at order {found.by_held_out} (Kneser–Ney): "
            f"{counted(found.by_held_out - 1, 'token')} of "
            "context. "
            f"By AIC {found.by_aic}, by BIC {found.by_bic}; these and the test p suppose that most "
            "contexts were seen often."
        )
