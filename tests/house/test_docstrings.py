"""Docstrings open with a noun or a verb: what a thing is or does, never a question."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "stepahead"

QUESTIONS = {
    *("What", "Whatever", "Which", "Who", "Whom", "Whose", "Whoever", "Where", "Wherever"),
    *("When", "Whenever", "Whence", "Whether", "How", "However", "Why"),
}

ROOT = SOURCE.parents[1]

FOLDERS = sorted(
    {path.parent for top in (SOURCE, ROOT / "benchmarks") for path in top.rglob("*.py")}
)


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings of modules, classes, functions and values of a file, each with its line."""
    for node in ast.walk(ast.parse(source)):
        body = node.body if isinstance(getattr(node, "body", None), list) else []
        owner = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        of_owner = body[:1] if owner else []
        of_values = [b for a, b in pairwise(body) if isinstance(a, ast.Assign | ast.AnnAssign)]
        for statement in of_owner + of_values:
            value = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield statement.lineno, value.value


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_docstring_opens_with_a_question(folder: Path) -> None:
    assert [
        f"{path.name}:{line}: {text.strip().splitlines()[0]}"
        for path in sorted(folder.glob("*.py"))
        for line, text in docstrings(path.read_text())
        if text.split()[:1] and text.split()[0].strip(".,:;") in QUESTIONS
    ] == []


def test_every_kind_of_docstring_is_seen() -> None:
    source = '"""What."""\nclass A:\n    """Where."""\n    x: int = 1\n    """How."""\n'
    assert sorted(text for _, text in docstrings(source)) == ["How.", "What.", "Where."]
