"""Imports point down only, and what talks to the outside world stays in its one place."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from stepahead._extras import EXTRAS

SOURCE = Path(__file__).parents[2] / "src" / "stepahead"
ROOT = SOURCE.parents[1]

LAYERS = [
    {"_types", "_check", "_extras", "_files", "_door", "_fitted", "_settings"},
    {"ops", "native"},
    {"data", "models", "classical"},
    {"training", "inference", "evaluation", "pretrained"},
    {"forecasting", "generation", "labelling", "imputation"},
    {"tasks"},
    {"store", "readers", "plots", "distributed"},
    {"workflow"},
    {"outputs"},
    {"cli", "web", "experiments", "interop"},
    {"__main__"},
]
"""From the bottom to the top. Tasks stand above the fitted values, since a task trains a model and
then makes the value that holds it."""

LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

EDGE = {"outputs", "cli", "web", "experiments", "__main__"}

SAME_LEVEL_ALLOWED = {
    ("_types", "_check"),
    ("_fitted", "_check"),
    ("_settings", "_check"),
    ("_fitted", "_types"),
    ("_files", "_check"),
    ("_door", "_check"),
    ("_door", "_extras"),
    ("_extras", "_check"),
    ("ops", "native"),
    ("cli", "experiments"),
    ("cli", "web"),
}
"""`ops` calls the kernels of `native` behind its seam; `stepahead reproduce` runs the experiments,
`stepahead serve` and `stepahead app` the services."""

ONLY_IN = {
    "altair": {"plots"},
    "vl_convert": {"plots"},
    "duckdb": {"readers"},
    "safetensors": {"store", "pretrained"},
    "mido": {"store"},
    "typer": {"cli"},
    "rich": {"cli"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "jinja2": {"web"},
    "dask": {"distributed"},
    "distributed": {"distributed"},
    "ray": {"distributed"},
    "sktime": {"interop"},
    "mlflow": {"interop"},
    "onnx": {"interop"},
    "onnxruntime": {"interop"},
    "optax": {"training", "workflow", "experiments"},
}
"""The packages that may know a third party, by its name."""

READS_ENVIRONMENT = EDGE | {"native"}
"""The packages that may read the environment: `native`, in which the set of instructions can be
chosen from outside, before anything is built."""


def home(path: Path) -> str:
    """The package (or top-level module) of the project that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@cache
def nodes(source: str) -> list[ast.AST]:
    """Every node of a file, which is parsed once for all that is asked of it."""
    return list(ast.walk(ast.parse(source)))


def imports(path: Path, source: str) -> Iterator[tuple[int, str]]:
    """Every imported module as (line, absolute dotted name), wherever in the file the import
    stands."""
    package = ("stepahead", *path.relative_to(SOURCE).parts[:-1])
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def upward(path: Path, source: str) -> list[str]:
    """The imports of one file that do not point down."""
    here = home(path)
    found = []
    for line, module in imports(path, source):
        parts = module.split(".")
        if parts[0] != "stepahead" or len(parts) == 1:
            continue
        there = parts[1]
        if (
            there == here
            or (here, there) in SAME_LEVEL_ALLOWED
            or (there == "__version__" and here in EDGE)
        ):
            continue
        if there not in LEVEL or LEVEL[there] >= LEVEL[here]:
            found.append(f"{path.relative_to(SOURCE)}:{line}: {here} must not import {there}")
    return found


FILES = {
    path: path.read_text()
    for path in sorted(SOURCE.rglob("*.py"))
    if path != SOURCE / "__init__.py"
}
"""The source of every file but the top door."""

PACKAGES = sorted({home(path) for path in FILES})


def files_of(package: str) -> Iterator[tuple[Path, str]]:
    """The files of a package, each with its source."""
    return ((path, source) for path, source in FILES.items() if home(path) == package)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_down(package: str) -> None:
    assert package in LEVEL, f"{package} has no layer"
    assert [wrong for file in files_of(package) for wrong in upward(*file)] == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("models/_gru.py", "from ..training import fit"),
        ("models/_gru.py", "from ..data import Panel"),
        ("models/_gru.py", "def f():\n    import stepahead.cli"),
        ("_check.py", "from . import ops"),
        ("ops/_scan.py", "from .. import models"),
        ("data/_panel.py", "from stepahead.cli.shared._names import MODELS"),
    ],
)
def test_an_upward_import_is_seen(file: str, source: str) -> None:
    assert len(upward(SOURCE / file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "models/_gru.py",
            "from .._check import Refusal\nfrom ..ops import recurrence\nfrom ._heads import "
            "Point\nimport jax",
        ),
        ("cli/_forecast.py", "from ..workflow import fit"),
    ],
)
def test_a_downward_import_passes(file: str, source: str) -> None:
    assert upward(SOURCE / file, source) == []


