"""The command `stepahead`: which commands there are, and what becomes of an error."""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer
from typer.exceptions import TyperException

from .._check import Refusal
from ._doctor import doctor
from ._reproduce import reproduce
from ._version import version
from .forecast import backtest, forecast, impute, inspect, predict, update
from .sequence import generate, label, tag, translate
from .shared import OPTIONS, WORDS, in_options, options_of, readers_may_leave
from .text import text

app = typer.Typer(
    name="stepahead",
    help="What comes next, and how far ahead can you trust it?",
    epilog="Add --debug to any command to see the whole traceback of an unexpected error.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""The Typer application; `main` runs it and turns errors into sentences."""

for function in (forecast, backtest, predict, update, impute, inspect, reproduce, doctor, version):
    app.command()(function)
for name, group in {
    "text": text,
    "label": label,
    "tag": tag,
    "translate": translate,
    "generate": generate,
}.items():
    app.add_typer(group, name=name)

REFUSED = 2
STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code.

    0 when it worked; 2 when the input was refused, with a sentence on the error stream; 130 after
    Ctrl-C; 1 for anything that we did not expect, with a traceback if `--debug` was given.

    >>> main(["forecast", "sales.csv", "--horizon", "0"])
    Traceback (most recent call last):
    ...
    SystemExit: 2
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    words = [argument for argument in given if argument != "--debug"]
    path, command = named(words)
    if path == words and hasattr(
        command, "commands"
    ):  # `stepahead` alone, or a group of commands alone
        words.append("--help")
    WORDS.set(tuple(words))
    OPTIONS.set(options_of(command))
    with readers_may_leave():
        _run(words, path, debug)


def _run(words: list[str], path: list[str], debug: bool) -> None:
    """Run these words, of which `path` names the command, and leave with the exit code of what came
    of it."""
    try:
        code = commands()(args=words, prog_name="stepahead", standalone_mode=False)
        sys.exit(code or 0)
    except TyperException as misuse:
        said = misuse.format_message().rstrip()
        typer.echo(
            f"{said}{'' if said.endswith(('.', '?')) else '.'} See: "
            f"{' '.join(['stepahead', *path])} --help",
            err=True,
        )
        sys.exit(REFUSED)
    except Refusal as refusal:
        typer.echo(in_options(str(refusal)), err=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except Exception as error:
        if debug:
            raise
        said = str(error).rstrip(".")
        typer.echo(
            f"An unexpected {type(error).__name__} stopped this command: {said}. That is our "
            "mistake: please report it with what "
            "`stepahead doctor` prints and with the traceback that this command prints when you "
            "add --debug.",
            err=True,
        )
        sys.exit(1)


@cache
def commands() -> Any:
    """The commands of `app`, made of their functions once: that takes as long as a short one."""
    return typer.main.get_command(app)


def named(words: Sequence[str]) -> tuple[list[str], Any]:
    """The command that the words begin with, and those of them that name it: none is `stepahead`
    itself.

    >>> path, command = named(["inspect", "sales.csv", "--time", "day"])
    >>> path, command.name
    (['inspect'], 'inspect')
    """
    path: list[str] = []
    command = commands()
    while len(path) < len(words) and words[len(path)] in getattr(command, "commands", {}):
        command = command.commands[words[len(path)]]
        path.append(words[len(path)])
    return path, command
