"""Sample data sets that statsmodels contains: they need no file and no network.

The files are read directly, because importing statsmodels would take longer than a forecast.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .._check import known_name
from .._extras import absent

SAMPLES = {
    "co2": "weekly carbon dioxide at Mauna Loa 1958-2001, 59 weeks missing",
    "sunspots": "yearly sunspot numbers 1700-2008",
    "nile": "yearly flow of the Nile at Aswan 1871-1970",
    "macrodata": "twelve quarterly series of the United States economy 1959-2009",
}
"""The names that can follow `sample:`, each with its content."""


def sample(name: str) -> Any:
    """The sample called `name` as a pandas frame with a column `ds`; the names are in `SAMPLES`.

    >>> sample("nile").shape
    (100, 2)
    """
    known_name("sample", name, SAMPLES)
    import pandas as pd

    found = find_spec("statsmodels")
    if found is None or not found.submodule_search_locations:
        raise absent("statsmodels")
    folder = Path(found.submodule_search_locations[0]) / "datasets" / name
    frame = pd.read_csv(folder / f"{name}.csv")
    if name == "co2":
        weeks = pd.date_range(str(frame["date"][0]), periods=len(frame), freq="W-SAT", name="ds")
        return frame[["co2"]].set_index(weeks).reset_index()
    frame = frame.astype(float)
    if name == "macrodata":
        stamps = (
            frame["year"].astype(int).astype(str) + "Q" + frame["quarter"].astype(int).astype(str)
        )
        return frame.drop(columns=["year", "quarter"]).assign(ds=stamps)
    return frame.rename(
        columns={"YEAR": "ds", "year": "ds", "SUNACTIVITY": "sunspots", "volume": "volume"}
    ).astype({"ds": int})
