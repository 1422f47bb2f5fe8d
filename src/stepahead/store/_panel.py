"""A panel as arrays and a part of the header, and the way back."""

from typing import Any

import numpy as np

from ..data import Covariates, Frequency, Panel
from ._pack import Arrays

_BLOCKS = ("static", "past", "known", "offsets")
_NAMES = ("static_names", "past_names", "known_names")


def pack_panel(panel: Panel, arrays: Arrays, at: str) -> dict[str, Any]:
    """The header of a panel; its arrays are added to `arrays` under names that start with `at`."""
    arrays |= {
        f"{at}.values": panel.values,
        f"{at}.offsets": panel.offsets.astype(np.int64),
        f"{at}.times": panel.times.astype("M8[us]").view(np.int64)
        if panel.frequency.dated
        else panel.times.astype(np.int64),
        f"{at}.ids": np.frombuffer("\0".join(str(name) for name in panel.ids).encode(), np.uint8),
    }
    covariates = panel.covariates
    covariate_names = {}
    if covariates is not None:
        arrays |= {f"{at}.covariates.{name}": vars(covariates)[name] for name in _BLOCKS}
        covariate_names = {"covariates": {name: list(vars(covariates)[name]) for name in _NAMES}}
    frequency = {"name": panel.frequency.name, "zone": panel.frequency.zone}
    return {
        "frequency": frequency,
        "names": list(panel.names),
        "kind": panel.kind,
        "source": panel.source,
        **covariate_names,
    }


def unpack_panel(header: dict[str, Any], arrays: Arrays, at: str) -> Panel:
    """The panel that `pack_panel` packed into this header and these arrays."""
    frequency = Frequency.parse(header["frequency"]["name"], header["frequency"]["zone"])
    times = arrays[f"{at}.times"]
    return Panel(
        values=arrays[f"{at}.values"],
        offsets=arrays[f"{at}.offsets"],
        ids=np.array(arrays[f"{at}.ids"].tobytes().decode().split("\0"), dtype=object),
        times=times.view("M8[us]") if frequency.dated else times,
        frequency=frequency,
        names=tuple(header["names"]),
        kind=header["kind"],
        source=header.get("source", ""),
        covariates=_unpack_covariates(header.get("covariates"), arrays, at),
    )


def _unpack_covariates(header: dict[str, Any] | None, arrays: Arrays, at: str) -> Covariates | None:
    if header is None:
        return None
    static, past, known, offsets = (arrays[f"{at}.covariates.{name}"] for name in _BLOCKS)
    statics, pasts, knowns = (tuple(header[name]) for name in _NAMES)
    return Covariates(static, past, known, offsets, statics, pasts, knowns)
