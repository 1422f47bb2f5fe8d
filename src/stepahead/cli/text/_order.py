"""`stepahead text order`: the number of past tokens on which the next one depends."""

from typing import Annotated, Any

from typer import Option

from ..._check import counted, whole
from ...outputs import write_table
from ..shared import TABLES, Console, Out, Quiet, check_writable, grouped, show_table
from ._fit import text_size
from ._hints import tokenizer_hint
from ._options import TextFile, TextOptions


@grouped("text", TextOptions)
def order(
    *,
    file: TextFile,
    highest: Annotated[int, Option(help="Longest n-grams to compare.")] = 5,
    text: TextOptions,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Compare Markov models of every order.

    The order is the length of n-grams, the predicted token included: order 2 has one token of
    context, and is the Markov chain that textbooks call first-order. The table has the
    likelihood-ratio test, AIC, BIC, and the perplexity of held-out text.
    """
    from ...evaluation import markov_orders
    from ...models import NGram
    from ...training import count

    check_writable("--out", out, TABLES)
    console = Console(quiet)
    train, heldout, _, kind = text.split(file)
    console.say(f"{text_size(file.name, kind, train)}.")
    console.hint(tokenizer_hint(text.tokenizer, train))
    orders = tuple(range(1, whole("--highest", highest) + 1))
    fit = None if heldout is None else lambda order, text: count(NGram(order), text)
    with console.waiting("counting"):
        found = markov_orders(train, orders, held_out=heldout, fit=fit)
    table = _table(found)
    if out is not None:
        write_table(table, out)
    else:
        show_table(table, "Markov models by order")
    chosen = f"AIC chooses order {found.by_aic}, BIC order {found.by_bic}"
    assumed = "these and the test assume that most contexts occur often"
    if heldout is not None:
        console.say(
            f"On held-out text the perplexity is lowest at order {found.by_held_out} (Kneser–Ney):"
            f" {counted(found.by_held_out - 1, 'token')} of context. {chosen}; {assumed}."
        )
    else:
        context = found.by_bic - 1
        console.say(
            f"{chosen}: {counted(context, 'token')} of context, a Markov chain of order {context}"
            f" as textbooks count; {assumed}. No text was held out to compare them on."
        )


def _table(found: Any) -> Any:
    """A frame with a row for each order."""
    import numpy as np
    import pandas as pd

    table = pd.DataFrame(
        {
            "order": [each.order for each in found.fits],
            "context": [each.order - 1 for each in found.fits],
            "contexts": [each.contexts for each in found.fits],
            "aic": [each.aic for each in found.fits],
            "bic": [each.bic for each in found.fits],
            "p": [each.p for each in found.fits],
            "perplexity": [
                np.nan if each.held_out is None else float(np.exp(each.held_out))
                for each in found.fits
            ],
        }
    )
    return table.dropna(axis=1, how="all")
