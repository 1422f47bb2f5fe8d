"""Counts of how the code is built: files, functions, and places that ask an object what it is.

Run it as `python benchmarks/house.py [FOLDER]`; the folder of the package by default.
"""

import ast
import itertools
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "stepahead"
SAME = 6
"""Lines that make a repeated passage."""

SKIPPED = re.compile(r"^(#|import |from |[\W_]*$|\w+,$)")
"""Lines that do not count in a passage: comments, imports with their names, punctuation."""


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Every function of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def calls(tree: ast.Module, name: str) -> int:
    """The calls of a function by its bare name."""
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sum(isinstance(each, ast.Name) and each.id == name for each in called)


def vague(function: ast.FunctionDef) -> int:
    """The parameters and results of a signature whose type is or holds `Any`."""
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    types = [each.annotation for each in parameters if each is not None] + [function.returns]
    names = (
        {node.id for node in ast.walk(each) if isinstance(node, ast.Name)} for each in types if each
    )
    return sum("Any" in each for each in names)


def body_lines(function: ast.FunctionDef) -> int:
    """The lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def passages(sources: dict[Path, str]) -> int:
    """The pairs of places with the same six lines or more, longest first and each line once."""
    where: dict[tuple[str, ...], list[tuple[Path, int]]] = defaultdict(list)
    for path, source in sources.items():
        lines = [text for line in source.splitlines() if not SKIPPED.match(text := line.strip())]
        for start in range(len(lines) - SAME + 1):
            where[tuple(lines[start : start + SAME])].append((path, start))
    windows = {
        (first, second)
        for places in where.values()
        for first, second in itertools.combinations(places, 2)
    }
    # A window whose neighbour above is repeated as well continues that passage.
    return sum(
        ((one, at - 1), (other, place - 1)) not in windows for (one, at), (other, place) in windows
    )


def main(folder: Path) -> None:
    """Print the counts of a package."""
    sources = {path: path.read_text() for path in sorted(folder.rglob("*.py"))}
    trees = {path: ast.parse(source) for path, source in sources.items()}
    sizes = {path: len(source.splitlines()) for path, source in sources.items()}
    lengths = [body_lines(each) for tree in trees.values() for each in functions(tree)]
    largest = max(sizes, key=lambda path: sizes[path])
    found = {
        "files": len(sources),
        "lines": sum(sizes.values()),
        "median file, lines": int(statistics.median(sizes.values())),
        "largest file, lines": f"{sizes[largest]} ({largest.relative_to(folder)})",
        "functions of at most 36 lines": f"{sum(n <= 36 for n in lengths) / len(lengths):.1%}",
        "longest function, lines": max(lengths),
        "`getattr`": sum(calls(tree, "getattr") for tree in trees.values()),
        "`isinstance`": sum(calls(tree, "isinstance") for tree in trees.values()),
        "`Any` in signatures": sum(vague(f) for tree in trees.values() for f in functions(tree)),
        "repeated passages": passages(sources),
    }
    for name, value in found.items():
        print(f"{name:30} {value}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE)
