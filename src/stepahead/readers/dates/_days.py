"""`read_days`: a file of dates, one per line."""

import csv
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from ..._check import Refusal


def read_days(path: Path | str) -> Shaped[np.ndarray, " day"]:
    """The dates in the first column of a CSV file, as `data.with_holidays` takes them; a first line
    that is not a date is a header.

    A file that cannot be read or contains no date is an error, as is a line that is not a date such
    as 2024-12-25.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "days.csv"
    >>> _ = file.write_text("day,name\\n2024-12-25,Christmas\\n2025-01-01,New Year\\n")
    >>> read_days(file).astype(str).tolist()
    ['2024-12-25', '2025-01-01']
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            cells = [row[0].strip() if row else "" for row in csv.reader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise Refusal(
            f"{path} cannot be read as a file of dates ({wrong}). Give another."
        ) from wrong
    days = []
    for number, cell in enumerate(cells, 1):
        if not cell:
            continue
        try:
            days.append(np.datetime64(cell[:10], "D"))
        except ValueError as wrong:
            if number > 1:
                raise Refusal(
                    f"Line {number} of {path} begins with '{cell}', which is not a date such as "
                    "2024-12-25. Correct it."
                ) from wrong
    if not days:
        raise Refusal(f"{path} holds no date. Give one a line, such as 2024-12-25.")
    return np.array(days, dtype="M8[D]")
