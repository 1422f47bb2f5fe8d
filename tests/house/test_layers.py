"""Imports point down only, and what talks to the outside world stays in its one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "stepahead"

LAYERS = [
    {"_types", "_check", "_files", "_elsewhere"},
    {"_fitted"},
    {"ops", "native"},
    {"data", "models", "classical"},
    {"training", "inference", "evaluation"},
    {"forecasting", "generation", "labelling", "imputation"},
    {"tasks"},
    {"store", "readers", "plots", "distributed"},
    {"workflow"},
    {"cli", "web", "experiments"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

EDGE = {"cli", "web", "experiments", "__main__"}

SAME_LEVEL_ALLOWED = {
    ("_types", "_check"),
    ("_files", "_check"),
    ("_elsewhere", "_check"),
    ("ops", "native"),
    ("cli", "experiments"),
}
"""`ops` calls the kernels of `native` behind its seam; `stepahead reproduce` runs the experiments.
"""

ONLY_IN = {
    "altair": {"plots"},
    "vl_convert": {"plots"},
    "duckdb": {"readers"},
    "safetensors": {"store"},
    "mido": {"store"},
    "typer": {"cli"},
    "rich": {"cli"},
    "optax": {"training", "workflow", "experiments"},
}
"""The packages that may know a third party, by its name."""

READS_ENVIRONMENT = EDGE | {"native"}
"""The packages that may read the environment: `native`, in which the set of instructions can be
chosen from outside, before anything is built."""


def home(path: Path) -> str:
    """The package (or top-level module) of the project that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path, source: str, root: Path = SOURCE) -> Iterator[tuple[int, str]]:
    """Every imported module as (line, absolute dotted name), wherever in the file the import
    stands."""
    package = ("stepahead", *path.relative_to(root).parts[:-1])
    for node in ast.walk(ast.parse(source)):
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


FILES = sorted(p for p in SOURCE.rglob("*.py") if p != SOURCE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    assert home(path) in LEVEL, f"{home(path)} has no layer"
    assert upward(path, path.read_text()) == []


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


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_the_outside_world_stays_in_its_place(path: Path) -> None:
    here = home(path)
    third = [(line, module.split(".")[0]) for line, module in imports(path, path.read_text())]
    strangers = [
        f"line {line}: {here} must not know {name}"
        for line, name in third
        if name in ONLY_IN and here not in ONLY_IN[name]
    ]
    assert strangers == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_the_edge_prints_and_reads_the_environment(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        printing = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "input"}
        )
        if printing and home(path) not in EDGE:
            found.append(f"line {node.lineno}: prints or asks")
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"environ", "getenv"}
            and home(path) not in READS_ENVIRONMENT
        ):
            found.append(f"line {node.lineno}: reads the environment")
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_package_is_entered_by_its_door(path: Path) -> None:
    """No file of another package, and no private name: `from ..data import Panel`, not `from
    ..data.panel._panel import Panel`."""
    private = []
    for line, module in imports(path, path.read_text()):
        parts = module.split(".")
        if (
            parts[0] == "stepahead"
            and len(parts) > 2
            and parts[1] != home(path)
            and any(part.startswith("_") for part in parts[2:])
        ):
            private.append(f"{path.relative_to(SOURCE)}:{line}: {module}")
    assert private == []


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
