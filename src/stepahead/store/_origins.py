"""Predictions of a backtest, one file for each origin, from which an interrupted run resumes."""

import zlib
from pathlib import Path

from .._check import Refusal
from .._types import Prediction
from ._file import read, write


def save_origin(prediction: Prediction, folder: Path, model: str, number: int, run: str) -> None:
    """Save the prediction of `model` at origin number `number` into `folder`; `run` is the digest
    of the run (`identity`)."""
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
    """The predictions that an interrupted run saved in `folder`, by model and number of the origin;
    empty if there is no folder.

    Files of another run are errors and stay unchanged.

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
            continue  # another process with the same run has finished and deleted the file
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
