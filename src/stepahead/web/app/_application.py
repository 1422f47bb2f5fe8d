"""The app as one ASGI application: pages, data, scripts and styles."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..._check import Refusal
from ...plots import theme_sheet
from ..shell import error_handlers
from ._endings import FULL, full_disk
from ._learn_pages import learn_routes
from ._pages import data_routes, page_routes
from ._state import HERE, State
from ._text_pages import text_routes


def application(state: State) -> Starlette:
    """The ASGI application for a state; pass it through `guarded` before it is served."""

    async def drawing(request: Request) -> Response:
        program = await asyncio.to_thread(lambda: state.drawing)
        headers = {"cache-control": "private, max-age=86400"}
        return Response(program, media_type="text/javascript", headers=headers)

    async def theme(request: Request) -> Response:
        return Response(theme_sheet(), media_type="text/css")

    async def disk(request: Request, error: Exception) -> Response:
        """An error because the disk is full gets a sentence; any other error is a fault of this
        package."""
        if not isinstance(error, OSError) or error.errno not in FULL:
            raise error
        return await refused(request, Refusal(full_disk()))

    async def refused(request: Request, error: Exception) -> Response:
        """An error as a page for a browser that follows a link, as JSON for a script."""
        status = 422 if request.method == "POST" else 404
        if "text/html" in request.headers.get("accept", ""):
            page = state.pages.get_template("refused.html").render(sentence=str(error))
            return HTMLResponse(page, status)
        return JSONResponse({"error": str(error)}, status)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    return Starlette(
        routes=[
            *page_routes(state),
            *data_routes(state),
            *text_routes(state),
            *learn_routes(state),
            Route("/static/drawing.js", drawing),
            Route("/static/theme.css", theme),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        exception_handlers=error_handlers() | {Refusal: refused, OSError: disk},
        lifespan=lifespan,
    )
