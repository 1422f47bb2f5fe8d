"""Tables, panels and bytes as nobody would write them on purpose, drawn from a generator."""

from pathlib import Path

import numpy as np
import pandas as pd

FILES = sorted((Path(__file__).parents[1] / "readers" / "files").iterdir())
CELLS = (
    *(
        "1",
        "2.5",
        "-3",
        "1e30",
        "1e-30",
        "1e400",
        "inf",
        "nan",
        "NA",
        "",
        " ",
        "1,5",
        "1.234,5",
        "0",
        "'",
        '"',
        "a",
        "b",
        "ä",
        "x\x00y",
    ),
    *(
        "2024-01-01",
        "2024-01-02",
        "01/02/2024",
        "13.02.2024",
        "2024-02-30",
        "2024",
        "202401",
        "y",
        "ds",
        "unique_id",
        "true",
        "€ 5",
        "-",
    ),
)
STEPS = ("D", "h", "MS", "ME", "W-SUN", "B", "QE-DEC", "YE-DEC", "15min", "")


def panel(rng: np.random.Generator) -> tuple[bytes, str]:
    """A table of some series: short or long, constant, tiny, huge, with gaps, in any order; mostly
    what can be forecast."""
    alias = str(rng.choice(STEPS))
    rows = []
    for name in range(rng.integers(1, 5)):
        steps = int(rng.choice([1, 2, 5, 12, 30, 61]))
        values = rng.normal(size=steps) * 10.0 ** rng.choice(
            [-30, -3, 0, 0, 0, 3, 30]
        ) + rng.choice([0, 0, 100, -1e6])
        kind = rng.integers(6)
        values = {
            0: np.full(steps, values[0]),
            1: np.abs(values),
            2: np.round(values),
            3: np.cumsum(values),
        }.get(int(kind), values)
        first = pd.Timestamp("2023-12-27") + pd.Timedelta(int(rng.integers(300)), "D")
        stamps = (
            pd.date_range(first, periods=steps, freq=alias).astype(str)
            if alias
            else pd.Index(range(steps)).astype(str)
        )
        cells = np.array([f"{v!r}" for v in values.tolist()], dtype=object)
        cells[rng.random(steps) < rng.choice([0, 0, 0.1, 0.6])] = ""
        kept = rng.random(steps) > rng.choice([0, 0, 0.1])
        rows += [
            f"s{name},{stamp},{cell}"
            for stamp, cell, keep in zip(stamps, cells, kept, strict=True)
            if keep
        ]
    if rng.random() < 0.2:
        rng.shuffle(rows)
    if rng.random() < 0.1 and rows:
        rows.append(str(rng.choice(rows)))
    return "\n".join(["unique_id,ds,y", *rows]).encode(), ".csv"


def table(rng: np.random.Generator) -> tuple[bytes, str]:
    """A time column and others, written in one of many ways, with a few cells of any kind among
    them; or such cells alone."""
    delimiter, length = str(rng.choice(list(",,;\t|"))), int(rng.integers(0, 14))
    if rng.random() < 0.3:
        rows = [list(rng.choice(CELLS, size=rng.integers(1, 5))) for _ in range(length)]
    else:
        days = pd.date_range(
            "2024-01-25", periods=length, freq=str(rng.choice(["D", "D", "W-SUN", "MS"]))
        )
        form = str(
            rng.choice(
                [
                    "%Y-%m-%d",
                    "%d/%m/%Y",
                    "%m/%d/%Y",
                    "%d.%m.%Y",
                    "%Y%m%d",
                    "%b %Y",
                    "%Y-%m-%dT%H:%M:%S+01:00",
                ]
            )
        )
        columns = [
            list(days.strftime(form)),
            *(list(rng.choice(CELLS, length)) for _ in range(int(rng.random() < 0.1))),
        ]
        numbers = [
            rng.normal(0, 1000, length).round(int(rng.integers(3)))
            for _ in range(rng.integers(1, 4))
        ]
        style = str(
            rng.choice(["{}", "{:,.2f}", "€ {}", "{:.1%}", "({})"], p=[0.6, 0.1, 0.1, 0.1, 0.1])
        )
        columns += [[style.format(v) for v in column] for column in numbers]
        names = rng.permutation(["ds", "y", "store", "sales, net", "date", "", "2024"])[
            : len(columns)
        ]
        rows = [list(names), *(list(row) for row in zip(*columns, strict=True))]
        for _ in range(int(rng.choice([0, 0, 1, 2]))):
            row = rows[rng.integers(len(rows))]
            row[rng.integers(len(row))] = str(rng.choice(CELLS))
    cells = [[f'"{cell}"' if delimiter in cell else cell for cell in map(str, row)] for row in rows]
    return "\n".join(delimiter.join(row) for row in cells).encode(), ".csv"


def noise(rng: np.random.Generator) -> tuple[bytes, str]:
    """Bytes, perhaps behind the first ones of some kind of file."""
    start = (
        b"",
        b"PAR1",
        b"\x1f\x8b",
        b"@data\n",
        b"[{",
        b"{",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"PK\x03\x04",
    )[rng.integers(9)]
    return start + rng.bytes(int(rng.integers(0, 300))), str(
        rng.choice([".csv", ".tsf", ".csv.gz", ".parquet", ".json", ".tsv"])
    )


def damaged(rng: np.random.Generator) -> tuple[bytes, str]:
    """One of the files that the tests hold, damaged."""
    path = FILES[rng.integers(len(FILES))]
    return hurt(path.read_bytes(), rng), "".join(path.suffixes)


def hurt(content: bytes, rng: np.random.Generator) -> bytes:
    """With bytes changed, lines lost, doubled or swapped, or the end cut off."""
    for _ in range(rng.integers(1, 4)):
        lines = content.split(b"\n")
        here, there = rng.integers(len(lines), size=2)
        match rng.integers(5):
            case 0 if content:
                place = int(rng.integers(len(content)))
                content = content[:place] + rng.bytes(1) + content[place + 1 :]
            case 1:
                content = b"\n".join(lines[:here] + lines[here + 1 :])
            case 2:
                content = b"\n".join([*lines, lines[here]])
            case 3:
                lines[here], lines[there] = lines[there], lines[here]
                content = b"\n".join(lines)
            case _:
                content = content[: int(rng.integers(len(content) + 1))]
    return content
