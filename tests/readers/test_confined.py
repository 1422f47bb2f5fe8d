"""A file that nobody vouches for is read, and no other; no statement opens the engine again."""

from pathlib import Path

import pytest

from stepahead import Refusal
from stepahead.readers import confined, preview, understand
from stepahead.readers.files import engine, quoted, run

TABLE = "day,sales\n2024-01-01,5\n2024-01-02,6\n2024-01-03,7\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    mine, other = tmp_path / "mine's.csv", tmp_path / "other.csv"
    mine.write_text(TABLE)
    other.write_text(TABLE)
    return mine, other


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])  # the latter is rewritten first
def test_the_file_itself_is_read(files: tuple[Path, Path], encoding: str) -> None:
    mine, _ = files
    mine.write_text(TABLE, encoding=encoding)
    with confined(mine):
        assert preview(mine).columns == ("day", "sales")
        assert understand(str(mine)).panel.values[:, 0].tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv({other})",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "INSTALL httpfs",
        "LOAD httpfs",
        "COPY (SELECT 1) TO {other}",
        "ATTACH {other} AS another",
    ],
)
def test_nothing_else_is(files: tuple[Path, Path], statement: str) -> None:
    mine, other = files
    query = statement.format(other=quoted(str(other)))
    with confined(mine), engine() as connection, pytest.raises(Refusal):
        run(connection, query).fetchall()
    assert other.read_text() == TABLE


def test_after_it_all_is_as_before(files: tuple[Path, Path]) -> None:
    mine, other = files
    with confined(mine), pytest.raises(Refusal):
        understand(str(other))
    assert len(understand(str(other)).panel.values) == 3
