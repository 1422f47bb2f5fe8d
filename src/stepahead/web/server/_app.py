"""`server`: the ASGI application of the model server, with its access checks."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ... import __version__
from ..shell import Access, Log, error_handlers, guarded, log_line
from ._asking import Asking
from ._endpoints import Endpoint, offered, openapi
from ._limits import Limits
from ._metrics import Metrics
from ._models import Models
from ._routes import Routes, answered

MAX_BODY = 16 * 2**20
"""The largest body of a request, in bytes."""

PAGE = Path(__file__).parent / "page"
"""The folder of the page that lists the endpoints."""


def server(
    models: Models,
    access: Access,
    *,
    limits: Limits | None = None,
    update: bool = False,
    log: Log = log_line,
) -> ASGIApp:
    """Return the ASGI application that serves `models`, with the access checks of `guarded`.

    Requests that wait at the same time are answered by one call of a model. A file that changes is
    reloaded within two seconds; if it cannot be loaded, the old model stays. With `update`, clients
    can append observations to a model's series, in memory. A request cannot name a path. `limits`
    are the largest sizes of a request, and `log` receives each log event.
    """
    asking = Asking(models, Limits() if limits is None else limits, Metrics())
    endpoints = offered(update)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(asking.watch(log))
        yield
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    def heard(event: Mapping[str, object]) -> None:
        asking.metrics.heard(event)
        log(event)

    app = Starlette(
        routes=[*_routes(Routes(asking, __version__), endpoints), *_pages(endpoints)],
        exception_handlers=error_handlers(),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    public = frozenset(each.path for each in endpoints if each.public)
    return guarded(app, access, max_body=MAX_BODY, public=public, log=heard)


def _routes(routes: Routes, endpoints: tuple[Endpoint, ...]) -> list[Route]:
    return [
        Route(each.path, partial(each.handler, routes), methods=[each.method]) for each in endpoints
    ]


def _pages(endpoints: tuple[Endpoint, ...]) -> list[Route]:
    """`/openapi.json`, and a page that shows it without anything from other sites."""
    described = openapi(endpoints, __version__)
    pages = Environment(loader=FileSystemLoader(PAGE), autoescape=True)
    shown = [
        (each, json.dumps(each.example, indent=2) if each.example else "") for each in endpoints
    ]
    page = pages.get_template("endpoints.html").render(endpoints=shown, version=__version__)

    async def file(request: Request) -> Response:
        return answered(described)

    async def index(request: Request) -> Response:
        return HTMLResponse(page)

    async def style(request: Request) -> Response:
        return FileResponse(PAGE / "style.css", media_type="text/css")

    return [Route("/openapi.json", file), Route("/", index), Route("/style.css", style)]
