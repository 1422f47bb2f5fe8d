"""`run` and `serving`: run a service until it is stopped, or during a block."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ._place import Place

GRACE = 10
"""Seconds that running requests have to finish after Ctrl-C or SIGTERM."""

MOST_CONNECTIONS = 512
"""The largest number of connections; further ones get status 503."""


def run(app: ASGIApp, place: Place, *, grace: int = GRACE) -> None:
    """Serve `app` at `place` until Ctrl-C or SIGTERM; running requests have `grace` seconds to
    finish.

    `app` must come from `guarded`: this function adds no checks. Headers of proxies
    (`X-Forwarded-…`) are ignored.
    """
    with _obeyed_once():
        _server(app, grace).run(sockets=list(place.sockets))


@contextmanager
def serving(app: ASGIApp, place: Place, *, grace: int = GRACE) -> Iterator[Place]:
    """Serve `app` at `place` in a thread of its own during the block."""
    server = _server(app, grace)
    thread = threading.Thread(target=server.run, args=(list(place.sockets),), daemon=True)
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        yield place
    finally:
        server.should_exit = True
        thread.join()
        place.close()


def _server(app: ASGIApp, grace: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            ws="none",
            http="h11",
            loop="asyncio",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=grace,
        )
    )


@contextmanager
def _obeyed_once() -> Iterator[None]:
    """Signals that Uvicorn handled and raises again at its end are not handled a second time: the
    process can print its last messages and exit with 0."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda *_: None) for each in ends}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
