"""The `.ts` files of the UCR and UEA archives: labelled series of any length, with one channel or
several."""

import re
from pathlib import Path

import numpy as np
from jaxtyping import Float

from ..._check import Refusal, counted
from ...data import Labelled, Panel
from ._text import lines_of


def read_ts(path: str | Path, *, names: tuple[str, ...] | None = None) -> Labelled:
    """Read a `.ts` file, gzipped or not: lines `channel:channel:…:label`, numbers separated by
    commas, `?` or NaN for missing values.

    For test data, give the label `names` of the training part to keep their numbers. Series with
    timestamps of their own are an error.
    """
    began, labels, arrays = False, list[str](), list[np.ndarray]()
    for number, raw in lines_of(path):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if not began:
            began = line.lower() == "@data"
            _check_header(line, number, path)
            continue
        *channels, label = line.split(":")
        if not channels or not label.strip():
            raise Refusal(
                f"Line {number} of '{path}' has no label, which stands behind the last ':'. "
                "Correct that line."
            )
        arrays.append(_series(channels, number, path))
        if arrays[-1].shape[1] != arrays[0].shape[1]:
            raise Refusal(
                f"Line {number} of '{path}' has {counted(len(channels), 'channel')}, those before "
                f"have {arrays[0].shape[1]}. Correct it."
            )
        labels.append(label.strip())
    if not began:
        raise Refusal(
            f"'{path}' has no line '@data', which every .ts file has. Check that it is complete."
        )
    if not arrays:
        raise Refusal(f"'{path}' holds no series below '@data'. Check that it is complete.")
    return Labelled.of(Panel.from_arrays(arrays), labels, names)


def _check_header(line: str, number: int, path: str | Path) -> None:
    if re.match(r"@timestamps\s+true", line, re.IGNORECASE):
        raise Refusal(
            f"Line {number} of '{path}' says that series have time stamps of their own. Put them "
            "on a grid first, without stamps."
        )
    if re.match(r"@classlabel\s+false", line, re.IGNORECASE):
        raise Refusal(
            f"Line {number} of '{path}' says that series have no labels. Give a file that has."
        )


def _series(
    channels: list[str], number: int, path: str | Path
) -> Float[np.ndarray, "time channel"]:
    try:
        columns = [
            np.array(channel.replace("?", "nan").split(","), np.float64) for channel in channels
        ]
    except ValueError as wrong:
        raise Refusal(
            f"Line {number} of '{path}' holds something that is not a number ({wrong}). Correct "
            "it, or write ? "
            "where it is missing."
        ) from None
    if len({len(column) for column in columns}) > 1:
        raise Refusal(
            f"The channels in line {number} of '{path}' differ in length. Give every channel as "
            "many values."
        )
    return np.stack(columns, axis=1)
