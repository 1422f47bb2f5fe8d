"""A comparison of models kept while it goes on, so that one that was stopped goes on from there."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._files import write_atomically
from .._types import Key, Prediction
from ..data import Panel
from ..evaluation import OriginDone
from ..forecasting import Predictor
from ..ops import as_key
from ..store import identity, load, save, save_origin, saved_origins

_SECONDS = "seconds.json"


class ComparisonCheckpoint:
    """A folder in which a comparison writes what is done: forecasts at each origin, seconds taken,
    fitted members of the ensemble.

    With no folder nothing is kept. Refused: a folder of another run. The same comparison may be
    made twice at the same time: the first to end takes the folder away, and the other makes it
    again.
    """

    def __init__(self, folder: Path | None, run: str) -> None:
        self.folder, self.run = folder, run
        self.predictions: dict[tuple[str, int], Prediction] = {}
        self.seconds: dict[str, float] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self.predictions = saved_origins(folder, run)
            self.seconds = (
                json.loads((folder / _SECONDS).read_text()) if (folder / _SECONDS).exists() else {}
            )

    def origin(self, event: OriginDone) -> None:
        """Keep a prediction that was made now."""
        if self.folder is not None and not event.kept:
            save_origin(event.prediction, self.folder, event.model, event.number, self.run)

    def took(self, name: str, seconds: float) -> float:
        """The seconds that a candidate took, those before it was stopped after its comparison
        included."""
        total = self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.folder / _SECONDS, json.dumps(self.seconds).encode())
        return total

    def member(self, name: str, number: int, fitted: Callable[[], Any]) -> Predictor:
        """Member `number` of the model of that name: as `fitted` makes it, or as it was kept."""
        if self.folder is None:
            return fitted()
        path = self.folder / f"{name}-{number}.stepahead"
        if path.exists():
            member = load(path)
            assert isinstance(member, Predictor)
            return member
        member = fitted()
        self.folder.mkdir(parents=True, exist_ok=True)
        save(member, path)
        return member

    def done(self) -> None:
        """Nothing needs to be kept any more."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def run_of(panel: Panel, key: Key, *settings: Any) -> str:
    """What tells a run from any other: its series, its key, and everything else that was said, by
    value.

    >>> one, other = Panel.from_arrays([[1.0, 2.0]]), Panel.from_arrays([[1.0, 3.0]])
    >>> run_of(one, 0, 12) == run_of(one, 0, 12), run_of(one, 0, 12) == run_of(other, 0, 12)
    (True, False)
    """
    return identity(replace(panel, source="", kind=""), as_key(key), settings)
