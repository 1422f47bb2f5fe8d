"""Events and results of a job, written so that the app only reads complete ones."""

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from ...._files import write_atomically


class Teller:
    """Appends events to `events.jsonl`, one line each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began = time.monotonic()

    def __call__(self, event: str, **fields: Any) -> None:
        """Append one event; `at` is the time in seconds since the start of the work, `processor`
        the processor time of this process, imports included."""
        at, used = round(time.monotonic() - self.began, 3), round(time.process_time(), 3)
        told = {"event": event, "at": at, "processor": used, **plain(fields)}
        line = json.dumps(told, allow_nan=False)
        with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def write(self, name: str, value: Any) -> None:
        """Write a result as JSON."""
        write_atomically(self.folder / name, json.dumps(plain(value), allow_nan=False).encode())

    def array(self, name: str, values: np.ndarray) -> None:
        """Write an array of numbers or times."""
        with (self.folder / f"{name}.npy").open("wb") as file:
            np.save(file, values, allow_pickle=False)


def plain(value: Any) -> Any:
    """The value in JSON types: arrays as lists, values that are not finite as None.

    >>> plain({"a": np.array([1.0, np.nan]), "b": (np.int64(2), float("inf"))})
    {'a': [1.0, None], 'b': [2, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
