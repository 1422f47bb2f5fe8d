"""`stepahead reproduce` hands the experiment its folders and prints what it found."""

from pathlib import Path
from typing import Any

import pytest

from stepahead import experiments
from stepahead.cli import main


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["reproduce", *(str(a) for a in arguments)])
    return left.value.code or 0


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Experiments that only remember how they were called."""
    made: list[tuple[Any, ...]] = []

    def pretended(name: str, out: Path, data: Path | None, say: Any, *, quick: bool) -> str:
        say(f"{name} is at work")
        made.append((name, out, data, quick))
        return f"table of {name}"

    monkeypatch.setattr(experiments, "run", pretended)
    monkeypatch.delenv("STEPAHEAD_DATA", raising=False)
    return made


def test_all_of_them_in_order_with_results_on_the_output_stream(
    calls: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--out", tmp_path / "new" / "folder", "--data", tmp_path) == 0
    assert calls == [
        (name, tmp_path / "new" / "folder", tmp_path, False) for name in experiments.names()
    ]
    assert (tmp_path / "new" / "folder").is_dir()
    printed = capsys.readouterr()
    assert "table of sequence-models" in printed.out
    assert "sequence-models is at work" in printed.err
    assert "at work" not in printed.out


def test_one_quick_and_quiet(
    calls: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ftse", "--quick", "--quiet", "--out", tmp_path) == 0
    assert calls == [("ftse", tmp_path, None, True)]
    assert capsys.readouterr() == ("## ftse\n\ntable of ftse\n\n", "")


def test_what_is_not_there_is_refused(
    calls: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("noisy-sine", "--out", tmp_path) == 2
    assert (
        "There is no experiment 'noisy-sine'. There are: sequence-models" in capsys.readouterr().err
    )
    assert run("ftse", "--data", tmp_path / "nowhere") == 2
    assert "no folder" in capsys.readouterr().err
    (tmp_path / "taken").write_text("")
    assert run("ftse", "--out", tmp_path / "taken") == 2
    assert "cannot be made" in capsys.readouterr().err
    assert calls == []


def test_the_list_says_what_each_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sequence-models", "--list") == 0
    assert capsys.readouterr().out == f"sequence-models: {experiments.about('sequence-models')}\n"
