"""Checkpoints of a model comparison, from which an interrupted `auto` or `backtest` resumes."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ... import store
from ..._files import write_atomically
from ..._types import Key, Prediction
from ...data import Panel
from ...evaluation import OriginDone
from ...forecasting import Predictor

_SECONDS = "seconds.json"


class ComparisonCheckpoint:
    """A folder with the finished parts of a comparison: forecasts at each origin, seconds taken,
    fitted ensemble members.

    With `folder=None` nothing is written. A folder of another run is refused. Two processes may run
    the same comparison at the same time: the first to finish deletes the folder, and the other one
    creates it again.
    """

    def __init__(self, folder: Path | None, run: str) -> None:
        self.folder, self.run = folder, run
        self.predictions: dict[tuple[str, int], Prediction] = {}
        self.seconds: dict[str, float] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self.predictions = store.saved_origins(folder, run)
            self.seconds = (
                json.loads((folder / _SECONDS).read_text()) if (folder / _SECONDS).exists() else {}
            )

    def save_prediction(self, event: OriginDone) -> None:
        """Save the prediction of one origin, unless it was read from the folder."""
        if self.folder is not None and not event.kept:
            store.save_origin(event.prediction, self.folder, event.model, event.number, self.run)

    def add_seconds(self, name: str, seconds: float) -> float:
        """Add to the seconds that a candidate took, over all interrupted runs; return the total."""
        total = self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.folder / _SECONDS, json.dumps(self.seconds).encode())
        return total

    def load_or_fit(self, name: str, number: int, fit: Callable[[], Any]) -> Predictor:
        """Ensemble member `number` of a candidate: loaded from the folder, or fitted and saved."""
        if self.folder is None:
            return fit()
        path = self.folder / f"{name}-{number}.stepahead"
        if path.exists():
            return store.load(path)
        member = fit()
        self.folder.mkdir(parents=True, exist_ok=True)
        store.save(member, path)
        return member

    def delete(self) -> None:
        """Delete the folder."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def run_identity(panel: Panel, key: Key, *settings: Any) -> str:
    """Return a digest that identifies a run by the values of its series, its key and all its
    settings.

    The source file and the kind of data frame of the panel have no effect.

    >>> one, other = Panel.from_arrays([[1.0, 2.0]]), Panel.from_arrays([[1.0, 3.0]])
    >>> (
    ...     run_identity(one, 0, 12) == run_identity(one, 0, 12),
    ...     run_identity(one, 0, 12) == run_identity(other, 0, 12),
    ... )
    (True, False)
    """
    return store.identity(replace(panel, source="", kind=""), key, settings)
