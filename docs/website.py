"""The site: every Markdown page of the project, the notebooks and a reference of every public name,
with one search, readable without a network.

Run it as `python docs/website.py [FOLDER]`; build/docs by default. The pages stay as they are, and
readable there: what Sphinx needs besides is written into a copy.
"""

import importlib
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

LEFT_OUT = ("cli", "web", "experiments")
"""Packages that are asked at the shell or in a browser, and not from Python."""

LINK = re.compile(r"\[([^\]]*)\]\(([^)#:]+)(#[^)]*)?\)")

SETTINGS = {
    "project": "stepahead",
    "html_title": "stepahead",
    "html_theme": "furo",
    "html_show_sphinx": False,
    "html_copy_source": False,
    "extensions": ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"],
    "myst_heading_anchors": 4,
    "autodoc_member_order": "groupwise",
    "autodoc_typehints": "signature",
    "autodoc_preserve_defaults": True,
    "default_role": "code",
    "python_maximum_signature_line_length": 90,
    "suppress_warnings": ["ref.python"],  # a word that is the name of two things links to one,
}


def pages() -> list[Path]:
    """The Markdown of the project, README first, relative to its root."""
    found = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")]
    top = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
    return [*map(Path, top), *sorted(path.relative_to(ROOT) for path in found)]


def linked(text: str, page: Path) -> str:
    """Markdown without links to what is no page, picture or table of the site: they become text,
    since the site is read where the sources are not."""

    def kept(match: re.Match[str]) -> str:
        target = (ROOT / page.parent / match[2]).resolve()
        return match[0] if target.suffix in (".md", ".png", ".csv", ".ipynb") else match[1]

    return LINK.sub(kept, text).replace(".ipynb)", ".md)")


def markdown(notebook: Path) -> str:
    """The cells of a notebook as one Markdown page."""
    cells = json.loads(notebook.read_text())["cells"]
    texts = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in cells]
    return "\n\n".join(f"```python\n{text}\n```" if code else text for text, code in texts) + "\n"


def contents(caption: str, names: list[str]) -> str:
    """A part of the contents at the side of every page."""
    listed = "\n".join(names)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"


def packages() -> list[str]:
    """The packages with public names, from the top of the layers to the bottom."""
    below = sorted(path.parent.name for path in (ROOT / "src/stepahead").glob("*/__init__.py"))
    return ["stepahead", *(f"stepahead.{name}" for name in below if name not in LEFT_OUT)]


def home(package: str, name: str) -> str:
    """The package on whose page a public name is described: the one that it is written in, if that
    shows it."""
    module = getattr(getattr(importlib.import_module(package), name), "__module__", None) or package
    own = ".".join(module.split(".")[:2])
    if own == "stepahead._types" and name in importlib.import_module("stepahead").__all__:
        return "stepahead"
    shown = getattr(sys.modules.get(own), "__all__", ())
    return own if own.startswith("stepahead.") and name in shown else package


def reference(package: str) -> str:
    """The page of a package: its purpose, then every public name with signature and docstring, or
    a link to where it is described."""
    names = getattr(importlib.import_module(package), "__all__", [])
    homes = {name: home(package, name) for name in names}
    here = [name for name in names if homes[name] == package]
    members = f":members: {', '.join(here)}" if here else ":no-members:" if names else ":members:"
    heading = f"{package}\n{'=' * len(package)}"
    also = ", ".join(f":py:obj:`~{homes[n]}.{n}`" for n in names if homes[n] != package)
    return f"{heading}\n\n.. automodule:: {package}\n   {members}\n   :imported-members:\n\n" + (
        f"Public here, described elsewhere: {also}\n" if also else ""
    )


def stage(source: Path) -> None:
    """Write everything that Sphinx reads into a folder."""
    shutil.rmtree(source, ignore_errors=True)
    for page in pages():
        (source / page).parent.mkdir(parents=True, exist_ok=True)
        (source / page).write_text(linked((ROOT / page).read_text(), page))
    for kind in ("*.png", "*.csv"):
        for path in (ROOT / "docs").rglob(kind):
            copy = source / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    notebooks = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))
    (source / "docs/notebooks").mkdir(exist_ok=True)
    for path in notebooks:
        (source / path.relative_to(ROOT).with_suffix(".md")).write_text(markdown(path))
    for package in packages():
        (source / "reference").mkdir(exist_ok=True)
        (source / "reference" / f"{package}.rst").write_text(reference(package))
    guide = (ROOT / "docs/guide/README.md").read_text()
    told = [Path("docs/guide", name) for name in re.findall(r"^\| \[.*?\]\((.*?)\)", guide, re.M)]
    parts = {
        "Guide": [Path("docs/guide/README.md"), *told],
        "Notebooks": [path.relative_to(ROOT) for path in notebooks],
        "Words and results": [p for p in pages() if p.parent != Path("docs/guide")][1:],
        "Reference": [Path(f"reference/{package}.rst") for package in packages()],
    }
    listed = "".join(
        contents(
            caption,
            [f"/{path.with_suffix('')}" if path.suffix != ".rst" else f"/{path}" for path in paths],
        )
        for caption, paths in parts.items()
    )
    (source / "index.md").write_text((source / "README.md").read_text() + listed)
    (source / "README.md").unlink()


def tabled(text: str) -> str:
    """A docstring whose Markdown tables are those of reStructuredText."""

    def table(match: re.Match[str]) -> str:
        rows = [line.strip().strip("|").split("|") for line in match[0].strip().splitlines()]
        cells = ["\n     - ".join(cell.strip() for cell in row) for row in [rows[0], *rows[2:]]]
        return "\n.. list-table::\n   :header-rows: 1\n\n   * - " + "\n   * - ".join(cells) + "\n"

    return re.sub(r"^\|.*\n\|[-| :]+\n(?:\|.*\n?)+", table, text, flags=re.MULTILINE)


CODE = re.compile(r"(?<!`)`((?:[^`\n]|\n(?!\n))+)`(?!`)")


def tidied(app: Sphinx, kind: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Write code, bars and tables of a docstring as reStructuredText writes them."""
    parts = CODE.split(tabled("\n".join(lines)))
    parts[::2] = [
        re.sub(r"(?m)(?<!^)\|(?=.)", r"\|", text) if ">>>" not in text else text
        for text in parts[::2]
    ]
    parts[1::2] = [f"``{code}``" for code in parts[1::2]]
    lines[:] = "".join(parts).split("\n")


def write(folder: Path) -> int:
    """Write the site into a folder; the number of warnings."""
    source = ROOT / "build/site-source"
    stage(source)
    app = Sphinx(
        source, None, folder, ROOT / "build/site-trees", "html", SETTINGS, sys.stdout, sys.stderr
    )
    app.connect("autodoc-process-docstring", tidied, priority=100)
    app.build()
    return app._warncount


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "docs"
    warned = write(target.resolve())
    sys.stdout.write(f"The site is in {target / 'index.html'}; {warned} warnings.\n")
