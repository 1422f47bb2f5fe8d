"""Sample data sets that come with statsmodels: no file and no network needed."""

from importlib import import_module
from typing import Any

from .._check import known_name

SAMPLES = {
    "co2": "weekly carbon dioxide at Mauna Loa 1958-2001, 59 weeks missing",
    "sunspots": "yearly sunspot numbers 1700-2008",
    "nile": "yearly flow of the Nile at Aswan 1871-1970",
    "macrodata": "twelve quarterly series of the United States economy 1959-2009",
}
"""The names behind `sample:`, each with its content."""


def sample(name: str) -> Any:
    """The sample called `name` as a pandas frame with a column `ds`.

    >>> sample("nile").shape
    (100, 2)
    """
    known_name("sample", name, SAMPLES)
    frame = import_module(f"statsmodels.datasets.{name}").load_pandas().data
    if name == "co2":
        return frame.rename_axis("ds").reset_index()
    if name == "macrodata":
        stamps = (
            frame["year"].astype(int).astype(str) + "Q" + frame["quarter"].astype(int).astype(str)
        )
        return frame.drop(columns=["year", "quarter"]).assign(ds=stamps)
    return frame.rename(
        columns={"YEAR": "ds", "year": "ds", "SUNACTIVITY": "sunspots", "volume": "volume"}
    ).astype({"ds": int})
