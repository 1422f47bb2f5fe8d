"""`stepahead serve`."""

from pathlib import Path
from typing import Annotated

import typer

from ...outputs import cache_compiled
from ..shared import Console, Quiet


def serve(
    models: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL…",
            help="Files of saved models; clients use the file name as the model's name.",
            show_default=False,
        ),
    ],
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8600,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="STEPAHEAD_TOKEN",
            help="Token of the clients, better given in the environment, where other users do not "
            "see it. By default a random one is made and printed.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen at; one that other machines can reach requires --token."
        ),
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(
            help="Another name by which clients call this server, with its port if it differs.",
            show_default=False,
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Allow clients to append observations, in memory.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Serve saved models over HTTP: forecasts, scores, samples, labels, tags, translations.

    It listens on this machine only, unless --host names another address. Clients send the token as
    `Authorization: Bearer TOKEN`. Routes: POST /v1/timeseries/forecast (KServe), /invocations
    (MLflow), /v1/score, /v1/next, /v1/sample, /v1/label, /v1/tag, /v1/translate; GET /v1/models,
    /v2/models/NAME, /health, /metrics, /openapi.json, and / for a page about all. A file that
    changes is reloaded. Ctrl-C stops the server after the running requests. The log goes to
    standard error, one line of JSON for each request, without names or values of the data.
    """
    from ...web import check_installed

    check_installed()
    cache_compiled()
    from ...web.server import Models, server
    from ...web.shell import listen, log_line, run, unlogged

    console = Console(quiet)
    place = listen(port, host=host, names=name or (), token=token)
    try:
        with console.waiting("loading the models"):
            loaded = Models.load(models)
        for each in loaded.values():
            console.say(f"{each.name}: {each.service.described()['model']}")
        console.say(f"Serving at {place.url(launch=False)}. Ctrl-C ends it.")
        if token is None:  # a token of the user is not printed into logs
            console.say(f"Token of this run: {place.access.token}")
            console.say(f"All endpoints: {place.url()}")
        app = server(loaded, place.access, update=update, log=unlogged if quiet else log_line)
        run(app, place)
        console.say("Stopped.")
    finally:
        place.close()
