"""`save` and `load`: what was fitted to a file and back, to the bit."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from .. import data, forecasting, models
from .._check import Refusal
from .._types import Channels
from ..forecasting import Predictor
from ..generation import Generator, LanguageModel, SeriesGenerator, TranslationModel
from ..labelling import LabelModel, TagModel
from ._file import read, write
from ._forecaster import FORECASTERS, AnyForecaster, pack_forecaster, unpack_forecaster
from ._labels import pack_labels, pack_tags, unpack_labels, unpack_tags
from ._language import pack_language, unpack_language
from ._pack import Arrays, registry
from ._pairs import pack_generator, pack_series, pack_translation, unpack_generator, unpack_series, unpack_translation

Speaker = LanguageModel | LabelModel | TagModel | TranslationModel | Generator | SeriesGenerator
"""What was fitted to anything but a panel."""

Fitted = AnyForecaster | Speaker
"""What a file can hold; its header says which."""


class _Kind(NamedTuple):
    """How one kind of fitted thing goes into a header and arrays, and comes back."""

    holds: type
    pack: Callable[[Any, dict[str, type], Arrays], dict[str, Any]]
    unpack: Callable[[dict[str, Any], dict[str, type], Arrays, str | Path], Any]


_KINDS = {
    **{name: _Kind(object, pack_forecaster, unpack_forecaster) for name in FORECASTERS},
    "language": _Kind(LanguageModel, pack_language, unpack_language),
    "labels": _Kind(LabelModel, pack_labels, unpack_labels),
    "tags": _Kind(TagModel, pack_tags, unpack_tags),
    "translation": _Kind(TranslationModel, pack_translation, unpack_translation),
    "generator": _Kind(Generator, pack_generator, unpack_generator),
    "series generator": _Kind(SeriesGenerator, pack_series, unpack_series),
}
"""By the name in the header; what is of no class named here is a forecaster."""


def save(fitted: Predictor | Speaker, path: str | Path, *, own: Iterable[type] = ()) -> None:
    """Write what was fitted to one file: safetensors with a versioned JSON header. A forecaster's holds the series it remembers.

    The file is written all or nothing. `own` lists the classes of specifications or scalers that you wrote yourself.
    """
    arrays: Arrays = {}
    kind = next(kind for kind in reversed(_KINDS.values()) if isinstance(fitted, kind.holds))
    write(Path(path), kind.pack(fitted, _classes(own), arrays), arrays)


def load(path: str | Path, *, own: Iterable[type] = ()) -> Fitted:
    """Read what `save` wrote; no code of the file's runs, whatever it holds. Its answers equal the saved one's to the bit."""
    header, arrays = read(Path(path))
    name = header.get("kind", "forecaster")
    if name not in _KINDS:
        raise Refusal(f"'{path}' holds the kind {name!r}, which this version does not have. Update stepahead.")
    try:
        return _KINDS[name].unpack(header, _classes(own), arrays, path)
    except KeyError as missing:
        raise Refusal(f"'{path}' has no {missing}, which a {name} needs. Save the model again.") from missing


def load_forecaster(path: str | Path, *, own: Iterable[type] = ()) -> AnyForecaster:
    """Read a file that holds a forecaster; refuse what was fitted to anything but series."""
    fitted = load(path, own=own)
    if not isinstance(fitted, AnyForecaster):
        raise Refusal(f"'{path}' holds a {type(fitted).__name__}, which forecasts no series. Give what `stepahead forecast --save` wrote.")
    return fitted


def _classes(own: Iterable[type]) -> dict[str, type]:
    return registry(models, data, forecasting, more=(Channels, *own))
