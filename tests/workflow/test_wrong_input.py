"""No panel, an option that nobody has, a name that is elsewhere: each is refused in a
sentence, or works.

Asked in an interpreter of its own, in which nothing but the package itself checks what it is given.
"""

import json
import re
import subprocess
import sys

import pytest

ASKED = """
import json, sys
import numpy as np, pandas as pd, stepahead as sa
from stepahead import models
from stepahead.forecasting import ETS, Conformal, Ensemble, Regressor
from sklearn.linear_model import LinearRegression

panel = sa.Panel.from_arrays([np.arange(30.0), np.arange(30.0) ** 1.1], ids=["a", "b"])
frame = pd.DataFrame({"unique_id": "a", "ds": range(30), "y": np.arange(30.0)})
fitted = sa.fit(models.Drift(), panel, 2, key=0)
methods = ETS(), Conformal(ETS()), Regressor(LinearRegression(), lags=2)
kinds = [fitted, Ensemble((fitted,)), *(sa.fit(method, panel, 2, key=0) for method in methods)]
told = {}
for asked in json.load(sys.stdin):
    try:
        done = eval(asked)
        told[asked] = ["", type(done).__name__]
    except Exception as wrong:
        told[asked] = [type(wrong).__name__, str(wrong)]
json.dump(told, sys.stdout)
"""

FRAME = r"must be a Panel, but it is a DataFrame\. Read it first: `stepahead\.read\(frame\)`"
LIST = (
    r"must be a Panel, but it is a list\. Make it one:"
    r" `stepahead\.Panel\.from_arrays\(\[values\]\)`"
)
REFUSED = {
    "sa.fit(models.Drift(), frame, 2, key=0)": f"`data` {FRAME}",
    "sa.fit(models.Drift(), [1.0, 2.0], 2, key=0)": f"`data` {LIST}",
    "sa.fit(models.Drift(), 'sales.csv', 2, key=0)": (
        r"but it is a str\. Read it first: `stepahead\.read\('sales\.csv'\)`"
    ),
    "sa.fit(panel, models.Drift(), 2, key=0)": "The model comes first, then the data",
    **{f"kinds[{kind}].forecast(panel=frame)": f"`panel` {FRAME}" for kind in range(5)},
    **{f"kinds[{kind}].predict(panel=[1.0])": f"`panel` {LIST}" for kind in range(5)},
    **{f"kinds[{kind}].update(frame)": f"`new` {FRAME}" for kind in range(5)},
    **{
        f"kinds[{kind}].forecast(horison=3)": (
            r"`forecast` has no option `horison`\. .* Did you mean `horizon`\?"
        )
        for kind in range(5)
    },
    **{
        f"kinds[{kind}].predict(level=[80])": (
            r"`predict` has no option `level`\. .* Did you mean `levels`\?"
        )
        for kind in range(5)
    },
    "sa.score(fitted, frame)": f"`panel` {FRAME}",
    "sa.fine_tune(fitted, frame, key=0)": f"`new` {FRAME}",
    "sa.auto(frame, 2, key=0, clock=lambda: 0.0)": f"`panel` {FRAME}",
    "sa.backtest([models.Drift()], frame, 2, 2, key=0)": f"`panel` {FRAME}",
    "sa.leak_check(models.Drift(), frame, 2, key=0)": f"`panel` {FRAME}",
    "sa.impute(frame, key=0)": f"`panel` {FRAME}",
    "sa.evaluation.stationarity(frame)": f"`panel` {FRAME}",
    "sa.fit(models.Drift(), panel, horison=2, key=0)": (
        r"`fit` has no option `horison`\. .* Did you mean `horizon`\?"
    ),
    "sa.fit(models.Drift(), panel, 2, key=0, scalar=None)": (
        r"`fit` has no option `scalar`\. .* Did you mean `scaler`\?"
    ),
    "sa.fit(models.NGram(2), sa.data.Tokens.from_texts(['a b']), strategy=None)": (
        "no option of the task 'next token' 'strategy'"
    ),
    "sa.auto(panel, horison=2, key=0)": (
        r"`auto` has no option `horison`\. .* Did you mean `horizon`\?"
    ),
    "sa.backtest([models.Drift()], panel, horison=2, windows=2, key=0)": (
        r"`backtest` has no option `horison`"
    ),
    "sa.backtest([models.Drift()], panel, 2, 2, key=0, sesaon=7)": (
        r"`backtest` has no option `sesaon`\. .* Did you mean `season`\?"
    ),
    "sa.backtest(models.Drift(), panel, 2, 2, key=0)": "Put it into brackets",
    "sa.impute(panel, key=0, blocks=2)": (
        r"`impute` has no option `blocks`\. .* Did you mean `block`\?"
    ),
    "sa.conformal(models.Drift(), window=2)": (
        r"`conformal` has no option `window`\. .* Did you mean `windows`\?"
    ),
    "sa.read(frame, freq='D')": r"`read` has no option `freq`\. .* Did you mean `frequency`\?",
    "sa.plots.forecast_plot(fitted.forecast(), panel)": "The history comes first",
    "sa.plots.forecast_plot(panel.take(np.array([1])), "
    "fitted.forecast(panel=panel.take(np.array([0]))))": ("is of series 'a', which"),
    "fitted.forecast(levels='80')": "`levels` are in percent",
}
MISSING = {
    "sa.models.ETS": r"that is `stepahead\.forecasting\.ETS`\.$",
    "sa.ETS": r"that is `stepahead\.forecasting\.ETS`\.$",
    "sa.forecasting.GRU": r"that is `stepahead\.models\.GRU`\.$",
    "sa.models.Gru": r"Did you mean 'GRU'\?$",
    "sa.forcast": r"no attribute 'forcast'",
}
WORKS = {
    "fitted.forecast(levels=80)": "DataFrame",
    "sa.fit(models.Drift(), sa.read(frame), 2, key=0)": "Forecaster",
    "sa.plots.forecast_plot(panel, fitted.forecast())": "ConcatChart",
    "hasattr(sa.models, 'nothing')": "bool",
    "sa.read(panel)": "Panel",
}


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    """The kind of the error and what it said, or what came back."""
    everything = json.dumps([*REFUSED, *MISSING, *WORKS])
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        input=everything,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("asked", REFUSED)
def test_it_is_refused_in_a_sentence(told: dict[str, list[str]], asked: str) -> None:
    kind, said = told[asked]
    assert kind == "Refusal", said
    assert re.search(REFUSED[asked], said), said


@pytest.mark.parametrize("asked", MISSING)
def test_a_name_that_is_elsewhere_says_where(told: dict[str, list[str]], asked: str) -> None:
    kind, said = told[asked]
    assert kind == "AttributeError" and re.search(MISSING[asked], said), said


@pytest.mark.parametrize("asked", WORKS)
def test_it_works(told: dict[str, list[str]], asked: str) -> None:
    assert told[asked] == ["", WORKS[asked]]
