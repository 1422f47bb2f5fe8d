"""Parts that all reports share: their origin, and how they are written."""

import platform
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from .._files import write_atomically
from ._cache import cached_text

if TYPE_CHECKING:
    from ..plots import Provenance


def provenance(command: str, notes: Sequence[str]) -> "Provenance":
    """Return the command that repeats the report, its notes, the time, and versions of what is
    installed."""
    from ..plots import Provenance

    versions = {"stepahead": __version__, "Python": platform.python_version()}
    for name in ("jax", "statsmodels"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # figures need neither
            continue
    made = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    return Provenance(command, tuple(notes), versions, made)


def write_report(path: Path, html: Callable[[str], str]) -> None:
    """Write the page that `html` makes from the drawing program."""
    write_atomically(path, html(drawing()).encode())


def drawing() -> str:
    """Return the JavaScript program that draws figures, which is cached: making it takes
    seconds."""
    kept = f"drawing-{version('vl-convert-python')}-{version('altair')}.js"

    def make() -> str:
        from ..plots import drawing_program

        return drawing_program()

    return cached_text(kept, make)
