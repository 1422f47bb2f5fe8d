"""The engine of the readers is opened once for many tables, and nothing passes from one to the
next."""

import os
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from stepahead import Refusal
from stepahead.readers.files import _engine
from stepahead.readers.files._engine import confined, engine, run


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The engines that were opened; none is idle at the start."""
    opened, connect = list[object](), duckdb.connect

    def counted(**words: object) -> duckdb.DuckDBPyConnection:
        opened.append(words)
        return connect(**words)

    monkeypatch.setattr(duckdb, "connect", counted)
    monkeypatch.setattr(_engine, "_idle", [])
    return opened


def folder_of(connection: duckdb.DuckDBPyConnection) -> Path:
    return Path(run(connection, "SELECT current_setting('temp_directory')").fetchall()[0][0])


def test_a_second_table_finds_the_engine_open_and_empty(opened: list[object]) -> None:
    with engine() as first:
        first.register("frame", {"c0": np.arange(3)})
        run(first, "CREATE TEMP VIEW raw AS SELECT * FROM frame")
        run(first, "CREATE TEMP TABLE used AS SELECT * FROM raw")
        folder = folder_of(first)
        (folder / "part.csv").write_text("a")
    with engine() as second:
        assert len(opened) == 1 and folder_of(second) == folder
        assert list(folder.iterdir()) == []
        for name in ("frame", "raw", "used"):
            with pytest.raises(Refusal, match=f"{name} does not exist"):
                run(second, f"SELECT * FROM {name}")


def test_two_at_once_have_an_engine_each_and_one_is_kept(opened: list[object]) -> None:
    with engine() as outer:
        with engine() as inner:
            assert folder_of(outer) != folder_of(inner)
            folder = folder_of(outer)
        assert len(_engine._idle) == 1
    assert len(opened) == 2 and len(_engine._idle) == 1
    assert not folder.exists()


def test_an_engine_with_bounds_of_its_own_is_not_kept(opened: list[object], tmp_path: Path) -> None:
    with engine(threads=1) as bounded:
        folder = folder_of(bounded)
    assert _engine._idle == [] and not folder.exists()
    with confined(tmp_path), engine():
        pass
    assert _engine._idle == [] and len(opened) == 2


def test_an_engine_that_serves_no_more_is_not_kept(opened: list[object]) -> None:
    with engine() as broken:
        _engine._idle.clear()
        folder = folder_of(broken)
        folder.rmdir()
    assert _engine._idle == []
    with engine():
        assert len(opened) == 2


def test_a_forked_process_opens_its_own(opened: list[object]) -> None:
    with engine():
        pass
    (held,) = _engine._idle
    _engine._idle[:] = [replace(held, process=os.getpid() + 1)]
    with engine():
        assert len(opened) == 2
    held.close()


def test_all_that_readers_make_ends_with_the_table() -> None:
    for path in Path(_engine.__file__).parents[1].rglob("*.py"):
        made = re.findall(r"CREATE (?!TEMP )\w+", path.read_text())
        assert made == [], f"{path.name} makes what the next table would find"
