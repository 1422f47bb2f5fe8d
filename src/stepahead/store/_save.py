"""`save` and `load`: fitted values to files and back, equal to the bit."""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from .. import classical, data, forecasting, generation, labelling, models, pretrained
from .._check import Refusal
from .._fitted import Fitted
from .._types import Channels
from . import _earlier
from ._file import HALF_PRECISION, read, write
from ._fitted import Packer, Unpacker
from ._pack import Registry
from ._versions import upgrade

Kind = TypeVar("Kind", bound=Fitted)

HELD = {
    "forecaster": (forecasting, "Forecaster"),
    "ensemble": (forecasting, "Ensemble"),
    "combination": (forecasting, "Combination"),
    "local": (forecasting, "LocalForecaster"),
    "conformal": (forecasting, "ConformalForecaster"),
    "joint state space": (forecasting, "JointForecaster"),
    "state space": (forecasting, "StateSpaceForecaster"),
    "language": (generation, "LanguageModel"),
    "translation": (generation, "TranslationModel"),
    "generator": (generation, "Generator"),
    "series generator": (generation, "SeriesGenerator"),
    "labels": (labelling, "LabelModel"),
    "combined labels": (labelling, "LabelCombination"),
    "tags": (labelling, "TagNetwork"),
    "tags by a hidden Markov model": (labelling, "HMMTagModel"),
    "tags by a conditional random field": (labelling, "CRFTagModel"),
    "most frequent tags": (labelling, "FrequentTagModel"),
    "combined tags": (labelling, "TagCombination"),
}
"""The classes that a file can contain, by their name in the header; each is imported when
needed."""


def held(kind: str) -> type[Fitted] | None:
    """The class with this name in headers, or None."""
    package, name = HELD.get(kind, (None, ""))
    return None if package is None else getattr(package, name)


def save(
    fitted: Fitted,
    path: str | Path,
    *,
    own: Iterable[type] = (),
    half_precision: bool = False,
) -> None:
    """Save a fitted value to one file: safetensors with a versioned JSON header. The file of a
    forecaster includes its history.

    The file is written atomically. `own` lists your own classes of specifications or scalers. To
    share a forecaster without its training series, save `forecaster.without_history()`.

    With `half_precision` the weights of networks take 16 bits each instead of 32: they are rounded
    to the nearest such number, by at most 2⁻¹¹ (0.05 %) of their size, and are loaded in single
    precision. Everything else (the history, counts, parameters of classical methods) is unchanged,
    and the file of a model without a network is the same as without the option.
    """
    path = _path(path)
    packer = Packer(_classes(own), held, half_precision)
    header = packer.fitted(fitted)
    if packer.rounded:
        header["format"] = HALF_PRECISION
    write(path, header, packer.arrays)


def _path(path: str | Path) -> Path:
    if not isinstance(path, str | PathLike):
        raise Refusal(
            f"`path` must be the name of a file, such as 'sales.stepahead', but it is {path!r}."
        )
    return Path(path)


def load(path: str | Path, *, own: Iterable[type] = (), in_numpy: bool = False) -> Any:
    """Load what `save` wrote; the file cannot run code. Forecasts equal those of the saved value to
    the bit, unless it was saved with `half_precision`.

    `own` lists your own classes of specifications or scalers. With `in_numpy`, recurrent networks
    of sequences (language models, classifiers, taggers, translators, generators) are loaded as
    those of `models.in_numpy`: they run without JAX, with the same results up to rounding, and can
    be neither trained nor saved.
    """
    header, arrays = read(_path(path))
    name = header.get("kind", "forecaster")
    if not isinstance(name, str) or name not in HELD:
        raise Refusal(
            f"'{path}' holds the kind {name!r}, which this version does not have. Update stepahead."
        )
    try:
        return Unpacker(_classes(own), held, arrays, path, in_numpy).fitted(upgrade(header))
    except KeyError as missing:
        raise Refusal(
            f"'{path}' has no {missing}, which a {name} needs. Save the model again."
        ) from missing
    except Refusal:
        raise
    except (TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as wrong:
        # The file has a valid digest, but `save` did not write it: anything may be in it.
        raise Refusal(
            f"'{path}' does not hold what a {name} is made of ({wrong}). Save the model again."
        ) from wrong


def save_values(values: Mapping[str, Any], path: str | Path) -> None:
    """Save panels, specifications and plain values by name, for tasks in another process: see
    `load_values`."""
    packer = Packer(_classes(()), held)
    fields = {name: packer.field(value, name) for name, value in values.items()}
    write(Path(path), {"kind": "values", "fields": fields}, packer.arrays)


def load_values(path: str | Path) -> dict[str, Any]:
    """Load what `save_values` wrote; the file cannot run code.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "task")
    ...     save_values({"spec": forecasting.ETS("A,N,N"), "keys": [1, 2]}, path)
    ...     load_values(path)["spec"]
    ETS(form='A,N,N')
    """
    header, arrays = read(Path(path))
    if header.get("kind") != "values":
        raise Refusal(f"'{path}' holds no values of a task. Give a file of `save_values`.")
    unpacker = Unpacker(_classes(()), held, arrays, path)
    return {name: unpacker.field(packed) for name, packed in header["fields"].items()}


def load_as(
    kind: type[Kind],
    path: str | Path,
    written_by: str,
    *,
    own: Iterable[type] = (),
    in_numpy: bool = False,
) -> Kind:
    """Load a fitted value of this class. Another class is an error, and the message names the
    command (`written_by`) that writes this one."""
    fitted = load(path, own=own, in_numpy=in_numpy)
    if not isinstance(fitted, kind):
        raise Refusal(
            f"'{path}' holds a {type(fitted).__name__}, which cannot be used here. Give a file "
            f"saved by `{written_by}`."
        )
    return fitted


def _classes(own: Iterable[type]) -> Registry:
    packages = (classical, data, forecasting, models, pretrained, _earlier)
    return Registry(*packages, more=(Channels, *own))
