"""The gradient of one shard of a minibatch, computed by a worker."""

from functools import lru_cache
from typing import Any

import numpy as np

from ...data import Panel, scaled_covariates, without_leading_gaps
from ...forecasting import Forecaster
from ._chunk import Chunk, forecaster_at
from ._folder import read_json
from ._plan import folder_of

SHARDS = 4
"""The number of parts of every minibatch. It does not depend on the number of workers, so the
windows that each part draws, and the order in which the gradients are added, are always the
same."""


def gradient_of_shard(folder: str, update: int, shard: int) -> list[float]:
    """Save the gradient of one shard of an update; return the sum of its losses and their
    number."""
    from ...ops import as_key, generator, split_key
    from ...training.parts import gradient_sum, with_weights

    job = folder_of(folder)
    start = forecaster_at(job.model())
    assert isinstance(start, Forecaster)  # as it was saved
    shape = read_json(job.work / "shape.json")
    assert shape is not None  # written before any call
    key, span = as_key(shape["key"]), shape["span"]
    chunk = _chunk_of(folder, key, update // shape["each"], shard)
    pool = _pool(folder, chunk, job.model().stat().st_mtime_ns, span)
    draws = generator(key, update, shard)
    chosen = draws.integers(len(pool.windows.start), size=shape["windows"])
    series, batch = pool.drawn(chosen, span + start.model.head.horizon)
    steps = None if shape["steps"] is None else tuple(shape["steps"])
    model = with_weights(start.model, np.load(job.work / "weights.npy"))
    of_dropout = split_key(as_key(int(draws.integers(2**31))), 1)[0]
    done = gradient_sum(model, series, batch, of_dropout, span=span, steps=steps)
    np.save(job.work / f"gradient-{shard}.npy", np.asarray(done.gradient))
    return [float(done.total), float(done.terms)]


def _chunk_of(folder: str, key: Any, visit: int, shard: int) -> int:
    """The chunk that a shard reads: each in turn, in a new random order for each round."""
    from ...ops import generator

    chunks = len(Chunk.of(folder, 0).borders)
    turn, place = divmod(visit * SHARDS + shard, chunks)
    return int(generator(key, 2**31, turn).permutation(chunks)[place])


@lru_cache(maxsize=2 * SHARDS)
def _pool(folder: str, number: int, changed: int, span: int) -> Any:
    """The windows of a chunk, scaled as for the network."""
    from ...training.parts import Pool

    chunk = Chunk.of(folder, number)
    model = forecaster_at(chunk.job.model())
    assert isinstance(model, Forecaster)  # as it was saved

    def scaled(panel: Panel) -> Any:
        inside = without_leading_gaps(model.scaled_for(panel, False).apply(panel))
        ahead = model.model.head.horizon
        return Pool.of(scaled_covariates(inside, model.covariates, ahead, carried=True), span)

    return Pool.joined(chunk.each(scaled))
