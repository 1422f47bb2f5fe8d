"""The Python in README and guide runs as it stands there, each document from top to bottom."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(<!-- not run: [^>]+ -->\n+)?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: Path) -> list[str]:
    """The Python of a document, without what a comment right above takes out, reason given."""
    return [code for skipped, code in BLOCK.findall(document.read_text()) if not skipped]


DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if blocks(path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_of_a_document_runs(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    months = np.datetime64("2019-01") + np.arange(60)
    lines = [
        f"{name},{month}-01,{level + (i % 12) + i / 10:.1f}" for name, level in (("a", 20), ("b", 50)) for i, month in enumerate(months)
    ]
    Path("sales.csv").write_text("\n".join(["unique_id,ds,y", *lines]) + "\n")
    names: dict[str, object] = {"__name__": "document"}
    for number, code in enumerate(blocks(document), start=1):
        exec(compile(code, f"{document.name}, block {number}", "exec"), names)


def test_blocks_are_found_and_left_out_only_with_a_reason(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "```python\na = 1\n```\n\n<!-- not run: needs a cluster -->\n```python\nb = 2\n```\n\n```sh\nc\n```\n```python\nd = 3\n```\n"
    )
    assert blocks(document) == ["a = 1\n", "d = 3\n"]
