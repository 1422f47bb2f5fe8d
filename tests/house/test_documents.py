"""The Python in README and guide runs as it stands there, each document from top to bottom, and prints what it is said to print."""

import doctest
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(<!-- not run: [^>]+ -->\n+)?^```python\n(.*?)^```$(?:\n+^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    """Python, and the `text` block right below it, which holds what it prints (empty where nothing is said)."""

    code: str
    printed: str


def blocks(document: Path) -> list[Block]:
    """The Python of a document, without what a comment right above takes out, reason given."""
    return [Block(code, printed) for skipped, code, printed in BLOCK.findall(document.read_text()) if not skipped]


DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if blocks(path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_of_a_document_runs(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    months = np.datetime64("2019-01") + np.arange(60)
    lines = [
        f"{name},{month}-01,{level + (i % 12) + i / 10:.1f}" for name, level in (("a", 20), ("b", 50)) for i, month in enumerate(months)
    ]
    Path("sales.csv").write_text("\n".join(["unique_id,ds,y", *lines]) + "\n")
    names: dict[str, object] = {"__name__": "document"}
    for number, (code, said) in enumerate(blocks(document), start=1):
        exec(compile(code, f"{document.name}, block {number}", "exec"), names)
        printed = capsys.readouterr().out
        if said:
            assert doctest.OutputChecker().check_output(said, printed, SAME), f"Block {number} prints\n{printed}and not\n{said}"


def test_blocks_are_found_and_left_out_only_with_a_reason(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    skipped = "<!-- not run: needs a cluster -->\n```python\nb = 2\n```\n\n```sh\nc\n```\n"
    document.write_text(f"```python\na = 1\n```\n\n{skipped}```python\nprint(4)\n```\n\n```text\n4\n```\n")
    assert blocks(document) == [("a = 1\n", ""), ("print(4)\n", "4\n")]
