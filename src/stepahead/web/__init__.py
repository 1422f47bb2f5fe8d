"""Services on this machine: a hardened shell of HTTP, and what is served through it.

Needs the extra `[app]`, which `check_installed` asks for in a sentence. Only the command line
imports it, and only for the commands that serve.
"""

from importlib.util import find_spec

from .._check import Refusal

NEEDED = ("starlette", "uvicorn", "jinja2", "python_multipart")
"""The modules of the extra `[app]`."""


def check_installed() -> None:
    """Refuse where a package of the extra `[app]` is not installed, with the command that installs
    them."""
    missing = [name.replace("_", "-") for name in NEEDED if find_spec(name) is None]
    if missing:
        raise Refusal(
            f"Serving needs {', '.join(missing)}, which is not installed here. Run: pip install "
            "'stepahead[app]'"
        )
