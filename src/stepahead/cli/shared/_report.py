"""Parts that the reports of the commands share: their origin, and writing them."""

import platform
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ... import __version__
from ..._files import write_atomically
from ._cache import cached_text
from ._command import as_typed

if TYPE_CHECKING:
    from ...plots import Provenance


def provenance(notes: Sequence[str]) -> "Provenance":
    """The command, its notes, versions and the time."""
    from ...plots import Provenance

    versions = {
        "stepahead": __version__,
        "Python": platform.python_version(),
        "jax": version("jax"),
        "statsmodels": version("statsmodels"),
    }
    return Provenance(
        as_typed(), tuple(notes), versions, datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    )


def write_report(path: Path, html: Callable[[str], str]) -> None:
    """Write the page that `html` makes with the drawing program, which is kept between runs."""
    from ...plots import drawing_program

    kept = f"drawing-{version('vl-convert-python')}-{version('altair')}.js"
    write_atomically(path, html(cached_text(kept, drawing_program)).encode())
