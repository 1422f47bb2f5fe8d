"""`stepahead states`: the hidden states behind the series of a file."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
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
    provenance,
    reads_data,
    show_table,
    significant,
    write_report,
    write_table,
)

EMISSIONS = ("gaussian", "student-t", "full-gaussian", "poisson", "negative-binomial")
"""All names, for a help text that must not load the models."""


CRITERIA = ("aic", "bic", "held-out")
"""All names, for the same reason."""


@reads_data(*SERIES, *FORMAT)
def states(
    *,
    count: Annotated[
        str,
        typer.Option(
            "--states",
            help="Number of hidden states; or a range such as 2-6, of which --by chooses; auto: "
            "1-6.",
        ),
    ] = "2",
    by: Annotated[
        str, typer.Option(help="Criterion that chooses the number: aic, bic, held-out.")
    ] = "bic",
    emission: Annotated[
        str, typer.Option(help=f"Distribution in each state: {', '.join(EMISSIONS)}.")
    ] = "gaussian",
    lags: Annotated[
        int,
        typer.Option(help="Past values on which the mean of each state regresses; 0: none."),
    ] = 0,
    out: Out = None,
    plot: Annotated[
        Path | None,
        typer.Option(help=f"Draw the states over the series: {', '.join(PICTURES)}."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report of path, states and what comes next: .html.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Save the fitted model: .stepahead.")] = None,
    source: Source,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Find the hidden states of series: fit a hidden Markov model, decode every step.

    Prints the states, their durations and values; writes the path with its probabilities.
    """
    known_name("emission", emission, EMISSIONS)
    check_writable("--out", out, TABLES)
    check_writable("--plot", plot, PICTURES)
    check_writable("--report", report, PAGES)
    check_writable("--save", save, MODEL)
    known_name("criterion", by, CRITERIA)
    counts = _counts(count)
    whole("--lags", lags, at_least=0)
    console = Console(quiet)
    reading = source.read(console)
    console.say(reading.summary)
    from ... import models, plots, workflow
    from ...store import save as store

    kinds: dict[str, Any] = {
        "gaussian": models.Gaussian,
        "student-t": models.StudentT,
        "full-gaussian": models.FullGaussian,
        "poisson": models.Poisson,
        "negative-binomial": models.NegativeBinomial,
    }
    spec = models.HMM(counts[0], models.Autoregressive(lags) if lags else kinds[emission]())
    with console.waiting("learning the states"):
        if len(counts) > 1:
            compared = workflow.state_counts(spec, reading.panel, counts, key=seed)
            fitted: Any = compared.best(by)
        else:
            fitted = workflow.fit(spec, reading.panel, 1, key=seed)
        found = workflow.states(fitted)
    if len(counts) > 1:
        show_table(significant(compared.table()), f"Numbers of states, chosen by {by}")
    chosen = counted(len(found.transition), "state")
    if save is not None:
        store(fitted, save)
        console.say(f"Model saved to {save}.")
    table = found.table()
    if plot is not None:
        plots.save_figure(plots.states_plot(table, ids=None), plot)
        console.say(f"Figure written to {plot}.")
    if report is not None:
        target = "y" if found.panel.channels == 1 else found.panel.names[0]
        page = plots.StatesReport(
            table, found.summary(), found.transition, provenance([reading.summary]), target
        )
        write_report(report, partial(plots.states_report_html, page))
        console.say(f"Report written to {report}.")
    show_table(significant(found.summary()), f"{chosen}, the path below")
    if out is not None:
        write_table(table, out)
        console.say(f"Written to {out}.")
    elif sys.stdout.isatty() and not quiet:
        show_table(significant(table), "The most probable path, and the probability of every state")


def _counts(text: str) -> tuple[int, ...]:
    """The numbers of states that are asked for.

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
