"""`Models`: the models of the command line by name; they are loaded, run once, and reloaded if
their files change."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from ..._check import Refusal, nearest
from ..._fitted import Fitted
from ...store import load
from ._service import Service

SIZES = (1, 8, 32)
"""Numbers of series for which programs are compiled: smaller calls are filled up to one of
these."""

_OF_TEXTS = ("LanguageModel", "LabelPredictor", "TagModel", "TranslationModel")

Stamp = tuple[int, int, int]
"""Inode, size and modification time of a file; they differ if the file was replaced."""


def service_of(fitted: Fitted, sizes: Sequence[int]) -> Service:
    """The service of a fitted value; a kind that no route serves is an error. A forecaster compiles
    its programs for `sizes` of series per call.

    The name of the class decides, so that only the modules for this kind are imported, and counts
    and local methods are served without JAX.
    """
    for kind in type(fitted).__mro__:
        if kind.__name__ == "Predictor":
            from ._forecast_service import ForecastService

            return ForecastService(fitted, sizes)  # type: ignore[arg-type]
        if kind.__name__ in _OF_TEXTS:
            from . import _text_services

            services: dict[str, Callable[[Any], Service]] = {
                "LanguageModel": _text_services.LanguageService,
                "LabelPredictor": _text_services.LabelService,
                "TagModel": _text_services.TagService,
                "TranslationModel": _text_services.TranslationService,
            }
            return services[kind.__name__](fitted)
    raise Refusal(
        f"A {type(fitted).__name__} cannot be served. Give a file of a forecaster, a language "
        "model, a classifier, a tagger or a translator."
    )


class Served:
    """The model of one file, with its name.

    `service` is replaced as a whole; a request that holds the old one can finish with it. Loading,
    updates and batches run in one thread, `worker`, one after the other; other requests run in any
    thread of `pool`, because a request does not change a service.
    """

    def __init__(self, name: str, path: Path, sizes: Sequence[int]) -> None:
        self.name, self.path, self._sizes = name, path, sizes
        self.version = 0
        self.worker = ThreadPoolExecutor(1, thread_name_prefix=f"stepahead-{name}")
        self.pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="stepahead")
        self._stamp: Stamp | None = None
        self.service: Service
        self.load()

    def load(self) -> None:
        """Load the file, run the model once, and only then replace the old one."""
        stamp = stamp_of(self.path)
        self._stamp = stamp  # an unusable file is not loaded again until it changes
        service = service_of(load(self.path), self._sizes)
        service.warmed()
        self.service, self.version = service, self.version + 1

    def changed(self) -> bool:
        """True if the file was replaced since it was loaded."""
        now = stamp_of(self.path)
        return now is not None and now != self._stamp

    def described(self) -> dict[str, Any]:
        """The model's metadata."""
        return {
            "name": self.name,
            "version": str(self.version),
            "answers": list(self.service.verbs),
            **self.service.described(),
        }


class Models(Mapping[str, Served]):
    """The served models by name, in the order of the command line."""

    def __init__(self, served: Sequence[Served]) -> None:
        self._served = {each.name: each for each in served}

    @classmethod
    def load(cls, paths: Sequence[Path], *, sizes: Sequence[int] = SIZES) -> "Models":
        """Load the files, and run each model once; the name of a model is its file name without
        extension. `sizes` are the numbers of series per call for which a forecaster is compiled in
        advance."""
        names = [path.stem for path in paths]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Refusal(
                f"Two files are named '{twice}', and a model is called by its file's name. Rename "
                "one."
            )
        if not paths:
            raise Refusal("There is no model to serve. Give the file of one.")
        return cls([Served(name, path, sizes) for name, path in zip(names, paths, strict=True)])

    def __getitem__(self, name: str) -> Served:
        return self._served[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._served)

    def __len__(self) -> int:
        return len(self._served)

    def named(self, name: str | None, verb: str) -> Served:
        """The model of that name; without a name, the only one that supports `verb`. An unknown
        name is a 404 error."""
        if name is not None:
            if name not in self._served:
                near = nearest(name, self._served)
                hint = f" Did you mean '{near}'?" if near else ""
                raise HTTPException(
                    404, f"There is no such model. There are: {', '.join(self)}.{hint}"
                )
            return self._served[name]
        able = [each for each in self._served.values() if verb in each.service.verbs]
        if len(able) != 1:
            raise Refusal(
                f"`model` is missing, and {', '.join(each.name for each in able)} can {verb}. Name "
                "one of them."
                if able
                else f"No model that is served here can {verb}. `GET /v1/models` lists them."
            )
        return able[0]


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None if it does not exist, as during a replacement."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
