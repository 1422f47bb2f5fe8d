"""Bad input, unexpected errors and Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stepahead import readers
from stepahead.cli import main

COMMAND = [sys.executable, "-m", "stepahead"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert (left.value.code, printed.out) == (2, "")
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--horizon", 0),
            "`--horizon` must be a whole number of at least 1, but it is 0. Give 1 or more.\n",
        ),
        (("--horizon", -3), "but it is -3"),
        (("--horizon", "soon"), "Invalid value for '--horizon'"),
        (("--horizon", 2, "--model", "gruu"), "There is no model 'gruu'. There are: auto, naive"),
        (("--horizon", 2, "--model", "gruu"), "Did you mean 'gru'?\n"),
        (
            ("--horizon", 2, "--levels", "80,high"),
            "`--levels` are percents from 1 to below 100, separated by commas, but 'high' is not",
        ),
        (("--horizon", 2, "--levels", "0.8"), "but '0.8' is not"),
        (("--horizon", 2, "--season", 0), "`--season` must be a whole number of at least 1"),
        (
            ("--horizon", 2, "--out", "table.xlsx"),
            "`--out` writes .csv, .parquet, .json, but 'table.xlsx' ends in '.xlsx'",
        ),
        (("--horizon", 2, "--plot", "picture.gif"), "`--plot` writes .png, .svg, .html"),
        (("--horizon", 2, "--out", "nowhere/table.csv"), "`--out`: there is no folder 'nowhere'"),
        (("--horizon", 2, "--target", "sales"), "sales"),
        ((), "Missing option '--horizon'"),
        (("--horizon", 2, "--speed", 3), "No such option: --speed"),
        (("--horizon", 2, "--speed", 3), "See: stepahead forecast --help\n"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: tuple[object, ...], sentence: str, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refused(capsys, "forecast", sales, *arguments)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "ds,y\n01/02/2024,1\n03/04/2024,2\n02/03/2024,3\n",
            "Say which: `--day-first` or `--month-first`.",
        ),
        (
            "store,ds,net sales,sold\na,2024-01-01,1,2\na,2024-01-02,2,3\n",
            "Say which to forecast: `--target 'net sales'`, or several",
        ),
        ("ds,y\n2024-01-01,1\n2024-01-02,2\n2024-01-02,3\n", "2024-01-02"),
        (
            "ds,y\n2024-01-01,1\n2024-01-02,high\n2024-01-03,3\n2024-01-04,3\n2024-01-05,3\n",
            "choose another column as `--target`",
        ),
    ],
)
def test_a_refused_file_names_options_and_no_arguments(
    content: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "messy.csv"
    file.write_text(content)
    said = refused(capsys, "forecast", file, "--horizon", 2)
    assert sentence in said
    assert re.search(r"`[a-z_]+(=[^`]*)?`", said) is None


def test_an_unknown_command_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        refused(capsys, "forcast")
        == "No such command 'forcast'. Did you mean 'forecast'? See: stepahead --help\n"
    )


def test_a_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing.csv" in refused(capsys, "forecast", "nothing.csv", "--horizon", 2)
    assert "nothing.csv" in refused(capsys, "inspect", "nothing.csv")


def test_where_results_cannot_be_written_is_said_before_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "table.csv"
    folder.mkdir()
    assert "cannot be written" in refused(
        capsys, "forecast", "nothing.csv", "--horizon", 2, "--out", folder
    )


def test_our_own_mistakes_are_admitted_and_traced_on_request(
    sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a cable came loose")

    monkeypatch.setattr(readers, "understand", broken)
    with pytest.raises(SystemExit) as left:
        main(["forecast", str(sales), "--horizon", "2"])
    printed = capsys.readouterr().err
    assert left.value.code == 1
    assert "An unexpected RuntimeError stopped this command: a cable came loose." in printed
    assert "--debug" in printed
    with pytest.raises(RuntimeError, match="a cable came loose"):
        main(["forecast", str(sales), "--horizon", "2", "--debug"])


@pytest.mark.parametrize("model", ["ets", "drift", "auto"])
def test_a_horizon_beyond_memory_is_a_sentence(
    sales: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    far = ("--horizon", 10**13, "--model", model)
    said = refused(capsys, "forecast", sales, *far)
    assert "memory" in said and "shorter" in said


def test_too_little_memory_is_no_mistake_of_ours(
    sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 74.5 GiB.")

    monkeypatch.setattr(readers, "understand", broken)
    with pytest.raises(SystemExit) as left:
        main(["forecast", str(sales), "--horizon", "2"])
    printed = capsys.readouterr().err
    assert left.value.code == 1 and "bug" not in printed
    assert "more memory than there is (Unable to allocate 74.5 GiB). Ask for less" in printed


def test_ctrl_c_leaves_with_130_and_no_traceback() -> None:
    command = [*COMMAND, "forecast", "sample:co2", "--horizon", "52"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        while (read := process.stderr.readline()).startswith("reading"):  # a machine that is busy
            pass
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=120)[1]
    assert read.startswith("sample:co2:")
    assert process.returncode == 130
    assert "Traceback" not in rest


def test_help_loads_nothing_heavy() -> None:
    """The commands and their options are shown from words alone: no models, no tables."""
    heavy = ["jax", "numpy", "pandas", "duckdb", "altair", "equinox", "scipy", "sentencepiece"]
    code = f"""
import sys
from stepahead.cli import main
for words in (["--help"], ["forecast", "--help"], ["text", "fit", "--help"]):
    try:
        main(words)
    except SystemExit:
        pass
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "--horizon" in done.stdout and "--tokenizer" in done.stdout


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    shown = capsys.readouterr().out
    assert left.value.code == 0
    assert all(
        name in shown
        for name in (
            "forecast",
            "predict",
            "update",
            "inspect",
            "reproduce",
            "doctor",
            "version",
            "--debug",
        )
    )


def test_a_closed_pipe_is_no_error_of_ours(sales: Path) -> None:
    line = (
        f"'{sys.executable}' -m stepahead forecast '{sales}' --horizon 2000 --model naive --levels"
        " '' --quiet | head -1"
    )
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.startswith("unique_id,ds,forecast")
    assert "Traceback" not in done.stderr


def test_numbers_of_any_size_are_forecast(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wide.csv"
    file.write_text(
        "unique_id,ds,y\na,1,1e-30\na,2,2e-30\na,3,4e-30\nb,1,5e28\nb,2,\nb,3,-3e29\nb,4,\nb,5,8e29\n"
    )
    with pytest.raises(SystemExit) as left:
        main(["forecast", str(file), "--horizon", "2", "--model", "drift", "--quiet"])
    rows = capsys.readouterr().out.splitlines()[1:]
    assert left.value.code in (0, None) and len(rows) == 4
    assert np.isfinite([[float(cell) for cell in row.split(",")[2:]] for row in rows]).all()
