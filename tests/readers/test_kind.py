"""The kind of a file, told from its contents: table or text, lines or one running text."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from stepahead.readers import is_text, runs_on


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.txt", b"the cat sat\non the mat\n", True),
        ("a.txt.gz", gzip.compress(b"the cat sat\non the mat\n", mtime=0), True),
        ("a", "caf\u00e9 au lait\nand 3 more\nplease\n".encode(), True),
        ("a.csv", b"the cat,sat\n", False),
        ("a.csv.gz", gzip.compress(b"the cat sat\n", mtime=0), False),
        ("a.txt", b"year flow\n1871 1120\n1872 1160\n", False),
        ("a.txt", b"", False),
        ("a.bin", b"the\0cat sat", False),
        ("a.gz", b"no archive", False),
    ],
)
def test_words_are_a_text_and_numbers_are_not(
    tmp_path: Path, name: str, content: bytes, *, text: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_text(tmp_path / name) is text
    assert not is_text(tmp_path / "missing.txt")


def test_lines_that_share_their_rare_words_run_on() -> None:
    draws = np.random.default_rng(0)
    common = [f"word{n}" for n in range(30)]
    topics = [[f"topic{n}a", f"topic{n}b"] for n in range(100)]
    lines = [
        " ".join([*draws.choice(common, 6), *draws.choice(topics[n // 4], 2)]) for n in range(400)
    ]
    assert runs_on(lines)
    assert not runs_on([lines[n] for n in draws.permutation(400)])
    assert not runs_on([line.split()[-1] for line in lines])  # a list of words
    assert not runs_on(lines[:1]) and not runs_on([])
