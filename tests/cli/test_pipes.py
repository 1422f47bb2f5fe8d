"""A reader that leaves before the end ends no command with an error, and takes away no work."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stepahead.cli import main


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes a stream a pipe that nobody reads, which holds back what is written as pipes do; closed
    at the end, which writes that."""
    opened = []

    def make(name: str) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        opened.append(os.fdopen(writing, "w"))
        monkeypatch.setattr(sys, name, opened[-1])

    yield make
    for stream in opened:
        stream.close()


@pytest.mark.parametrize(
    "words",
    [
        ["inspect"],
        ["forecast", "-k", "2", "--model", "theta"],
        ["backtest", "-k", "2", "--windows", "2", "--models", "theta", "--json"],
        ["version"],
        ["--help"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_may_leave(
    words: list[str], stream: str, sales: Path, unread: Callable[[str], None]
) -> None:
    unread(stream)
    takes = words[0] in ("inspect", "forecast", "backtest")
    with pytest.raises(SystemExit) as left:
        main([words[0], *([str(sales)] if takes else []), *words[1:]])
    assert not left.value.code


def test_a_refusal_stays_one_and_work_is_done(
    sales: Path, tmp_path: Path, unread: Callable[[str], None]
) -> None:
    unread("stdout")
    unread("stderr")
    with pytest.raises(SystemExit) as left:
        main(["forecast", str(sales), "-k", "0"])
    assert left.value.code == 2
    with pytest.raises(SystemExit) as left:
        main(
            [
                "forecast",
                str(sales),
                "-k",
                "2",
                "--model",
                "theta",
                "--save",
                str(tmp_path / "kept.stepahead"),
            ]
        )
    assert not left.value.code and (tmp_path / "kept.stepahead").exists()


def test_two_lines_of_a_large_table(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text(
        "unique_id,ds,y\n"
        + "".join(f"{series},{day},{day}\n" for series in range(3000) for day in range(2))
    )
    command = [sys.executable, "-c", "from stepahead.cli import main; main()", "inspect", str(path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None and running.stderr is not None
    assert [running.stdout.readline().split(",")[0] for _ in range(2)] == ["unique_id", "0"]
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait() == 0
    assert "Exception" not in said and "Broken" not in said and said.count("\n") == 2
