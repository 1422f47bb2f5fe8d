"""Every public name is documented, and the top door opens to all that it promises."""

import ast
import dataclasses
import importlib
import inspect
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import stepahead

ROOT = Path(stepahead.__file__).parent
FILES = sorted(p for p in ROOT.rglob("*.py") if p.name != "__main__.py")
MODULES = [
    ".".join(("stepahead", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for p in FILES
]
PACKAGES = [
    module for module, path in zip(MODULES, FILES, strict=True) if path.name == "__init__.py"
]


def statements(path: Path) -> Iterator[ast.stmt]:
    """The statements of a module, and those by which a door tells the type checker its names."""
    for node in ast.parse(path.read_text()).body:
        yield from node.body if isinstance(node, ast.If) and node.orelse else [node]


def public_names(package: ModuleType) -> list[str]:
    """The public names of a package: `__all__`, or the names without an underscore that its
    `__init__` imports or defines."""
    names = []
    for node in statements(Path(package.__file__)):
        if isinstance(node, ast.ImportFrom) and node.level:
            for alias in node.names:
                home = home_of(package, node)
                whole = alias.name == "*"
                names += public_names(home) if whole else [alias.asname or alias.name]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [t.id for t in node.targets if isinstance(t, ast.Name)]
    return [name for name in names if not name.startswith("_")]


def home_of(package: ModuleType, node: ast.ImportFrom) -> ModuleType:
    """The module that a package imports from."""
    name = "." * node.level + (node.module or "")
    return importlib.import_module(importlib.util.resolve_name(name, package.__name__))


def documented_values(module: str) -> set[str]:
    """The module-level names that are followed by a docstring of their own."""
    body = ast.parse(inspect.getsource(importlib.import_module(module))).body
    found = set()
    for node, after in itertools.pairwise(body):
        is_text = (
            isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        )
        if is_text and isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found


def home_of_value(package: ModuleType, name: str) -> str:
    """The module in which a re-exported value was assigned."""
    for node in statements(Path(package.__file__)):
        if (
            isinstance(node, ast.ImportFrom)
            and node.level
            and any((a.asname or a.name) == name for a in node.names)
        ):
            home = home_of(package, node)
            return home_of_value(home, name) if hasattr(home, "__path__") else home.__name__
    return package.__name__


def has_text(value: object) -> bool:
    """True if an object has a docstring that somebody wrote (and not the signature that dataclass
    or NamedTuple put there)."""
    text = inspect.getdoc(value)
    if not text:
        return False
    if inspect.isclass(value):
        own = value.__doc__ or ""
        made = (
            dataclasses.is_dataclass(value)
            and own.startswith(f"{value.__name__}(")
            and own.endswith((")", "None"))
        )
        return bool(own) and not made and not own.startswith(f"{value.__name__}(")
    return True


def bare_members(cls: type) -> Iterator[str]:
    """Public methods and properties of a class that have no words of their own or of the method
    that they implement."""
    for name, member in vars(cls).items():
        if name.startswith("_"):
            continue
        value = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if (inspect.isfunction(value) or isinstance(value, property)) and not inspect.getdoc(
            getattr(cls, name)
        ):
            yield f"{cls.__name__}.{name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_documented(package: str) -> None:
    door = importlib.import_module(package)
    bare = []
    for name in public_names(door):
        value = getattr(door, name)
        if inspect.ismodule(value):
            continue
        if inspect.isclass(value) and value.__module__.startswith("stepahead"):
            bare += [] if has_text(value) else [name]
            bare += bare_members(value)
        elif inspect.isroutine(value) or (callable(value) and hasattr(value, "__wrapped__")):
            bare += [] if has_text(value) else [name]
        elif package.count(".") == 1 and name not in documented_values(home_of_value(door, name)):
            bare.append(name)  # a room's own constants are for its neighbours
    assert bare == []


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    assert (importlib.import_module(module).__doc__ or "").strip()


def test_the_top_door_opens_every_name() -> None:
    for name in stepahead.__all__:
        assert getattr(stepahead, name) is not None
        assert name in dir(stepahead)


LAZY = [package for package in PACKAGES if hasattr(importlib.import_module(package), "__all__")]
"""Packages whose names are imported at their first use."""


@pytest.mark.parametrize("package", LAZY)
def test_a_door_opens_to_the_names_that_the_type_checker_is_told(package: str) -> None:
    door = importlib.import_module(package)
    told = public_names(door)
    assert sorted(told) == sorted(door.__all__)
    assert set(told) <= set(dir(door))
    assert [name for name in told if not hasattr(door, name)] == []


def test_packages_of_names_are_behind_lazy_doors() -> None:
    """But for those with code of their own, for commands, which are all needed for `--help`, and
    for services, which need all of theirs."""
    eager = {package.removeprefix("stepahead.") for package in PACKAGES if package not in LAZY}
    assert {name for name in eager if not name.startswith(("cli", "experiments", "web"))} == {
        "native.kalman",
        "native.series",
    }


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = stepahead.nothing
