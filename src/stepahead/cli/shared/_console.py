"""Messages and progress of a command: bars on a terminal, plain lines in a pipe, nothing with
--quiet."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...outputs import Table, aligned
from ._command import with_option_names
from ._counting import CountingLines

if TYPE_CHECKING:
    from ..._types import Listener

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the result.")]

QUICK_SECONDS = 2.0
"""Progress is shown after this many seconds."""

EVERY_SECONDS = 5.0
"""Seconds between two lines of progress in a pipe or a file."""

NOTED = 0.01
"""A candidate is reported as better if its error is smaller by at least this share."""


class Console:
    """Messages go to the error stream, so that the output stream contains only data."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.terminal = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Print one line, unless quiet."""
        if not self.quiet:
            typer.echo(text, err=True)

    def hint(self, text: str) -> None:
        """Print a note of the library, with its arguments named as options; nothing if it is
        empty."""
        if text:
            self.say(with_option_names(text))

    @contextmanager
    def waiting(self, label: str) -> Iterator[None]:
        """Print that `label` is running, with the elapsed time, after `QUICK_SECONDS`."""
        if self.quiet:
            yield
        elif self.terminal:
            with _spinner(label):
                yield
        else:
            with _elapsed_lines(label, self.say):
                yield

    @contextmanager
    def epochs(self, label: str, unit: str = "") -> "Iterator[Listener | None]":
        """A context manager with a listener for training events (`number`, `epochs`, `loss`,
        `validation`); None if quiet. Losses have this `unit`."""
        if self.quiet:
            yield None
        elif self.terminal:
            with _epochs_bar(label, unit) as listener:
                yield listener
        else:
            yield _epoch_lines(label, self.say, unit)

    @contextmanager
    def candidates(self) -> "Iterator[Listener | None]":
        """A context manager with a listener for events of a comparison (`row`, `number` from 0,
        `candidates`); None if quiet."""
        if self.quiet:
            yield None
        elif self.terminal:
            with _candidates_bar() as listener:
                yield listener
        else:
            lines = _CandidateLines()
            yield lambda event: self.say(lines.line(event))

    @contextmanager
    def origins(self, models: int) -> "Iterator[Listener | None]":
        """A context manager with a listener for events of a backtest (`model`, `number` from 0,
        `origins`) of this number of models; None if quiet."""
        if self.quiet:
            yield None
        elif self.terminal:
            with _origins_bar(models) as listener:
                yield listener
        else:
            yield _throttled(
                lambda event: self.say(
                    f"{event.model}: origin {event.number + 1} of {event.origins}"
                )
            )

    @contextmanager
    def counting(self, unit: str) -> "Iterator[Callable[[str, int, int], None]]":
        """A context manager with a listener for (stage, finished units, all units), which prints an
        estimate of the remaining time of the stage."""
        if self.quiet:
            yield lambda stage, done, total: None
        elif self.terminal:
            from rich.progress import TimeRemainingColumn

            with _progress("{task.description}", unit, TimeRemainingColumn()) as (bar, task):
                yield lambda stage, done, total: bar.update(
                    task, description=stage, total=total, completed=done
                )
        else:
            yield CountingLines(unit, self.say, time.monotonic, EVERY_SECONDS)

    def show(self, table: Table, title: str) -> None:
        """Print a small table, unless quiet: with borders on a terminal, aligned text in a pipe."""
        if self.quiet:
            return
        if not self.terminal:
            self.say(f"{title}:\n{aligned(table)}")
            return
        from rich.console import Console

        from ._output import rich_table

        Console(stderr=True).print(rich_table(table, title))


@contextmanager
def _spinner(label: str) -> Iterator[None]:
    """A spinner with the elapsed time, after `QUICK_SECONDS`."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None, visible=False)
        timer = threading.Timer(QUICK_SECONDS, progress.update, [task], {"visible": True})
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@contextmanager
def _elapsed_lines(label: str, say: Callable[[str], None]) -> Iterator[None]:
    """A line with the elapsed time after `QUICK_SECONDS`, then every `EVERY_SECONDS`."""
    done, began = threading.Event(), time.monotonic()

    def report() -> None:
        wait = QUICK_SECONDS
        while not done.wait(wait):
            wait = EVERY_SECONDS
            say(f"{label}: {time.monotonic() - began:.0f} s so far")

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _progress(task: str, detail: str, timer: Any, **fields: Any) -> Iterator[tuple[Any, Any]]:
    """A bar that disappears at the end: the task, its count, a detail, and a time; and the id of
    its only task."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(task), BarColumn(), MofNCompleteColumn(), TextColumn(detail), timer)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task("", total=None, **fields)


