"""`guarded`: a service with access checks, pure ASGI."""

import time
from collections.abc import Collection
from pathlib import Path
from traceback import extract_tb
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._access import Access, cookie_of
from ._answers import UNEXPECTED, answered_error
from ._body import limited, too_large
from ._headers import hardened
from ._log import Log, unlogged
from ._rules import Refused, refused_entry, refused_host

MAX_BODY = 64 * 2**20
"""The default size limit of a request's body, in bytes."""

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The HTTP methods that the log names; any other text from a client is not logged."""


def guarded(
    app: ASGIApp,
    access: Access,
    *,
    max_body: int = MAX_BODY,
    verbs: Collection[str] = ("GET", "HEAD", "POST"),
    public: Collection[str] = (),
    log: Log = unlogged,
) -> ASGIApp:
    """Return `app` with access checks.

    A request is accepted only if its `Host` is one of `access.hosts`, its method is one of `verbs`,
    it does not come from another site, it has the token or the cookie (except for paths in
    `public`), and its body has at most `max_body` bytes. `GET` with `?token=` in the address gets
    the cookie and a redirect to the same address without it. WebSockets are closed: no service here
    uses them. Every answer has `SECURITY_HEADERS`. `log` receives one event for each request:
    method, route, status, milliseconds, bytes; never an address, a name or a value.

    An unexpected error of the service becomes a sentence with status 500.

    >>> import asyncio
    >>> async def hello(scope, receive, send):
    ...     await Response("hello")(scope, receive, send)
    >>> door = guarded(hello, Access(hosts=frozenset({"localhost:8600"}), token="sixteen-letters!"))
    >>> sent = []
    >>> async def send(message):
    ...     sent.append(message)
    >>> async def receive():
    ...     return {"type": "http.request", "body": b""}
    >>> def asked(host):
    ...     headers = [(b"host", host), (b"authorization", b"Bearer sixteen-letters!")]
    ...     return {"type": "http", "method": "GET", "path": "/", "headers": headers} | {
    ...         "query_string": b""
    ...     }
    >>> asyncio.run(door(asked(b"localhost:8600"), receive, send))
    >>> asyncio.run(door(asked(b"localhost.elsewhere.example:8600"), receive, send))
    >>> [message["status"] for message in sent if "status" in message]
    [200, 421]
    """

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        elif scope["type"] == "http":
            answer = _Answer(send)
            began = time.perf_counter()
            error = await _answered(scope, receive, answer)
            log(_told(scope, answer, time.perf_counter() - began, error))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answered(scope: Scope, receive: Receive, answer: "_Answer") -> str | None:
        """Answer one request; return the location of an unexpected error, or None."""
        early = _launched(scope, access) or _refused(scope)
        if early is not None:
            await early(scope, receive, answer.send)
            return None
        try:
            await app(scope, limited(receive, max_body), answer.send)
        except HTTPException as stopped:  # a body too large or too late, in an app without handlers
            if not answer.status:
                said = answered_error(scope, stopped.status_code, stopped.detail)
                await said(scope, receive, answer.send)
        # For an unexpected error the client gets a sentence, and the log its location.
        except Exception as error:
            if not answer.status:
                await answered_error(scope, 500, UNEXPECTED)(scope, receive, answer.send)
            return _where(error)
        return None

    def _refused(scope: Scope) -> Response | None:
        refused = refused_entry(scope, access, verbs, public) or _refused_size(scope, max_body)
        return answered_error(scope, *refused) if refused else None

    return guard


class _Answer:
    """Sends the answer: adds the headers, and records the status and the number of bytes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.size = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": hardened(list(message.get("headers", [])))}
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)


def _launched(scope: Scope, access: Access) -> Response | None:
    """The answer to the launch address: the cookie, and a redirect to the address without the
    token. An address with a wrong token is treated as one without a token."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    tokens = [value for name, value in query if name == "token"]
    headers = Headers(scope=scope)
    if (
        scope["method"] != "GET"
        or refused_host(headers, access.hosts)
        or not any(access.opened_by(token) for token in tokens)
    ):
        return None
    rest = urlencode([pair for pair in query if pair[0] != "token"])
    path = "/" + scope["path"].lstrip("/")  # `//elsewhere.example` is another site
    answer = RedirectResponse(path + ("?" + rest if rest else ""), status_code=303)
    answer.set_cookie(
        cookie_of(headers["host"].lower()), access.session, httponly=True, samesite="strict"
    )
    return answer


def _refused_size(scope: Scope, limit: int) -> Refused | None:
    """The error for a body whose `Content-Length` is too large, before a byte of it is read."""
    said = Headers(scope=scope).get("content-length", "0")
    if said.isdecimal() and int(said[:20]) <= limit:
        return None
    return Refused(413, too_large(limit).detail, {"connection": "close"})


def _told(
    scope: Scope, answer: _Answer, seconds: float, error: str | None
) -> dict[str, str | int | float]:
    """The log event of one request, with the route as written in the code instead of the requested
    path."""
    route = getattr(scope.get("route"), "path", "-")
    told = {
        "method": scope["method"] if scope["method"] in VERBS else "-",
        "route": route,
        "status": answer.status,
        "ms": round(1000 * seconds, 2),
        "bytes": answer.size,
    }
    return told | ({"error": error} if error else {})


def _where(error: Exception) -> str:
    """The class of an error and the line that raised it, without its message, which can contain the
    user's data.

    >>> try:
    ...     _refused_size({"headers": None}, 1)
    ... except TypeError as error:
    ...     _where(error)
    'TypeError, datastructures.py:...'
    """
    raised = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}, {Path(raised.filename).name}:{raised.lineno}"
