"""The API reference: a page for every package, made from signatures and docstrings, with search,
readable without a network.

Run it as `python docs/reference.py [FOLDER]`; build/docs by default.
"""

import sys
import warnings
from pathlib import Path

import pdoc

ROOT = Path(__file__).parents[1]

BELOW = ("classical", "pretrained", "readers", "store")
"""Packages with public names that the top door does not show."""

LEFT_OUT = ("cli", "web", "experiments")
"""Packages that are asked at the shell or in a browser, and not from Python."""


def write(folder: Path) -> None:
    """Write the pages of all public names into a folder."""
    pdoc.render.configure(
        docformat="google", show_source=False, footer_text="stepahead: the API reference"
    )
    with warnings.catch_warnings():
        # Types that are imported for the type checker alone are shown by their names.
        warnings.filterwarnings("ignore", message="Error parsing type annotation")
        pdoc.pdoc(
            "stepahead",
            *(f"stepahead.{name}" for name in BELOW),
            *(f"!stepahead.{name}" for name in LEFT_OUT),
            output_directory=folder,
        )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "docs"
    write(target)
    sys.stdout.write(f"The API reference is in {target / 'index.html'}.\n")
