"""Predictions of a backtest, one file each, so that a run that was cut off goes on where it
stood."""

import zlib
from pathlib import Path

from .._check import Refusal
from .._types import Prediction
from ._file import read, write


def save_origin(prediction: Prediction, folder: Path, model: str, number: int, run: str) -> None:
    """Write what `model` predicted at origin `number` into `folder`; `run` is what tells this run
    from any other."""
    folder.mkdir(parents=True, exist_ok=True)
    header = {
        "run": run,
        "model": model,
        "number": number,
        "levels": list(prediction.probabilities),
    }
    name = f"{number:05d}-{zlib.crc32(model.encode()):08x}.origin"
    write(folder / name, header, {"mean": prediction.mean, "quantiles": prediction.quantiles})


def saved_origins(folder: Path, run: str) -> dict[tuple[str, int], Prediction]:
    """What a run that was cut off left in `folder`, by model and origin; nothing where there is no
    folder.

    Refuses what another run left there, which stays as it is.

    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_origin(Prediction(np.zeros((1, 2, 1))), Path(folder), "naive", 3, "this run")
    ...     list(saved_origins(Path(folder), "this run"))
    [('naive', 3)]
    """
    found = {}
    for path in sorted(folder.glob("*.origin")):
        try:
            header, arrays = read(path)
        except Refusal:
            if path.exists():
                raise
            continue  # the same run, made twice at the same time, was done and took it away
        if header.get("run") != run:
            raise Refusal(
                f"'{folder}' holds another run (other data, models or settings). Name another "
                "folder, or delete it."
            )
        quantiles = arrays["quantiles"]
        found[header["model"], int(header["number"])] = Prediction(
            arrays["mean"], quantiles, tuple(header["levels"])
        )
    return found
