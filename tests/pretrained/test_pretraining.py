"""`pretraining/pretrain.py`: a run that is stopped ends in the same weights, and one that starts
from a file begins with its weights."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from stepahead.classical import normal_quantiles
from stepahead.pretrained import LEVELS, batch

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parents[2] / "pretraining"
SIZES = ["--hidden", "8", "--layers", "1", "--patches", "32"]
TOLD = [*SIZES, "--every", "1", "--warm-up", "2", "--decay", "2", "--updates", "4"]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, which draws its batches in this process."""
    monkeypatch.syspath_prepend(SCRIPTS)
    import pretrain

    def drawn(told, begun: int) -> Iterator:
        for number in range(begun, told.updates):
            yield number, batch(np.random.default_rng((told.seed, number)), told.patches)

    monkeypatch.setattr(pretrain, "_batches", drawn)
    return pretrain


def run(script: ModuleType, folder: Path, *more: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["pretrain.py", str(folder), *TOLD, *more])
        script.main()


def card(folder: Path) -> dict:
    with safe_open(folder / "weights.safetensors", "numpy") as file:
        return json.loads(file.metadata()["card"])


def same(ours: Path, wanted: Path) -> None:
    left, right = load_file(ours), load_file(wanted)
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_array_equal(left[name], right[name])


def test_a_stopped_run_goes_on_and_a_start_gives_the_first_weights(script, tmp_path):
    whole, stopped, on = tmp_path / "whole", tmp_path / "stopped", tmp_path / "on"
    run(script, whole)
    run(script, stopped, "--seconds", "0")
    assert int(load_file(stopped / "state.safetensors")["updates"]) == 1
    run(script, stopped)
    for name in ("state.safetensors", "weights.safetensors"):
        same(stopped / name, whole / name)
    assert [row.split(",")[0] for row in (stopped / "curve.csv").read_text().split()] == [
        "updates", "1", "2", "3", "4",
    ]  # fmt: skip
    first = whole / "weights.safetensors"
    run(script, on, "--start", str(first), "--seed", "1", "--rate", "0")
    same(on / "weights.safetensors", first)
    assert card(on)["start"] == card(whole)
    assert card(whole)["updates"] == 4 and "1 GRU layers of 8 units" in card(whole)["network"]


def test_a_card_takes_an_entry_and_the_weights_stay(script, tmp_path, capsys):
    import card as cards

    run(script, tmp_path, "--updates", "1")
    file = tmp_path / "weights.safetensors"
    before = load_file(file)
    cards.main([str(file), "figures", "MASE 0.78"])
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1])["figures"] == "MASE 0.78"
    assert cards.card_of(file)["updates"] == 1
    np.testing.assert_array_equal(load_file(file)["embed.0"], before["embed.0"])
    with pytest.raises(SystemExit, match="an entry and its text"):
        cards.main([str(file), "figures"])


def test_widths_that_are_half_too_narrow_ask_for_the_factor_two(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    import widening

    actual = np.random.default_rng(0).normal(5, 2, (4_000, widening.HORIZON))
    told = 5 + 2 * normal_quantiles(LEVELS) * 0.5 + np.zeros((*actual.shape, 1))
    below, factors = widening.fitted(actual, told)
    away = np.array(LEVELS) != 0.5
    np.testing.assert_allclose(factors[:, away], 2, rtol=0.15)
    np.testing.assert_allclose(below[:, 0], 0.1635, atol=0.02)  # Φ(−1.96/2)
    actual[:, 0] = np.nan  # no value of the first step was observed but one
    actual[0, 0] = 5
    assert (widening.fitted(actual, told)[0][0] == (np.array(LEVELS) > 0.5)).all()