def strangers(path: Path, source: str) -> list[str]:
    """The imports of one file of third parties that its package must not know."""
    here = home(path)
    third = [(line, module.split(".")[0]) for line, module in imports(path, source)]
    return [
        f"{path.relative_to(SOURCE)}:{line}: {here} must not know {name}"
        for line, name in third
        if name in ONLY_IN and here not in ONLY_IN[name]
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_outside_world_stays_in_its_place(package: str) -> None:
    assert [wrong for file in files_of(package) for wrong in strangers(*file)] == []


def test_a_stranger_is_seen() -> None:
    assert len(strangers(SOURCE / "models/_gru.py", "def f():\n    import duckdb")) == 1
    assert strangers(SOURCE / "readers/_read.py", "import duckdb") == []


def test_every_import_is_required_or_belongs_to_an_extra() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    known = {re.split(r"[>=<]", each)[0] for each in needed} | set(EXTRAS)
    known |= set(sys.stdlib_module_names) | {"stepahead"}
    named = {
        (home(path), module.partition(".")[0])
        for path, source in FILES.items()
        for _, module in imports(path, source)
    }
    assert {each for each in named if each[1] not in known} == set()


def edge_of(path: Path, source: str) -> list[str]:
    """The places of one file that do what is for the edge alone."""
    found = []
    for node in nodes(source):
        printing = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "input"}
        )
        if printing and home(path) not in EDGE:
            found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: prints or asks")
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "getenv"}
            and home(path) not in READS_ENVIRONMENT
        ):
            found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: reads the environment")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_only_the_edge_prints_and_reads_the_environment(package: str) -> None:
    assert [wrong for file in files_of(package) for wrong in edge_of(*file)] == []


def test_a_print_and_a_variable_are_seen() -> None:
    source = "import os\ndef f():\n    print(os.environ)"
    assert len(edge_of(SOURCE / "models/_gru.py", source)) == 2
    assert edge_of(SOURCE / "cli/_app.py", source) == []


def private_imports(path: Path, source: str) -> list[str]:
    """The imports of one file of a private file or name in a room that is not its own, nor one that
    holds it: `models.cells._gru` is for `models.cells` only."""
    here = ("stepahead", *path.relative_to(SOURCE).parts[:-1])
    found = []
    for line, module in imports(path, source):
        parts = tuple(module.split("."))
        private = next((at for at, part in enumerate(parts) if part.startswith("_")), None)
        if parts[0] != "stepahead" or private is None or private < 2:
            continue
        if parts[:private] != here[:private]:
            found.append(f"{path.relative_to(SOURCE)}:{line}: {module}")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_is_entered_by_its_door(package: str) -> None:
    """No file of another package or room, and no private name: `from ..data import Panel`, not
    `from ..data.panel._panel import Panel`."""
    assert [wrong for file in files_of(package) for wrong in private_imports(*file)] == []


def test_a_private_import_is_seen() -> None:
    for source in ("from ..heads._head import Head", "from ...data.panel._panel import Panel"):
        assert len(private_imports(SOURCE / "models/cells/_gru.py", source)) == 1
    for source in (
        "from .._shared import f",
        "from ._cell import Cell",
        "from ..heads import Head",
    ):
        assert private_imports(SOURCE / "models/cells/_gru.py", source) == []


def picture(document: Path) -> list[tuple[int, str, frozenset[str]]]:
    """The layers that a document draws, from the bottom: (row, package, its rooms where named)."""
    block = re.search(r"^```\n(cli.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)
    assert block is not None, f"{document.name} has no picture of the layers"
    rows = [re.split(r" {3,}", line)[0:-1] for line in block[1].splitlines()[::-1]]
    return [
        (row, name, frozenset(each.strip() for each in rooms.split(",")) if rooms else frozenset())
        for row, cells in enumerate(rows)
        for name, rooms in re.findall(r"(\w+)(?:/\{([^}]*)\})?", "  ".join(cells))
    ]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_the_picture_shows_the_layers_as_they_are(document: str) -> None:
    shown = picture(ROOT / document)
    packages = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
    assert packages <= {name for _, name, _ in shown} <= set(LEVEL)
    for row, name, rooms in shown:
        assert all((row < other) == (LEVEL[name] < LEVEL[more]) for other, more, _ in shown), name
        if rooms:
            folder = SOURCE / name
            assert rooms == {
                path.name for path in folder.iterdir() if (path / "__init__.py").exists()
            }


def test_every_package_has_a_layer() -> None:
    assert set(PACKAGES) == set(LEVEL)


def test_a_room_holds_about_fifteen_files() -> None:
    folders = {
        folder: len(list(folder.glob("_[a-z]*.py"))) for folder in {path.parent for path in FILES}
    }
    assert {
        str(folder.relative_to(SOURCE)): count for folder, count in folders.items() if count > 16
    } == {}


def test_no_file_is_called_utils() -> None:
    assert [
        str(p) for p in FILES if p.stem.strip("_") in {"utils", "util", "helpers", "common", "misc"}
    ] == []
