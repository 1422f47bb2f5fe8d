"""`stepahead app`: the local app in the browser."""

import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal
from ...outputs import drawing

if TYPE_CHECKING:
    from ...web.app import State


def local_app(
    file: Annotated[
        str | None,
        typer.Argument(help="The data to open; a file can also be chosen in the browser."),
    ] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="Open the textbook experiments, with sliders.")
    ] = False,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            "--model",
            help="File of a saved model that labels, tags or translates, for the page on text; "
            "repeat for more.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address instead of opening a browser.")
    ] = False,
) -> None:
    """Open the app in the browser: a file in, its forecast and how far to trust it.

    It is served on this machine alone, until Ctrl-C. Needs the extra [app].
    """
    from ...web import DRAWING, check_installed

    check_installed(*DRAWING)
    from ...web.app import Given, State, application
    from ...web.shell import guarded, listen, run

    for each in model or ():
        if not each.is_file():
            raise Refusal(f"There is no file '{each}'. Name a saved model.")
    state = State(drawing, models=model or ())
    path = "/learn" if learn else "/"
    if file is not None:
        path = f"/files/{state.add(Given(file, file)).name}"
    place = listen(port)
    address = place.url(path)
    typer.echo(f"stepahead runs at {address} until Ctrl-C.", err=True)
    if not no_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    _warm(state)
    run(guarded(application(state), place.access, max_body=MAX_BODY), place)


MAX_BODY = 512 * 2**20
"""The largest size, in bytes, of a file chosen in the browser; larger files are given on the
command line."""


def _warm(state: "State") -> None:
    """Prepare the drawing program before a page requests it: the first time takes seconds."""
    threading.Thread(target=lambda: state.drawing, daemon=True).start()
