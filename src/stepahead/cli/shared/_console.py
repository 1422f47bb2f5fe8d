"""What a command says while it works: progress on a terminal, plain lines in a pipe, nothing when
asked to be quiet."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from ._command import in_options

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the result.")]

QUICK_SECONDS = 2.0
"""What takes no longer is not spoken of while it goes on."""

EVERY_SECONDS = 5.0
"""Into a pipe or a file, progress is at most one line in so many seconds."""


class Console:
    """Speaks on the error stream, so that the data on the output stream stay clean."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.terminal = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """One line, unless quiet."""
        if not self.quiet:
            typer.echo(text, err=True)

    def hint(self, text: str) -> None:
        """A remark of the library, its arguments named as options; nothing where it is empty."""
        if text:
            self.say(in_options(text))

    @contextmanager
    def waiting(self, label: str) -> Iterator[None]:
        """Say that `label` is going on, and for how long, once it has taken `QUICK_SECONDS`."""
        if self.quiet:
            yield
        elif self.terminal:
            with _spinner(label):
                yield
        else:
            with _clock(label, self.say):
                yield

    @contextmanager
    def epochs(self, label: str) -> Iterator[Callable[[Any], None] | None]:
        """A listener for training events (`number`, `epochs`, `loss`, `validation`) while the block
        runs; None when quiet."""
        if self.quiet:
            yield None
        elif self.terminal:
            with _bar(label) as listener:
                yield listener
        else:
            yield _lines(label, self.say)

    @contextmanager
    def candidates(self) -> Iterator[Callable[[Any], None] | None]:
        """A listener for events of a comparison (`row`, `number` from 0, `candidates`) while the
        block runs; None when quiet."""
        if self.quiet:
            yield None
        elif self.terminal:
            with _compared() as listener:
                yield listener
        else:
            yield lambda event: self.say(_told(event))

    @contextmanager
    def judged(self, models: int) -> Iterator[Callable[[Any], None] | None]:
        """A listener for events of a backtest (`model`, `number` from 0, `origins`) while the block
        runs; None when quiet."""
        if self.quiet:
            yield None
        elif self.terminal:
            with _origins(models) as listener:
                yield listener
        else:
            yield _now_and_then(
                lambda event: self.say(
                    f"{event.model} judged at origin {event.number + 1} of {event.origins}"
                )
            )

    def show(self, frame: Any, title: str) -> None:
        """A small table, unless quiet: drawn on a terminal, lined up in a pipe."""
        if self.quiet:
            return
        if not self.terminal:
            self.say(f"{title}:\n{frame.to_string(index=False)}")
            return
        from rich.console import Console

        from ._output import drawn

        Console(stderr=True).print(drawn(frame, title))


@contextmanager
def _spinner(label: str) -> Iterator[None]:
    """Something that turns, and the time, after a while."""
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
def _clock(label: str, say: Callable[[str], None]) -> Iterator[None]:
    """A plain line after a while, and now and then."""
    done, began = threading.Event(), time.monotonic()

    def tell() -> None:
        wait = QUICK_SECONDS
        while not done.wait(wait):
            wait = EVERY_SECONDS
            say(f"{label}: {time.monotonic() - began:.0f} s so far")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


@contextmanager
def _compared() -> Iterator[Callable[[Any], None]]:
    """A bar of the candidates, with what the last one came to."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("comparing models"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda event: progress.update(
            task, total=event.candidates, completed=event.number + 1, description=_told(event)
        )


@contextmanager
def _origins(models: int) -> Iterator[Callable[[Any], None]]:
    """A bar of the forecasts of every model at every origin."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("judging"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda event: progress.update(
            task, total=event.origins * models, advance=1, description=event.model
        )


def _now_and_then(say: Callable[[Any], None]) -> Callable[[Any], None]:
    """A listener that says at most one line in `EVERY_SECONDS`."""
    last = [time.monotonic()]

    def listener(event: Any) -> None:
        if time.monotonic() - last[0] >= EVERY_SECONDS:
            last[0] = time.monotonic()
            say(event)

    return listener


def _told(event: Any) -> str:
    row = event.row
    return (
        f"compared {row.name} ({event.number + 1} of {event.candidates}): error {row.mase:.3f}"
        f" (MASE), {row.seconds:.1f} s"
    )


@contextmanager
def _bar(label: str) -> Iterator[Callable[[Any], None]]:
    """A bar that disappears when the work is done."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None, loss="compiling")
        yield lambda event: progress.update(
            task, total=event.epochs, completed=event.number, loss=_losses(event)
        )


def _lines(label: str, say: Callable[[str], None]) -> Callable[[Any], None]:
    """A plain line now and then, and one for the last epoch."""
    last = [time.monotonic()]

    def listener(event: Any) -> None:
        now = time.monotonic()
        if event.number == event.epochs or now - last[0] >= EVERY_SECONDS:
            last[0] = now
            say(f"{label}: epoch {event.number} of {event.epochs}, {_losses(event)}")

    return listener


def _losses(event: Any) -> str:
    judged = "" if event.validation is None else f", validation {event.validation:.4g}"
    return f"loss {event.loss:.4g}{judged}"
