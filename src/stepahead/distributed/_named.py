"""Engines by name, as on the command line."""

import re

from .._check import Refusal
from ._engine import Engine
from ._loop import Loop
from ._processes import Processes

NAMES = "loop, processes, processes:8, dask:8, ray:8, dask://host:8786, ray://host:10001"
"""Examples of all names, for messages and help texts."""


def engine_named(name: str) -> Engine:
    """Return the engine of that name: `loop`; `processes` (one for each core) or `processes:8`;
    `dask:8` and `ray:8`, a new local cluster with that many workers; `dask://host:8786` and
    `ray://host:10001`, a running cluster.

    >>> engine_named("processes:3")
    Processes(3)
    >>> engine_named("threads")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: There is no engine 'threads'. There are: loop, processes, processes:8,
    dask:8, ray:8, dask://host:8786, ray://host:10001.
    """
    if name == "loop":
        return Loop()
    here = re.fullmatch(r"(processes|dask|ray)(?::([1-9]\d{0,3}))?", name)
    there = re.fullmatch(r"(dask|ray)://(\S+)", name)
    if here is None and there is None:
        raise Refusal(f"There is no engine '{name}'. There are: {NAMES}.")
    if there is not None:
        return _cluster(there[1], f"tcp://{there[2]}" if there[1] == "dask" else name, None)
    assert here is not None  # else it was refused
    count = int(here[2]) if here[2] else None
    return Processes(count) if here[1] == "processes" else _cluster(here[1], None, count)


def _cluster(kind: str, address: str | None, workers: int | None) -> Engine:
    """A Dask or Ray engine, whose package is imported only here."""
    count = workers or 2
    if kind == "dask":
        from ._dask import Dask

        return Dask(address, count)
    from ._ray import Ray

    return Ray(address, count)
