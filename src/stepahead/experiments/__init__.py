"""The textbook experiments: short scripts, each with the numbers it has to hit and their source.

`stepahead reproduce` runs them; what they printed here, and their pictures, stand in
`docs/experiments/README.md`. An experiment is a function `run(out, data, say, quick) -> Result` in
a module of its own, which is loaded when it is asked for.
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
"""Each name and the module that holds the experiment."""


def names() -> tuple[str, ...]:
    """Every experiment, in the order in which they are best read.

    >>> names()[:3]
    ('sequence-models', 'how-many-lags', 'older-observations')
    """
    return tuple(_MODULES)


def about(name: str) -> str:
    """The subject of an experiment: the first paragraph of its file, on one line."""
    return " ".join((_module(name).__doc__ or "").strip().split("\n\n")[0].split())


def run(
    name: str,
    out: Path,
    data: Path | None = None,
    say: Callable[[str], None] = print,
    *,
    quick: bool = False,
) -> "Result":
    """Run one experiment and return what it found; `str()` of that is the table, the book's number
    beside ours.

    Pictures and full tables are written into the folder `out`, which must exist. `data` is the
    folder of data files that are not part of the package; where an experiment needs one that is not
    there, its result says so. `say` hears how it goes. With `quick`, fewer seeds and less data: to
    see that everything runs, not what it reaches.
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
