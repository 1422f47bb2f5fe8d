"""The textbook experiments: short scripts, each with the numbers to reproduce and their source.

`stepahead reproduce` runs them; `docs/experiments/README.md` has their recorded results and
figures. An experiment is a function `run(out, data, say, quick) -> Result` in a module of its own,
which is imported when needed.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from .._check import Refusal as Refusal
from .._check import known_name as known_name
from .._extras import extras_needed as extras_needed

if TYPE_CHECKING:
    from ._result import Result

_MODULES = {
    "sequence-models": "sines._noisy_sine",
    "how-many-lags": "sines._lags",
    "older-observations": "sines._older",
    "architectures": "sines._architectures",
    "investors-trap": "markets._investor",
    "latent-state": "memory._latent",
    "forecasting-rnns": "sines._two_sines",
    "ftse": "markets._closes",
    "shifts": "processes._shifts",
    "direction": "processes._direction",
    "latent-states": "processes._latent_states",
    "language": "tokens._language",
    "compositions": "tokens._compositions",
    "unstable-gradients": "memory._gradients",
    "long-memory": "memory._memory",
}
"""The name of each experiment and its module."""


def names() -> tuple[str, ...]:
    """The names of all experiments, in the recommended order of reading.

    >>> names()[:3]
    ('sequence-models', 'how-many-lags', 'older-observations')
    """
    return tuple(_MODULES)


def about(name: str) -> str:
    """The subject of an experiment: the first paragraph of its module docstring, on one line."""
    return " ".join((_module(name).__doc__ or "").strip().split("\n\n")[0].split())


def run(
    name: str,
    out: Path,
    data: Path | None = None,
    say: Callable[[str], None] = print,
    *,
    quick: bool = False,
) -> "Result":
    """Run one experiment and return its result; `str()` of it is the table of the book's numbers
    and ours.

    Figures and full tables are written into the folder `out`, which must exist. `data` is the
    folder of data files that are not part of the package; if one that an experiment needs is
    missing, the result says so. `say` receives progress messages. With `quick`, there are fewer
    seeds and less data: a test that everything runs, whose numbers mean little.
    """
    if not out.is_dir():
        raise Refusal(
            f"There is no folder '{out}' to write pictures into. Make it first, or name another "
            "one."
        )
    found: Result = _module(name).run(out, data, say, quick)
    return found


def _module(name: str) -> ModuleType:
    home = _MODULES[known_name("experiment", name, _MODULES)]
    with extras_needed():
        return import_module(f".{home}", __name__)
