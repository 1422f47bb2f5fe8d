"""`stepahead states`: hidden states of series or of a text."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
from ...outputs import significant, write_report, write_table
from ..shared import (
    FORMAT,
    MODEL,
    PAGES,
    PICTURES,
    SERIES,
    TABLES,
    Console,
    Out,
    Quiet,
    Source,
    check_writable,
    reads_data,
    show_table,
)
from ..text import TOKENIZERS, OneText
from ._observed import EMISSIONS, Observed, ObservedSeries

CRITERIA = ("aic", "bic", "held-out")
"""All names, listed here because help texts must not import the models."""

FILE = typer.Argument(
    help="Series: CSV, TSV, JSON lines, Parquet, .tsf, or a sample such as sample:nile; or a text.",
    show_default=False,
)


@reads_data(*SERIES, *FORMAT, file=FILE)
def states(
    *,
    count: Annotated[
        str,
        typer.Option(
            "--states",
            help="Number of hidden states; or a range such as 2-6, from which --by selects; auto "
            "is 1-6.",
        ),
    ] = "2",
    by: Annotated[
        str, typer.Option(help="Criterion that selects the number: aic, bic, held-out.")
    ] = "bic",
    emission: Annotated[
        str | None,
        typer.Option(
            help=f"Numbers: distribution in each state, {', '.join(EMISSIONS)}; gaussian by "
            "default. One for all columns of values, or one for each: gaussian,poisson.",
            show_default=False,
        ),
    ] = None,
    lags: Annotated[
        int,
        typer.Option(
            help="Numbers: past values on which the mean of each state regresses; 0: none."
        ),
    ] = 0,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            help=f"FILE is a text with tokens of this kind: {', '.join(TOKENIZERS)}. By default a "
            "text is split into words.",
            show_default=False,
        ),
    ] = None,
    one_text: OneText = None,
    out: Out = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Plot the states over the series, or the tokens that each emits: "
            f"{', '.join(PICTURES)}."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a report of states, path and forecast of the states: .html."),
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Save the fitted model: .stepahead.")] = None,
    source: Source,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a hidden Markov model to series or to a text, and decode the state of every step.

    Prints the states with their durations and values or tokens; writes the path of states with
    their probabilities.
    """
    check_writable("--out", out, TABLES)
    check_writable("--plot", plot, PICTURES)
    check_writable("--report", report, PAGES)
    check_writable("--save", save, MODEL)
    known_name("criterion", by, CRITERIA)
    counts = _counts(count)
    whole("--lags", lags, at_least=0)
    console = Console(quiet)
    observed = _observed(source, tokenizer, one_text, emission, lags, console)
    from ... import plots, workflow
    from ...store import save as store

    with console.waiting("learning the states"):
        spec = observed.spec(counts[0])
        if len(counts) > 1:
            compared = workflow.state_counts(spec, observed.data, counts, key=seed)
            fitted: Any = compared.best(by)
        else:
            fitted = observed.fit(spec, seed)
        found = observed.states(fitted)
    if len(counts) > 1:
        show_table(significant(compared.table()), f"Numbers of states, chosen by {by}")
    if save is not None:
        store(fitted, save)
        console.say(f"Model saved to {save}.")
    if plot is not None:
        plots.save_figure(observed.figure(found), plot)
        console.say(f"Figure written to {plot}.")
    if report is not None:
        write_report(report, observed.page(found))
        console.say(f"Report written to {report}.")
    chosen = counted(len(found.transition), "state")
    show_table(significant(found.summary()), f"{chosen}, the path below")
    if out is not None:
        write_table(observed.path(found), out)
        console.say(f"Written to {out}.")
    elif sys.stdout.isatty() and not quiet:
        path = significant(observed.path(found))
        show_table(path, "The most probable path, and the probability of every state")


def _observed(
    source: Source,
    tokenizer: str | None,
    one_text: bool | None,
    emission: str | None,
    lags: int,
    console: Console,
) -> Observed:
    """The data: a text if a tokenizer is given or the file contains words, else series."""
    from ...readers import is_text

    text = tokenizer is not None or one_text is not None
    if source.file is not None and (text or is_text(source.file)):
        from ._observed_text import ObservedText, refuse_of_numbers

        of_series = {name: getattr(source, name) for name in (*SERIES, *FORMAT)}
        refuse_of_numbers(**of_series, emission=emission, lags=lags)
        read = ObservedText(Path(source.file), tokenizer or TOKENIZERS[0], one_text)
        console.say(f"{read.summary}.")
        console.hint(read.hint)
        return read
    if text:
        raise Refusal("`--tokenizer` and `--one-text` belong to a text. Give it as FILE.")
    reading = source.read(console)
    console.say(reading.summary)
    seen = reading.panel.values[reading.panel.observed]
    if (seen == seen[0]).all():
        raise Refusal(
            f"All values are {seen[0]:g}, so there is one state and nothing to learn. Give series"
            " that change."
        )
    return ObservedSeries(reading, emission, lags)


def _counts(text: str) -> tuple[int, ...]:
    """The numbers of states to try.

    >>> _counts("3"), _counts("2-4"), _counts("auto")
    ((3,), (2, 3, 4), (1, 2, 3, 4, 5, 6))
    """
    first, dash, last = ("1-6" if text == "auto" else text).partition("-")
    if not (first.isdecimal() and (last.isdecimal() if dash else not last)):
        raise Refusal(
            f"`--states` must be a whole number, a range such as 2-6, or auto, but it is '{text}'."
        )
    least = whole("--states", int(first))
    most = whole("--states", int(last), at_least=least) if dash else least
    return tuple(range(least, most + 1))
