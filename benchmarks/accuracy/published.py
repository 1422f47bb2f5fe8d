"""Published errors on the competitions' sets, by method: from the files of their results, or as
printed by the named source.

M3: the forecasts of the 24 methods that took part (Makridakis & Hibon 2000), scored here; N-BEATS:
Oreshkin et al. 2020. Tourism: Athanasopoulos et al. 2011, all horizons. M4: the competition's table
of all methods. CIF2016: Hewamalage, Bergmeir & Bandara 2021.
"""

import csv
import gzip
import os
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.evaluation import smape

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))

M3 = ("yearly", "quarterly", "monthly", "other")
NBEATS = {
    **dict(zip((f"M3 {part}" for part in M3), (15.92, 8.80, 13.24, 4.21), strict=True)),
    "M3": 12.48,
    "tourism yearly": 21.36,
    "tourism quarterly": 14.95,
    "tourism monthly": 19.47,
    "tourism": 18.67,
}
"""A small ensemble's sMAPE on all of M3, the full one's elsewhere."""

CIF = {"best RNN": 0.1023, "recommended LSTM": 0.1040, "ARIMA": 0.1140, "ETS": 0.1188}


def wide(path: str) -> list[np.ndarray]:
    """The series of a competition file: one a row, blanks at the end."""
    panel = sa.read(DATA / path)
    return [panel.series(number)[:, 0] for number in range(len(panel))]


def published(name: str) -> dict[str, float]:
    """Errors by method on one set (`M3 yearly`, `M4 hourly`), or on all of a competition (`M3`,
    `tourism`, `CIF2016`)."""
    found = NBEATS.get(name)
    others = {} if found is None else {"N-BEATS": found}
    kind, _, part = name.partition(" ")
    if kind == "M3":
        return _m3((part,) if part else M3) | others
    if kind == "tourism":
        return _tourism(part) | others if part else others
    if kind == "M4":
        return _m4()
    return CIF if name == "CIF2016" else {}


def place(value: float, name: str) -> str:
    """Rank of an error among the published ones: "place 3 of 26"."""
    others = published(name).values()
    return (
        f"place {sum(other < value for other in others) + 1} of {len(others) + 1}" if others else ""
    )


def _m3(parts: tuple[str, ...]) -> dict[str, float]:
    """Of the 24 methods, over all points; one that did not forecast every series is scored on those
    that it did."""
    actual = {}
    for part in parts:
        panel = sa.read(DATA / f"m3/M3-{part.title()}-test.csv.gz")
        actual |= {panel.ids[number]: panel.series(number)[:, 0] for number in range(len(panel))}
    points: dict[str, list[np.ndarray]] = {}
    with gzip.open(DATA / "m3/M3-forecasts-24-methods.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            y = actual.get(row["id"])
            cells = [] if y is None else [row[f"F{step + 1}"] for step in range(len(y))]
            if y is not None and not {"", "NA"} & set(cells):
                points.setdefault(row["method"], []).append(np.stack([y, np.array(cells, float)]))
    return {method: float(smape(*np.concatenate(rows, axis=1))) for method, rows in points.items()}


def _tourism(part: str) -> dict[str, float]:
    """MAPE over all horizons; the file ends each row with it."""
    with gzip.open(DATA / "tourism/tourism-published-results.csv.gz", "rt") as file:
        rows = [row for row in csv.reader(file) if row[:1] == [part] and row[2] == "MAPE"]
    return {row[1]: float([cell for cell in row if cell][-1]) for row in rows}


def _m4() -> dict[str, float]:
    """OWA on the hourly series."""
    with (DATA / "m4/published-by-frequency.csv").open() as file:
        groups, names, *rows = csv.reader(file)
    column = names.index("Hourly", groups.index("OWA"))
    return {row[0]: float(row[column]) for row in rows if row[column].strip()}
