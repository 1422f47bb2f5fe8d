"""Without the extras the package forecasts, and says in a sentence which command brings the
rest."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from stepahead import Panel, Refusal, Tokens
from stepahead._extras import EXTRAS, absent
from stepahead.forecasting import Baseline, Predictor
from stepahead.workflow import Candidate, _impute, auto, auto_text
from stepahead.workflow.choice import _auto
from stepahead.workflow.texts import _auto_text

ROOT = Path(__file__).parents[2]

MODULES = {"python-calamine": "python_calamine", "python-multipart": "python_multipart"} | {
    "vl-convert-python": "vl_convert",
    "mlflow-skinny": "mlflow",
}
"""The modules of packages that are called otherwise."""

HIDING = """
import sys
from importlib.machinery import PathFinder

class Bare(PathFinder):
    '''Finds what an installation without extras has.'''

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        hidden = name.partition(".")[0] in {hidden}
        return None if hidden else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Bare
"""

NAMES = """
import stepahead as sa

packages = [sa, sa.data, sa.evaluation, sa.forecasting, sa.generation, sa.imputation, sa.inference]
packages += [sa.labelling, sa.models, sa.plots, sa.tasks, sa.training, sa.workflow]
for package in packages:
    for name in package.__all__:
        try:
            getattr(package, name)
        except sa.Refusal as refusal:
            print(f"{package.__name__}.{name}: {refusal}")
"""

COMMANDS = """
import sys
from contextlib import redirect_stdout, redirect_stderr
from io import StringIO
from stepahead.cli import main

def run(*words):
    out = StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(out):
        try:
            main(words)
        except SystemExit as end:
            code = end.code
    print("#", " ".join(words[:1]), code)
    print(out.getvalue())

table = sys.argv[1]
ets = ("forecast", table, "--horizon", "3", "--model", "ets", "--quiet")
run("--help")
run("doctor")
run(*ets)
run(*ets, "--plot", "a.png")
run(*ets[:5], "gru", "--quiet")
run("forecast", "sample:nile", "--horizon", "3", "--quiet")
run("impute", table, "--quiet")
run("reproduce", "shifts", "--quiet")
run("app")
"""


def bare(code: str, *arguments: str) -> str:
    """What a program prints in a process without any extra."""
    done = subprocess.run(
        [sys.executable, "-c", HIDING.replace("{hidden}", repr(set(EXTRAS))) + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_public_name_is_there_or_says_what_brings_it() -> None:
    lines = bare(NAMES).splitlines()
    assert all(re.search(r": pip install 'stepahead\[\w+\]'$", line) for line in lines)
    refused = {line.partition(":")[0] for line in lines}
    assert "stepahead.models.LinearAR" in refused
    assert "stepahead.plots.forecast_plot" in refused
    top = {name.removeprefix("stepahead.") for name in refused if name.count(".") == 1}
    assert top == {"Forecaster", "SeriesGenerator", "fine_tune", "states"}


def test_commands_without_extras(tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    rows = [f"{2000 + n // 12}-{n % 12 + 1:02}-01,{100 + n + 9 * (n % 12)}" for n in range(48)]
    rows[20] = rows[20].split(",")[0] + ","
    table.write_text("\n".join(["ds,y", *rows]))
    parts = re.split(r"^# (\S+) (\d)\n", bare(COMMANDS, str(table)), flags=re.MULTILINE)[1:]
    heads, texts = list(zip(parts[::3], parts[1::3], strict=True)), parts[2::3]
    assert heads == [
        ("--help", "0"),
        ("doctor", "0"),
        ("forecast", "0"),
        *[("forecast", "2")] * 3,
        ("impute", "0"),
        ("reproduce", "2"),
        ("app", "2"),
    ]
    assert "extras not installed: app, dask, excel, mlflow, music, networks, " in texts[1]
    assert texts[2].startswith("unique_id,ds,forecast,lo-80")
    assert texts[3].strip() == str(absent("altair"))
    assert texts[4].strip() == str(absent("jax"))
    assert texts[5].strip() == str(absent("statsmodels"))
    assert "2001-09-01" in texts[6]
    assert texts[7].strip() == str(absent("jax"))
    assert "pip install 'stepahead[app]'" in texts[8]


def test_auto_leaves_networks_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_auto, "installed", lambda module: False)

    def field(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
        def naive(history: Panel, key: object, on_event: object) -> Predictor:
            return Baseline("naive").fitted(history, horizon, key=0, season=season)

        return (Candidate("naive", naive, compiled=False), Candidate("gru", naive))

    panel = Panel.from_arrays([np.arange(40.0)])
    done = auto(panel, 1, key=0, clock=lambda: 0.0, season=1, choose_from=field)
    assert "Without JAX (pip install 'stepahead[networks]') left out: gru." in done.sentence
    assert [row.name for row in done.leaderboard] == ["naive"]


def test_other_choices_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_impute, "installed", lambda module: False)
    monkeypatch.setattr(_auto_text, "installed", lambda module: False)
    assert list(_impute.impute_methods(12)) == ["linear", "seasonal", "kalman"]
    text = Tokens.from_texts(["the cat sat", "the dog sat", "a cat ran"] * 800)
    found = auto_text(text, text.take(np.arange(9)), key=0, clock=lambda: 0.0)
    assert "a network needs JAX, not installed here: pip install" in found.sentence


def project() -> dict:
    """What pyproject.toml says of the package."""
    found: dict = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def packages(requirements: list[str]) -> set[str]:
    """The modules of requirements, without versions."""
    names = {re.split(r"[>=<\[; ]", each)[0] for each in requirements}
    return {MODULES.get(name, name) for name in names}


def test_the_extra_that_is_named_brings_the_module() -> None:
    extras = project()["optional-dependencies"]
    for module, extra in EXTRAS.items():
        if module != "jaxlib":  # which JAX brings
            assert module in packages(extras[extra.name]), module


def test_a_module_of_no_extra_is_not_disguised() -> None:
    with pytest.raises(KeyError):
        absent("numpy")
    with pytest.raises(Refusal, match=r"stepahead\[plots\]"):
        raise absent("altair")
