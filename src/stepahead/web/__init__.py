"""HTTP services on this machine: the local app, the model server, and the security checks around
both.

Needs the extra `[app]`; `check_installed` says so if it is missing. Only the command line imports
this package, and only for the commands that start a server.
"""

from .._extras import absent, installed

NEEDED = ("starlette", "uvicorn", "jinja2", "python_multipart")
"""The modules of the extra `[app]` that a server needs."""

DRAWING = ("altair", "vl_convert")
"""The modules of the extra `[plots]`, which `[app]` includes; the app draws with them."""


def check_installed(*more: str) -> None:
    """Raise an error with the install command if a package of the extra `[app]`, or a module of
    `more`, is missing."""
    missing = next((name for name in (*NEEDED, *more) if not installed(name)), None)
    if missing is not None:
        raise absent(missing)
