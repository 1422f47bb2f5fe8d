"""The way from a file to the forecast of a local method loads neither JAX nor what else is slow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "stepahead"

WITHOUT = (
    *("jax", "jaxlib", "equinox", "optax", "scipy", "statsmodels", "altair", "narwhals"),
    "pandas",
)
"""Packages that a forecast by a local method never loads; other commands may load the last."""

FREE = (
    "_types.py",
    "_fitted.py",
    "data/calendar",
    "data/codecs",
    "data/covariates",
    "data/panel",
    "data/tokens",
    "readers",
    "classical",
    "native/_unroll.py",
    "native/series",
    "native/kalman",
    "ops/kalman",
    "models/cells/_recurrent.py",
    "models/counts",
    "models/in_numpy",
    "models/sequences/_attention.py",
    "models/sequences/_classifier.py",
    "models/sequences/_decoder.py",
    "models/sequences/_embedded.py",
    "models/sequences/_encoder.py",
    "models/sequences/_length_batches.py",
    "models/sequences/_tagger.py",
    "models/sequences/_translator.py",
    "models/steps/_conditioning.py",
    "generation/_generator.py",
    "generation/_translation_model.py",
    "inference/tokens/_conditional_batches.py",
    "labelling",
    "models/statespace",
    "forecasting/local",
    "pretrained/_fit.py",
    "pretrained/_forecast.py",
    "pretrained/_network.py",
    "pretrained/_tokens.py",
    "forecasting/_predictor.py",
    "tasks/_forecast.py",
    "workflow/_fit.py",
)
"""Files and folders that need no JAX when they are loaded."""

COMMANDS = """
import sys
from contextlib import suppress
from stepahead.cli import main

def run(*words):
    with suppress(SystemExit):
        main([words[0], sys.argv[1], *words[1:]])
    print([name for name in {without} if name in sys.modules], file=sys.stderr)

run("forecast", "--horizon", "12", "--model", "ets", "--quiet")
run("forecast", "--horizon", "12", "--model", "zero-shot", "--quiet")
run("inspect")
run("backtest", "--horizon", "3", "--models", "theta,naive", "--windows", "2", "--quiet")
"""

QUERIES = """
import sys
from contextlib import suppress
from stepahead.cli import main

for model in sys.argv[2:]:
    for words in (["next"], ["score", "--file", sys.argv[1]], ["sample"], ["search"]):
        with suppress(SystemExit):
            main(["text", words[0], model, *words[1:]])
print([name for name in {without} if name in sys.modules], file=sys.stderr)
"""


def test_commands_load_nothing_that_they_do_not_need(tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    rows = [f"{1990 + n // 12}-{n % 12 + 1:02}-01,{100 + n + 9 * (n % 12)}" for n in range(60)]
    table.write_text("\n".join(["ds,y", *rows]))
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS.format(without=WITHOUT), str(table)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    loaded = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert loaded[:3] == ["[]", "[]", "['pandas']"]
    assert loaded[3] in ("['pandas']", "['scipy', 'pandas']")  # for a test of the trust horizon
    assert done.stdout.startswith("unique_id,ds,forecast,lo-80,hi-80,lo-95,hi-95\n")
    assert "\ntheta," in done.stdout


def test_language_models_are_asked_without_jax(tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "golden"
    saved = [golden / f"v2-{name}.stepahead" for name in ("ngram", "lstm-words", "mixture")]
    (tmp_path / "a.txt").write_text("the man\n")
    done = subprocess.run(
        [sys.executable, "-c", QUERIES.format(without=WITHOUT), tmp_path / "a.txt", *saved],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    assert done.stdout.count("token,probability") == len(saved)
    assert done.stdout.count("text,log_prob") == len(saved)


SEQUENCES = """
import sys
from contextlib import suppress
from stepahead.cli import main

golden, labelled, tagged, plain = sys.argv[1:]
for words in (
    ["label", "predict", f"{{golden}}/v2-classifier.stepahead", "the man"],
    ["label", "predict", f"{{golden}}/v2-labels-of-text.stepahead", "the man"],
    ["label", "evaluate", f"{{golden}}/v2-classifier.stepahead", labelled],
    ["tag", "apply", f"{{golden}}/v2-tagger.stepahead", "the man"],
    ["tag", "evaluate", f"{{golden}}/v2-tagger.stepahead", tagged, "--column", "upos"],
    ["translate", "apply", f"{{golden}}/v2-translator.stepahead", "the man"],
    ["translate", "evaluate", f"{{golden}}/v2-translator.stepahead", plain, plain],
):
    try:
        main(words)
    except SystemExit as end:
        assert not end.code, (words, end.code)
    print([name for name in {without} if name in sys.modules], file=sys.stderr)
"""


def test_labels_tags_and_translations_are_asked_without_jax(tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "golden"
    texts = {
        "labelled.txt": "one\tthe man\ntwo\ta dog\n",
        "tagged.conllu": "".join(
            "\t".join([str(n), word, "_", tag, *"______"]) + "\n"
            for n, (word, tag) in enumerate([("the", "d"), ("man", "n")], 1)
        ),
        "plain.txt": "the man\na dog\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            SEQUENCES.format(without=WITHOUT),
            golden,
            *(tmp_path / name for name in texts),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    loaded = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert loaded == ["[]"] * 7


def loaded_at_once(source: str) -> list[str]:
    """The imports of third parties by a file when it is loaded, by dotted name."""
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


NEEDS_JAX = ("jaxtyping.Array", "jaxtyping.PRNGKeyArray", "jaxtyping.PyTree")
"""Names that load JAX when they are imported."""


@pytest.mark.parametrize("place", FREE)
def test_what_needs_no_jax_does_not_load_it(place: str) -> None:
    where = SOURCE / place
    files = sorted(where.rglob("*.py")) if where.is_dir() else [where]
    wrong = [
        f"{file.relative_to(SOURCE)}: {name}"
        for file in files
        for name in loaded_at_once(file.read_text())
        if name.split(".")[0] in {"jax", "jaxlib", "equinox", "optax"} or name in NEEDS_JAX
    ]
    assert files
    assert wrong == []


@pytest.mark.parametrize(
    "source", ["import jax.numpy as jnp", "import equinox as eqx", "from jaxtyping import Array"]
)
def test_an_import_of_jax_is_seen(source: str) -> None:
    (name,) = loaded_at_once(source)
    assert name.split(".")[0] in {"jax", "equinox"} or name in NEEDS_JAX
