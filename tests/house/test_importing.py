"""Importing configures nothing, prints nothing, and the top door costs nothing."""

import json
import subprocess
import sys
import textwrap

HEAVY = [
    "jax",
    "numpy",
    "pandas",
    "duckdb",
    "altair",
    "scipy",
    "statsmodels",
    "equinox",
    "optax",
    "rich",
    "typer",
]

SNAPSHOT = """
import json, logging, os, pkgutil, random, signal, sys, threading, warnings, locale
import altair, duckdb, equinox, jax, jax.experimental, jax.ffi, jaxtyping, narwhals
import numpy as np, optax, pandas as pd, safetensors
import rich.console, rich.live, rich.progress, rich.table, scipy.signal, scipy.special, scipy.stats
import statsmodels.api, statsmodels.tsa.api, typer, vl_convert
from jax._src import xla_bridge

def state():
    loggers = logging.root.manager.loggerDict.items()
    known = [(n, l) for n, l in loggers if isinstance(l, logging.Logger)]
    loggers = {n: (len(l.handlers), l.level, l.propagate) for n, l in known}
    return {
        "environment": dict(os.environ),
        "jax configuration": {k: repr(v) for k, v in jax.config.values.items()},
        "jax backends started": xla_bridge.backends_are_initialized(),
        "loggers": {n: v for n, v in loggers.items() if v != (0, 0, True)},
        "root logger": [logging.root.level, repr(logging.root.handlers)],
        "warning filters": repr(warnings.filters),
        "numpy errors": np.geterr(),
        "numpy printing": repr(np.get_printoptions()),
        "numpy seed": repr(np.random.get_state()),
        "python seed": repr(random.getstate()),
        "altair theme": [altair.theme.active, sorted(altair.theme.names())],
        "altair limit": repr(altair.data_transformers.active),
        "pandas options": pd.describe_option(_print_desc=False),
        "signals": {s.name: repr(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM)},
        "exception hook": repr(sys.excepthook),
        "path": sys.path,
        "threads": threading.active_count(),
        "folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL),
    }

warnings.simplefilter("error")  # every module imports without a warning
before = state()
import importlib, stepahead
names = [m.name for m in pkgutil.walk_packages(stepahead.__path__, "stepahead.")]
kernels = ("__main__", "_kernels_")  # no Python modules
names = [n for n in names if not n.split(".")[-1].startswith(kernels)]
for name in names:
    importlib.import_module(name)
after = state()
changed = {k: [str(before[k])[:400], str(after[k])[:400]] for k in before if before[k] != after[k]}
with open(sys.argv[1], "w") as report:
    json.dump({"modules": names, "changed": changed}, report)
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_importing_everything_configures_nothing_and_warns_of_nothing(tmp_path) -> None:
    report = tmp_path / "report.json"
    done = python(SNAPSHOT, str(report))
    assert done.returncode == 0, done.stderr
    told = json.loads(report.read_text())
    assert told["changed"] == {}
    assert len(told["modules"]) > 5
    assert (done.stdout, done.stderr) == ("", "")


def test_the_top_door_is_light() -> None:
    done = python(
        f"import sys, stepahead; dir(stepahead); print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr
