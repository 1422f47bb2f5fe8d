"""`stepahead label`: the plain command on series of numbers and on texts."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

LABELS = ("rest", "walk")


@pytest.fixture(scope="module")
def movements(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two .ts files of 137 and 60 noisy series of two kinds, hard to tell apart."""
    folder = tmp_path_factory.mktemp("movements")
    draws = np.random.default_rng(0)
    for name, count in (("train", 137), ("test", 60)):
        lines = ["@problemName movements", "@data"]
        for place in range(count):
            label = place % 2
            series = draws.normal(size=24) * (1.0 + 0.35 * label)
            lines.append(",".join(f"{value:.4f}" for value in series) + f":{LABELS[label]}")
        (folder / f"{name}.ts").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def saved(movements: Path) -> Path:
    """The classifier that the plain command makes of them."""
    model = movements / "m.stepahead"
    code, out, said = run("label", "fit", movements / "train.ts", "--save", model)
    assert code == 0, said
    (movements / "fit.csv").write_text(out)
    (movements / "fit.txt").write_text(said)
    return model


def run(*words: object) -> tuple[int, str, str]:
    """Exit code, output and what was said."""
    command = [sys.executable, "-m", "stepahead", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout, done.stderr


def test_the_plain_command_labels_series_of_numbers(saved: Path) -> None:
    """Its own default is not refused, all examples are judged, and the figure holds later."""
    said, board = ((saved.parent / name).read_text() for name in ("fit.txt", "fit.csv"))
    rows = [line.split(",") for line in board.splitlines()]
    assert rows[0] == ["model", "accuracy", "macro_f1", "log_loss", "weight", "seconds"]
    assert "137 examples held out" in said and "fitted on all 137" in said
    promised = {row[0]: float(row[1]) for row in rows[1:]}["combination"]
    code, out, quiet = run(
        "label", "evaluate", saved, saved.parent / "test.ts", "--json", "--quiet"
    )
    found = {row["measure"]: row for row in json.loads(out)["measures"]}
    assert code == 0 and quiet == ""
    assert 0.75 < promised < 0.99
    assert found["accuracy"]["low"] < promised < found["accuracy"]["high"] + 0.02
    assert found["accuracy"]["baseline"] == 0.5
    assert found["log_loss"]["value"] < 0.5 < found["log_loss"]["baseline"]


def test_quiet_prints_the_result_alone(saved: Path) -> None:
    code, out, said = run("label", "evaluate", saved, saved.parent / "test.ts", "-q")
    assert (code, said) == (0, "")
    assert out.startswith("measure,value,low,high,baseline\naccuracy,")
    assert "\n\nlabel,examples,precision,recall,f1\nrest,30," in out


def test_sets_of_labels_say_which_are_guesses(saved: Path) -> None:
    _, out, _ = run(
        "label", "predict", saved, "--file", saved.parent / "test.ts", "--level", "95", "--json"
    )
    rows = json.loads(out)
    sizes = [len(row["set-95"].split(" | ")) for row in rows]
    assert {1, 2} == set(sizes)
    inside = [LABELS[place % 2] in row["set-95"] for place, row in enumerate(rows)]
    assert np.mean(inside) > 0.87
    for row, size in zip(rows, sizes, strict=True):
        assert row["set-95"].split(" | ")[0] == row["label"]
        assert (size == 1) or min(row["rest"], row["walk"]) > 0.05


def test_a_saved_linear_model_is_asked_without_jax(saved: Path) -> None:
    script = f"""
import sys
from stepahead.cli import main
try:
    main(["label", "predict", {str(saved)!r}, "--file", {str(saved.parent / "test.ts")!r}])
except SystemExit:
    pass
print([name for name in ("jax", "scipy", "pandas", "equinox") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stdout.startswith("sequence,label,rest,walk\n1,")


def test_a_classifier_of_series_says_that_it_reads_no_texts(
    saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from stepahead.cli import main

    with pytest.raises(SystemExit) as left:
        main(["label", "predict", str(saved), "hello"])
    said = capsys.readouterr().err
    assert left.value.code == 2 and "labels series of numbers, but these are texts" in said
    assert "`--file` with the series of a .ts file" in said


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["a\tx y", "a\tz"], "nothing to classify"),
        (["a\tx y", "b\tz"], "its accuracy is not known"),
    ],
)
def test_too_little_is_said(lines: list[str], wanted: str, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("\n".join(lines) + "\n")
    _, _, said = run("label", "fit", tmp_path / "t.tsv", "--save", tmp_path / "m.stepahead")
    assert wanted in said and "Traceback" not in said
