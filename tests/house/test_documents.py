"""The Python and the commands in README and guide run as they stand there, each document from top
to bottom, and print what is shown."""

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest

from stepahead.cli import main

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(<!-- not run: [^>]+ -->\n+)?^```(python|console)\n(.*?)^```$(?:\n+^```text\n(.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"^\$ stepahead (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
WAITED = re.compile(r"^.*: \d+ s so far\n", re.MULTILINE)
"""What a command says while it works longer than usual, as on a busy machine."""
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    """Python, and the `text` block right below it, which holds what it prints (empty: anything); or
    what is shown of a shell."""

    kind: str
    code: str
    printed: str


def blocks(document: Path) -> list[Block]:
    """The Python and the commands of a document, without what a comment right above takes out,
    reason given."""
    return [
        Block(kind, code, printed)
        for skipped, kind, code, printed in BLOCK.findall(document.read_text())
        if not skipped
    ]


def commands(block: Block) -> list[tuple[list[str], str]]:
    """The arguments of every `$ stepahead` of a shell, and what is shown below it; other programs
    are not run.

    >>> commands(Block("console", "$ make demo\\n$ stepahead version\\n0.1.0\\n", ""))
    [(['version'], '0.1.0\\n')]
    """
    return [(shlex.split(line), shown) for line, shown in COMMAND.findall(block.code)]


DOCUMENTS = [
    path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if blocks(path)
]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(path, marks=[] if path.name == "README.md" else [pytest.mark.slow])
        for path in DOCUMENTS
    ],
    ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS],
)
def test_the_code_of_a_document_runs(
    document: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    months = np.datetime64("2019-01") + np.arange(60)
    lines = [
        f"{name},{month}-01,{level + (i % 12) + i / 10:.1f}"
        for name, level in (("a", 20), ("b", 50))
        for i, month in enumerate(months)
    ]
    Path("sales.csv").write_text("\n".join(["unique_id,ds,y", *lines]) + "\n")
    names: dict[str, object] = {"__name__": "document"}
    for number, block in enumerate(blocks(document), start=1):
        if block.kind == "console":
            for arguments, shown in commands(block):
                with pytest.raises(SystemExit):
                    main(arguments)
                printed = capsys.readouterr()
                said = WAITED.sub("", printed.err) + printed.out
                same(shown, said, f"stepahead {shlex.join(arguments)}")
            continue
        exec(compile(block.code, f"{document.name}, block {number}", "exec"), names)
        printed = capsys.readouterr()
        if block.printed:
            same(block.printed, printed.out, f"Block {number}")


def same(shown: str, printed: str, what: str) -> None:
    """Assert that the text shown is the text printed."""
    assert doctest.OutputChecker().check_output(shown, printed, SAME), (
        f"{what} prints\n{printed}and not\n{shown}"
    )


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands keep what they compile in the test's own folder, and nowhere any more after it."""
    monkeypatch.setenv("STEPAHEAD_CACHE", str(tmp_path / "cache"))
    before = jax.config.jax_compilation_cache_dir
    yield
    jax.config.update("jax_compilation_cache_dir", before)


def test_blocks_are_found_and_left_out_only_with_a_reason(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    skipped = "<!-- not run: needs a cluster -->\n```python\nb = 2\n```\n\n```sh\nc\n```\n"
    document.write_text(
        f"```python\na = 1\n```\n\n{skipped}```python\nprint(4)\n```\n\n```text\n4\n```\n"
    )
    assert blocks(document) == [("python", "a = 1\n", ""), ("python", "print(4)\n", "4\n")]
