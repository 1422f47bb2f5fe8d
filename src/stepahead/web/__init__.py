"""Services on this machine: a hardened shell of HTTP, and what is served through it.

Needs the extra `[app]`, which `check_installed` asks for in a sentence. Only the command line
imports it, and only for the commands that serve.
"""

from .._extras import absent, installed

NEEDED = ("starlette", "uvicorn", "jinja2", "python_multipart")
"""The modules of the extra `[app]` that a server needs."""

DRAWING = ("altair", "vl_convert")
"""The modules of the extra `[plots]`, which `[app]` includes: the app draws with them."""


def check_installed(*more: str) -> None:
    """Refuse where a package of the extra `[app]`, or a module of `more`, is not installed, with
    the command that installs it."""
    missing = next((name for name in (*NEEDED, *more) if not installed(name)), None)
    if missing is not None:
        raise absent(missing)
