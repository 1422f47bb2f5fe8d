"""Pages, and the help of every command, use the field's words."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from typer.main import get_command

from stepahead.cli import app

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(
        page for top in ("docs", "benchmarks", "pretraining") for page in (ROOT / top).rglob("*.md")
    ),
)
INSTEAD = {
    r"anew": "again",
    r"beside": "next to, compared with",
    r"by (?:itself|themselves)": "separately, on its own",
    r"goes? on": "continues",
    r"judge[ds]?": "evaluate, score",
    r"told": "given, detected",
    r"whom": "who",
}
"""Words that read as a translation, and the plain ones."""

CODE = re.compile(r"^```.*?^```|`[^`]*`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)


def found(text: str) -> list[str]:
    """The words of the list in a text, its code and its links left out.

    >>> found("Each is judged by itself: `judge(told)`, [more](#beside-kenlm).")
    ['by itself', 'judged']
    """
    prose = re.sub(r"\s+", " ", CODE.sub(" ", text))
    return sorted(hit[0] for word in INSTEAD for hit in re.finditer(rf"\b{word}\b", prose))


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_a_page_uses_plain_words(page: Path) -> None:
    assert found(page.read_text()) == []


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Every command by name with its help and that of its options."""
    options = [str(getattr(option, "help", None) or "") for option in command.params]
    yield name, "\n".join([command.help or "", *options])
    for part, each in getattr(command, "commands", {}).items():
        yield from helps(each, f"{name} {part}")


def test_the_help_of_every_command_uses_plain_words() -> None:
    texts = dict(helps(get_command(app), "stepahead"))
    assert len(texts) > 20
    assert {name: found(text) for name, text in texts.items() if found(text)} == {}
