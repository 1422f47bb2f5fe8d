"""`save` and `load`: what was fitted to a file and back, to the bit."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import data, forecasting, models
from .._check import Refusal
from .._fitted import Fitted
from .._types import Channels
from ..forecasting import ConformalForecaster, Ensemble, Forecaster, LocalForecaster, Predictor
from ..generation import Generator, LanguageModel, SeriesGenerator, TranslationModel
from ..labelling import LabelModel, TagModel
from ._file import read, write
from ._fitted import Packer, Unpacker
from ._pack import registry
from ._versions import upgraded

_FORECASTERS = (Forecaster, Ensemble, LocalForecaster, ConformalForecaster)
_OTHERS = (LanguageModel, LabelModel, TagModel, TranslationModel, Generator, SeriesGenerator)
_KINDS: dict[str, type[Fitted]] = {cls.kind: cls for cls in (*_FORECASTERS, *_OTHERS)}
"""What a file can hold, by the name in its header."""


def save(fitted: Fitted, path: str | Path, *, own: Iterable[type] = ()) -> None:
    """Write what was fitted to one file: safetensors with a versioned JSON header. A forecaster's
    holds the series it remembers.

    The file is written all or nothing. `own` lists the classes of specifications or scalers that
    you wrote yourself. A forecaster that goes to others without the series that taught it is
    `forecaster.without_history()`.
    """
    packer = Packer(_classes(own), _KINDS)
    header = packer.fitted(fitted)
    write(Path(path), header, packer.arrays)


def load(path: str | Path, *, own: Iterable[type] = ()) -> Any:
    """Read what `save` wrote; no code of the file's runs, whatever it holds. Its answers equal the
    saved one's to the bit."""
    header, arrays = read(Path(path))
    name = header.get("kind", "forecaster")
    if not isinstance(name, str) or name not in _KINDS:
        raise Refusal(
            f"'{path}' holds the kind {name!r}, which this version does not have. Update stepahead."
        )
    try:
        return Unpacker(_classes(own), _KINDS, arrays, path).fitted(upgraded(header))
    except KeyError as missing:
        raise Refusal(
            f"'{path}' has no {missing}, which a {name} needs. Save the model again."
        ) from missing
    except Refusal:
        raise
    except (
        TypeError,
        ValueError,
        AttributeError,
        IndexError,
        ArithmeticError,
    ) as wrong:  # whatever else than `save` may have written
        raise Refusal(
            f"'{path}' does not hold what a {name} is made of ({wrong}). Save the model again."
        ) from wrong


def load_forecaster(path: str | Path, *, own: Iterable[type] = ()) -> Predictor:
    """Read a file that holds a forecaster; refuse what was fitted to anything but series."""
    fitted = load(path, own=own)
    if not isinstance(fitted, Predictor):
        raise Refusal(
            f"'{path}' holds a {type(fitted).__name__}, which forecasts no series. Give what "
            "`stepahead forecast --save` wrote."
        )
    return fitted


def _classes(own: Iterable[type]) -> dict[str, type]:
    return registry(models, data, forecasting, more=(Channels, *own))
