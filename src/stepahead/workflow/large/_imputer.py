"""The methods that fill gaps in chunks, and the file of a network trained on a sample of the
series."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._extras import installed
from ..._types import Key
from ...imputation import FittedImputer, Kalman, Linear, Seasonal
from ...store import load_values, save_values
from ._folder import JobFolder
from ._survey import Survey

if TYPE_CHECKING:
    from ...models import Bidirectional

BySeries = Linear | Seasonal | Kalman
"""Methods that fill every series separately."""

METHODS: dict[str, type[BySeries]] = {each.__name__: each for each in (Linear, Seasonal, Kalman)}


def is_network(method: Any) -> bool:
    """True for a network, which is trained on a sample of the series and reads covariates."""
    if not installed("jax"):
        return False
    from ...models import Bidirectional

    return isinstance(method, Bidirectional)


def save_network(spec: "Bidirectional", survey: Survey, key: Key) -> None:
    """Train the network on a sample of the series, and save it with its scale."""
    from ...imputation import NetworkImputer
    from ...tasks import fit_imputer
    from ...training.parts import weights_of

    path = survey.job.model()
    if path.exists():  # a resumed job
        return
    panel = survey.some(survey.learn_from)
    done = fit_imputer(spec, panel, key=key)
    assert isinstance(done, NetworkImputer)  # as the specification says
    scale = done.scale
    held = {"mean": scale.mean, "deviation": scale.deviation, "covariates": scale.covariates}
    columns = 0 if scale.covariates is None else len(scale.covariates.past)
    sizes = {"channels": panel.channels, "columns": columns}
    save_values({"spec": spec, "weights": weights_of(done.body), **sizes, **held}, path)


def network_at(job: JobFolder) -> FittedImputer:
    """Return the network of a job, loaded once per process. A file that has changed since, because
    the folder holds another job, is loaded again."""
    path = job.model()
    return _loaded(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _loaded(path: str, changed: int) -> FittedImputer:
    import jax.numpy as jnp

    from ...imputation import GapScale, NetworkImputer
    from ...ops import as_key
    from ...training.parts import with_weights

    held = load_values(Path(path))
    change = jnp.ones(held["channels"], jnp.float32)  # replaced by the saved weights
    blank = held["spec"].build(change, held["columns"], as_key(0))
    scale = GapScale(held["mean"], held["deviation"], held["covariates"])
    return NetworkImputer(with_weights(blank, np.asarray(held["weights"])), scale)
