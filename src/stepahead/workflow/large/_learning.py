"""`fit_in_chunks`: one network for any number of series, trained with gradients that workers
compute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..._check import Refusal, options_known, whole
from ..._extras import extras_needed
from ..._types import Key, Learning
from ...data import Frequency
from ...distributed import Engine
from ...forecasting import Forecaster, Predictor
from ...store import load_as, resume_from, save, save_progress
from .._from_some import LEARN_FROM
from ._folder import JobFolder, write_json
from ._job_covariates import JobCovariates
from ._plan import SERIES
from ._shard import SHARDS
from ._survey import Survey
from ._task import ChunkDone, Data, done_in
from ._work import Work

MODEL = "model.stepahead"
"""The name of the network's file in the folder."""


@dataclass(frozen=True)
class Teaching(Work):
    """The work of fitting one network to all series."""

    spec: Any
    horizon: int
    key: Key
    updates: int
    batch: int
    epochs: int
    name = "fit"

    def learn(self, survey: Survey) -> dict[str, Any]:
        """As `Work.learn`: fit the network to a sample of the series, then to all."""
        path = survey.job.model()
        if not path.exists():  # else training continues
            save(_first(survey.fitted(self.spec, self.horizon, self.key)), path)
        start = load_as(Forecaster, path, "a job")
        save(learned_by_all(self, survey, start), survey.job.model(1))
        return {}

    def results(self, job: JobFolder, chunks: int, settings: dict[str, Any]) -> dict[str, Any]:
        """As `Work.results`: the network is saved in the folder itself."""
        save(load_as(Forecaster, job.model(1), "a job"), job.path / MODEL)
        return {"horizon": self.horizon, "model": repr(self.spec)}


def _first(fitted: Predictor) -> Predictor:
    """The network fitted to the sample, from which training continues, without its history. Refuse
    a model that is not trained by gradients."""
    if not isinstance(fitted, Forecaster) or not fitted.learning.losses:
        raise Refusal(
            f"{fitted.spec!r} is not trained by gradient, so nothing is gained by all series. Fit "
            "it to some: `forecast_in_chunks` does."
        )
    return fitted.without_history()


def learned_by_all(work: Teaching, survey: Survey, start: Forecaster) -> Forecaster:
    """Return the network after updates on all series. Every update uses the sum of the gradients of
    the shards, added in a fixed order."""
    with extras_needed():
        import jax.numpy as jnp

    from ...tasks import tuning_recipe
    from ...training import epochs
    from ...training.parts import updated, weights_of, with_weights

    job, tell = survey.job, survey.on_pass
    assert start.context is not None  # it was trained by gradients
    recipe = tuning_recipe(
        start.context, start.model.body.reach, work.epochs, work.updates, work.batch
    )
    visits = -(-len(survey.borders) // SHARDS)
    shape = {
        "span": recipe.span,
        "steps": recipe.loss_steps,
        "windows": -(-work.batch // SHARDS),
        "each": max(1, work.epochs * work.updates // visits),
        "key": work.key,
    }
    write_json(job.work / "shape.json", shape)
    total = work.epochs * work.updates

    def run_epoch(epoch: int, model: Any, state: Any) -> tuple[Any, Any, float]:
        vector, loss, terms = jnp.asarray(weights_of(model)), 0.0, 0.0
        for update in range(epoch * work.updates, (epoch + 1) * work.updates):
            np.save(job.work / "weights.npy", np.asarray(vector))
            sums = _sums(survey.engine, job, update)
            gradient = sum(each.gradient.astype(np.float64) for each in sums)
            count = max(1.0, sum(each.terms for each in sums))
            mean = jnp.asarray(gradient / count, vector.dtype)
            vector, state = updated(vector, state, mean, recipe.optimizer)
            loss, terms = loss + sum(each.total for each in sums), terms + count
            tell("fit", update + 1, total)
        return with_weights(model, np.asarray(vector)), state, loss / terms

    checkpoint = job.work / "progress"
    trained = epochs(
        start.model,
        recipe.optimizer,
        recipe,
        run_epoch,
        on_event=lambda event: save_progress(event.progress, checkpoint, ""),
        resume=resume_from(checkpoint, ""),
    )
    told = Learning(trained.losses, trained.validation, f"trained on all series; {trained.stopped}")
    return replace(start, model=trained.model, learning=told)


class ShardSum(NamedTuple):
    """The sums of one shard."""

    gradient: np.ndarray
    total: float
    terms: float


def _sums(engine: Engine, job: JobFolder, update: int) -> list[ShardSum]:
    """Return the sums of all shards in a fixed order, whatever the order in which they finish."""
    found: list[ShardSum | None] = [None] * SHARDS
    calls = [(str(job.path), update, shard) for shard in range(SHARDS)]
    for outcome in engine.map("stepahead.workflow.large:gradient_of_shard", calls):
        if outcome.failure is not None:
            raise Refusal(f"A gradient could not be worked out: {outcome.failure}")
        gradient = np.load(job.work / f"gradient-{outcome.place}.npy")
        found[outcome.place] = ShardSum(gradient, *outcome.result)
    return [each for each in found if each is not None]


@options_known()
def fit_in_chunks(
    spec: Any,
    source: str | Path,
    horizon: int,
    folder: str | Path,
    *,
    key: Key,
    engine: Engine | str = "processes",
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    frequency: str | Frequency | None = None,
    season: int | None = None,
    updates: int = 100,
    epochs: int = 3,
    batch: int = 128,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    calendar: bool = False,
    holidays: ArrayLike | None = None,
    series: int = SERIES,
    learn_from: int = LEARN_FROM,
    on_event: Callable[[ChunkDone], None] | None = None,
) -> Forecaster:
    """Fit one network to all series of Parquet files, in chunks that fit into memory, and save it
    in the folder as `model.stepahead`; return it without a history.

    The network is first fitted to about `learn_from` series, as `fit` does, and then trained on
    all, for `epochs` times `updates` minibatches of `batch` windows at a third of the learning
    rate. Every minibatch has four shards, each from a chunk of its own, and all chunks have their
    turn. Each worker computes the gradient of a shard, and the main process adds them in the order
    of the shards. So the weights do not depend on the engine or the number of workers; more than
    four workers gain nothing. If a call was killed, the same call continues after the last epoch.
    For `source`, columns, covariates (whose future values are not needed) and `engine` see
    `forecast_in_chunks`, which takes the result.

    `key` is a whole number. Refused: models that are solved in closed form or fit themselves.
    """
    seed = whole("key", key, at_least=0)
    work = Teaching(
        spec,
        whole("horizon", horizon),
        seed,
        whole("updates", updates),
        whole("batch", batch),
        whole("epochs", epochs),
    )
    data = Data.of(
        source,
        (id, time, target),
        frequency,
        season,
        series,
        learn_from,
        JobCovariates.of(known, past, static, calendar, holidays),
    )
    done = done_in(folder, work, data, engine, on_event)
    return load_as(Forecaster, done.folder / MODEL, "fit_in_chunks")
