"""The kind of a file, from its contents: a table or a text, separate lines or running text."""

import gzip
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".tsf", ".ts", ".xlsx")
"""File name extensions of tables."""

BYTES_READ = 1 << 16
"""Number of bytes that are read to distinguish a text from a table."""

LINES_COMPARED = 5000
"""Number of lines that are compared to distinguish running text from separate lines."""

SHORTEST, TIMES, ERRORS = 4, 5.0, 5.0
"""Lines are running text if they have at least this many words on average, and if consecutive lines
share a word this many times as often as distant ones, and by this many standard errors."""


def is_text(path: str | Path) -> bool:
    """True for a text file in which most of the first lines have no digit; False for tables and for
    binary files."""
    path = Path(path)
    endings = {ending.lower() for ending in path.suffixes}
    if endings & set(TABLES) or not path.is_file():
        return False
    raw = _beginning(path)
    lines = [line for line in raw.decode("utf-8", "replace").split("\n") if line.strip()]
    numbers = sum(bool(re.search(r"\d", line)) for line in lines)
    return b"\0" not in raw and numbers < 0.5 * len(lines)


def _beginning(path: Path) -> bytes:
    """The first bytes of a file, decompressed; empty if it cannot be read."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            return file.read(BYTES_READ)
    except (OSError, EOFError):
        return b""


def runs_on(lines: Sequence[str]) -> bool:
    """True if lines continue each other, as those of a novel do: consecutive lines share rare words
    far more often than distant lines. False if lines are independent, as in a list.

    A word is rare if it has at least two letters and occurs in at least two lines, but in at most
    one of a hundred.

    >>> runs_on([f"the ship {name} sails with {name}" for name in "Ada Bea Cleo Dora".split()] * 9)
    False
    >>> story = [
    ...     f"then {name} went to sea with her {n} cats"
    ...     for n in range(60)
    ...     for name in [f"captain{n}"] * 2
    ... ]
    >>> runs_on(story)
    True
    """
    chosen = lines[:LINES_COMPARED]
    words = [set(re.findall(r"\w{2,}", line.lower())) for line in chosen]
    count = len(words)
    if count < 3 or sum(len(line.split()) for line in chosen) < SHORTEST * count:
        return False
    lines_with = Counter(word for line in words for word in line)
    most = max(2, 0.01 * count)
    rare = [{word for word in line if 2 <= lines_with[word] <= most} for line in words]
    near = np.array([bool(one & after) for one, after in pairwise(rare)])
    far = np.array([bool(rare[n] & rare[(n + count // 2) % count]) for n in range(count)])
    error = np.sqrt((near.var() + far.var()) / count)
    return bool(near.mean() > TIMES * far.mean() and near.mean() - far.mean() > ERRORS * error)
