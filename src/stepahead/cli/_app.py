"""The command `stepahead`: its commands, and the exit codes and messages of errors."""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from .._check import Refusal
from .._extras import extras_needed
from ._doctor import doctor
from ._reproduce import reproduce
from ._version import version
from .backtest import backtest, search
from .forecast import forecast, predict, update
from .sequence import generate, label, tag, translate
from .series import decompose, impute, inspect, states
from .shared import (
    ARGUMENTS,
    INTERRUPTED,
    OPTIONS,
    ignore_broken_pipes,
    options_of,
    with_option_names,
)
from .text import text
from .web import local_app, serve

app = typer.Typer(
    name="stepahead",
    help="What comes next, and how far ahead can you trust it?",
    epilog="Add --debug to any command for the traceback of an unexpected error.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""The Typer application; `main` runs it and turns errors into sentences."""

SERIES = (forecast, backtest, search, predict, update, decompose, states, impute, inspect)
for function in (*SERIES, serve, reproduce, doctor, version):
    app.command()(function)
app.command("app")(local_app)
for name, group in {
    "text": text,
    "label": label,
    "tag": tag,
    "translate": translate,
    "generate": generate,
}.items():
    app.add_typer(group, name=name)

MANY_SMALL_PRODUCTS = {function.__name__ for function in SERIES}
"""Commands with many small matrix products. Waiting threads cost more than they save there: they
double the processor time of the whole command."""

REFUSED = 2
"""The exit code after bad input."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    0 after success; 2 for bad input, with a sentence on the error stream; 130 after Ctrl-C; 1 for
    an unexpected error, with a traceback if `--debug` is given.

    >>> main(["forecast", "sales.csv", "--horizon", "0"])
    Traceback (most recent call last):
    ...
    SystemExit: 2
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in typed
    words = [argument for argument in typed if argument != "--debug"]
    path, command = command_of(words)
    group = bool(commands_of(command))
    if group and path == words:  # `stepahead` alone, or a group of commands alone
        words.append("--help")
    if path and path[0] in MANY_SMALL_PRODUCTS and "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is loaded
    ARGUMENTS.set(tuple(words))
    OPTIONS.set(options_of(command))
    with ignore_broken_pipes():
        _run(words, path, debug)


def _run(words: list[str], path: list[str], debug: bool) -> None:
    """Run the command line `words`, whose command is `path`, and exit with its code."""
    try:
        with extras_needed():
            code = commands()(args=words, prog_name="stepahead", standalone_mode=False)
        sys.exit(code or 0)
    except TyperException as misuse:
        problem = misuse.format_message().rstrip()
        stop = "" if problem.endswith((".", "?")) else "."
        typer.echo(f"{problem}{stop} See: {' '.join(['stepahead', *path])} --help", err=True)
        sys.exit(REFUSED)
    except Refusal as refusal:
        typer.echo(with_option_names(str(refusal)), err=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except MemoryError as error:
        if debug:
            raise
        typer.echo(
            f"This needed more memory than there is ({str(error).rstrip('.') or 'MemoryError'})."
            " Ask for less: a shorter horizon, fewer series or rows at a time, or a smaller model.",
            err=True,
        )
        sys.exit(1)
    # Errors of bad input are handled above. Any other error is a fault of this package or of a
    # library: the user gets a sentence that asks for a report instead of a traceback.
    except Exception as error:
        if debug:
            raise
        typer.echo(_unexpected(error), err=True)
        sys.exit(1)


@cache
def commands() -> Any:
    """The commands of `app`, built once per process, because building takes as long as a short
    command."""
    return typer.main.get_command(app)


def _unexpected(error: Exception) -> str:
    """The message for an unexpected error: one sentence and a way to report it, instead of a
    traceback. Expected errors are `Refusal`s, which have messages of their own."""
    return (
        f"An unexpected {type(error).__name__} stopped this command: {str(error).rstrip('.')}. This"
        " is a bug in stepahead: please report it with the output of `stepahead doctor` and the"
        " traceback that this command prints with --debug."
    )


def commands_of(command: Any) -> Mapping[str, Any]:
    """The commands of a group by name; empty for a single command."""
    return command.commands if isinstance(command, TyperGroup) else {}


def command_of(words: Sequence[str]) -> tuple[list[str], Any]:
    """The words at the beginning that name a command (empty for `stepahead` itself), and that
    command.

    >>> path, command = command_of(["inspect", "sales.csv", "--time", "day"])
    >>> path, command.name
    (['inspect'], 'inspect')
    """
    path: list[str] = []
    command = commands()
    while len(path) < len(words) and words[len(path)] in commands_of(command):
        command = commands_of(command)[words[len(path)]]
        path.append(words[len(path)])
    return path, command
