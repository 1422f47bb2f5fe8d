"""Error answers: a sentence, as a page for browsers and as JSON for programs."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from ..._check import Refusal

UNEXPECTED = (
    "An unexpected error stopped this request. This is a bug in stepahead: please report it with "
    "the line of the log."
)

SENTENCES = {
    404: "There is nothing at this address. Begin at the address that the command printed.",
    405: "This address does not accept this method. Read with GET, send with POST.",
}
"""Sentences for errors of the router."""

PHRASES = frozenset(status.phrase for status in HTTPStatus)
"""The standard phrases of HTTP statuses, which the router uses."""


def answered_error(
    scope: Scope, status: int, sentence: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer `{"error": sentence}` with this status, or a page with the sentence for a
    browser's navigation."""
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    if b"text/html" in accepted:
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>stepahead</title>'
            f"<main><h1>{status}</h1><p>{escape(sentence)}</p></main></html>"
        )
        return HTMLResponse(page, status_code=status, headers=headers)
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)


def error_handlers() -> dict[Any, Any]:
    """The `exception_handlers` of a Starlette application: a `Refusal` is 422 with its sentence, an
    `HTTPException` has its own status, anything else is 500 and says that it is a fault of the
    server."""

    async def refused(request: Request, error: Exception) -> Response:
        return answered_error(request.scope, 422, str(error))

    async def raised(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        said = SENTENCES.get(error.status_code) if error.detail in PHRASES else None
        return answered_error(request.scope, error.status_code, said or error.detail, error.headers)

    async def unexpected(request: Request, error: Exception) -> Response:
        return answered_error(request.scope, 500, UNEXPECTED)

    return {Refusal: refused, HTTPException: raised, Exception: unexpected}
