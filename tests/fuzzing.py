"""Inputs as nobody would write them on purpose, drawn from a generator, and what the command makes of each."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from stepahead.cli import main

FILES = Path(__file__).parent / "readers" / "files"
CELLS = (
    *("1", "2.5", "-3", "1e30", "1e-30", "1e400", "inf", "nan", "NA", "", " ", "1,5", "1.234,5", "0", "'", '"', "a", "b", "ä", "x\x00y"),
    *("2024-01-01", "2024-01-02", "01/02/2024", "13.02.2024", "2024-02-30", "2024", "202401", "y", "ds", "unique_id", "true", "€ 5", "-"),
)
STEPS = ("D", "h", "MS", "ME", "W-SUN", "B", "QE-DEC", "YE-DEC", "15min", "")


def panel(rng: np.random.Generator) -> tuple[bytes, str]:
    """A table of some series: short or long, constant, tiny, huge, with gaps, in any order; mostly what can be forecast."""
    alias = str(rng.choice(STEPS))
    rows = []
    for name in range(rng.integers(1, 5)):
        steps = int(rng.choice([1, 2, 5, 12, 30, 61]))
        values = rng.normal(size=steps) * 10.0 ** rng.choice([-30, -3, 0, 0, 0, 3, 30]) + rng.choice([0, 0, 100, -1e6])
        kind = rng.integers(6)
        values = {0: np.full(steps, values[0]), 1: np.abs(values), 2: np.round(values), 3: np.cumsum(values)}.get(int(kind), values)
        first = pd.Timestamp("2023-12-27") + pd.Timedelta(int(rng.integers(300)), "D")
        stamps = pd.date_range(first, periods=steps, freq=alias).astype(str) if alias else pd.Index(range(steps)).astype(str)
        cells = np.array([f"{v!r}" for v in values.tolist()], dtype=object)
        cells[rng.random(steps) < rng.choice([0, 0, 0.1, 0.6])] = ""
        kept = rng.random(steps) > rng.choice([0, 0, 0.1])
        rows += [f"s{name},{stamp},{cell}" for stamp, cell, keep in zip(stamps, cells, kept, strict=True) if keep]
    if rng.random() < 0.2:
        rng.shuffle(rows)
    if rng.random() < 0.1 and rows:
        rows.append(str(rng.choice(rows)))
    return "\n".join(["unique_id,ds,y", *rows]).encode(), ".csv"


def table(rng: np.random.Generator) -> tuple[bytes, str]:
    """A time column and others, written in one of many ways, with a few cells of any kind among them; or such cells alone."""
    delimiter, length = str(rng.choice(list(",,;\t|"))), int(rng.integers(0, 14))
    if rng.random() < 0.3:
        rows = [list(rng.choice(CELLS, size=rng.integers(1, 5))) for _ in range(length)]
    else:
        days = pd.date_range("2024-01-25", periods=length, freq=str(rng.choice(["D", "D", "W-SUN", "MS"])))
        form = str(rng.choice(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%b %Y", "%Y-%m-%dT%H:%M:%S+01:00"]))
        columns = [list(days.strftime(form)), *(list(rng.choice(CELLS, length)) for _ in range(int(rng.random() < 0.1)))]
        numbers = [rng.normal(0, 1000, length).round(int(rng.integers(3))) for _ in range(rng.integers(1, 4))]
        style = str(rng.choice(["{}", "{:,.2f}", "€ {}", "{:.1%}", "({})"], p=[0.6, 0.1, 0.1, 0.1, 0.1]))
        columns += [[style.format(v) for v in column] for column in numbers]
        names = rng.permutation(["ds", "y", "store", "sales, net", "date", "", "2024"])[: len(columns)]
        rows = [list(names), *(list(row) for row in zip(*columns, strict=True))]
        for _ in range(int(rng.choice([0, 0, 1, 2]))):
            row = rows[rng.integers(len(rows))]
            row[rng.integers(len(row))] = str(rng.choice(CELLS))
    cells = [[f'"{cell}"' if delimiter in cell else cell for cell in map(str, row)] for row in rows]
    return "\n".join(delimiter.join(row) for row in cells).encode(), ".csv"


def noise(rng: np.random.Generator) -> tuple[bytes, str]:
    """Bytes, perhaps behind the first ones of some kind of file."""
    start = (b"", b"PAR1", b"\x1f\x8b", b"@data\n", b"[{", b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04")[rng.integers(9)]
    return start + rng.bytes(int(rng.integers(0, 300))), str(rng.choice([".csv", ".tsf", ".csv.gz", ".parquet", ".json", ".tsv"]))


def damaged(rng: np.random.Generator) -> tuple[bytes, str]:
    """One of the files that the tests hold, with bytes changed, lines lost, doubled or swapped, or its end cut off."""
    path = sorted(FILES.iterdir())[rng.integers(len(list(FILES.iterdir())))]
    content = bytearray(path.read_bytes())
    for _ in range(rng.integers(1, 4)):
        lines = bytes(content).split(b"\n")
        here, there = rng.integers(len(lines), size=2)
        match rng.integers(5):
            case 0 if content:
                content[rng.integers(len(content))] = rng.integers(256)
            case 1:
                content = bytearray(b"\n".join(lines[:here] + lines[here + 1 :]))
            case 2:
                content = bytearray(b"\n".join([*lines, lines[here]]))
            case 3:
                lines[here], lines[there] = lines[there], lines[here]
                content = bytearray(b"\n".join(lines))
            case _:
                content = content[: rng.integers(len(content) + 1)]
    return bytes(content), "".join(path.suffixes)


KINDS: dict[str, Callable[[np.random.Generator], tuple[bytes, str]]] = {
    "panels": panel,
    "tables": table,
    "bytes": noise,
    "damaged files": damaged,
}


def outcome(content: bytes, suffix: str, folder: Path, horizon: int, model: str) -> str:
    """ "forecast" or "refused"; an AssertionError where the command does anything else, or forecasts what is not finite."""
    path = folder / f"input{suffix}"
    path.write_bytes(content)
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(["forecast", str(path), "-k", str(horizon), "--model", model, "--quiet", "--skip-short"])
        except SystemExit as left:
            code = left.code
    said = err.getvalue()
    if code == 2:
        assert out.getvalue() == "" and said.count("\n") == 1 and said.rstrip().endswith((".", "?", ")", "'", "`")), said
        return "refused"
    assert code in (0, None), said
    told = pd.read_csv(io.StringIO(out.getvalue()), keep_default_na=False)
    numbers = told.filter(regex="^(mean|lo-|hi-)").astype(float)
    assert len(told) and len(told) % horizon == 0 and np.isfinite(numbers.to_numpy()).all(), out.getvalue()[:500]
    return "forecast"