@contextmanager
def _candidates_bar() -> "Iterator[Listener]":
    """A bar of the compared candidates, with the error of the last one."""
    from rich.progress import TimeElapsedColumn

    with _progress("comparing models", "{task.description}", TimeElapsedColumn()) as (bar, task):
        lines = _CandidateLines()
        yield lambda event: bar.update(
            task,
            total=event.candidates,
            completed=event.number + 1,
            description=lines.line(event),
        )


@contextmanager
def _origins_bar(models: int) -> "Iterator[Listener]":
    """A bar of the forecasts of every model at every origin."""
    from rich.progress import TimeRemainingColumn

    with _progress("backtesting", "{task.description}", TimeRemainingColumn()) as (bar, task):
        yield lambda event: bar.update(
            task, total=event.origins * models, advance=1, description=event.model
        )


@contextmanager
def _epochs_bar(label: str, unit: str) -> "Iterator[Listener]":
    """A bar of the training epochs, with the last loss."""
    from rich.progress import TimeRemainingColumn

    loss = "{task.fields[loss]}"
    with _progress(label, loss, TimeRemainingColumn(), loss="compiling") as (bar, task):
        yield lambda event: bar.update(
            task, total=event.epochs, completed=event.number, loss=_losses(event, unit)
        )


def _throttled(say: "Listener") -> "Listener":
    """A listener that prints at most one line in `EVERY_SECONDS`."""
    last = [time.monotonic()]

    def listener(event: Any) -> None:
        if time.monotonic() - last[0] >= EVERY_SECONDS:
            last[0] = time.monotonic()
            say(event)

    return listener


class _CandidateLines:
    """Lines on the finished candidates of a comparison: the error of each, and how much better it
    is than the best before it."""

    def __init__(self) -> None:
        self.best: Any = None

    def line(self, event: Any) -> str:
        """The line of one candidate.

        >>> from types import SimpleNamespace as Some
        >>> lines = _CandidateLines()
        >>> for number, (name, mase) in enumerate([("naive", 1.0), ("theta", 0.88)]):
        ...     row = Some(name=name, mase=mase, seconds=0.1)
        ...     print(lines.line(Some(row=row, number=number, candidates=2)))
        compared naive (1 of 2): error 1.000 (MASE), 0.1 s; a first answer is ready: Ctrl-C
        forecasts with the models so far
        compared theta (2 of 2): error 0.880 (MASE), 0.1 s; 12% better than naive
        """
        row, before = event.row, self.best
        error = f"error {row.mase:.3f} (MASE), " if isfinite(row.mase) else ""
        text = (
            f"compared {row.name} ({event.number + 1} of {event.candidates}): {error}"
            f"{row.seconds:.1f} s"
        )
        if before is None:
            self.best = row
            return f"{text}; a first answer is ready: Ctrl-C forecasts with the models so far"
        if not row.mase < before.mase:
            return text
        self.best, gain = row, 1 - row.mase / before.mase
        return f"{text}; {gain:.0%} better than {before.name}" if gain >= NOTED else text


def _epoch_lines(label: str, say: Callable[[str], None], unit: str) -> "Listener":
    """A listener that prints a line for the last epoch, and at most one in `EVERY_SECONDS`
    before."""
    last = [time.monotonic()]

    def listener(event: Any) -> None:
        now = time.monotonic()
        if event.number == event.epochs or now - last[0] >= EVERY_SECONDS:
            last[0] = now
            say(f"{label}: epoch {event.number} of {event.epochs}, {_losses(event, unit)}")

    return listener


def _losses(event: Any, unit: str) -> str:
    validation = "" if event.validation is None else f", validation {event.validation:.4g}"
    return f"loss {event.loss:.4g}{validation}{unit and f' {unit}'}"
