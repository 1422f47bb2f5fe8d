"""`thinned`: the points of a line that are drawn."""

import itertools

import numpy as np
from jaxtyping import Float, Int

MOST_POINTS = 1500
"""A line is thinned to about this many points: more than a figure has pixels for."""


def thinned(
    values: Float[np.ndarray, " time"], most: int = MOST_POINTS
) -> Int[np.ndarray, " point"]:
    """Indices of the points to draw so that the line looks the same: from each stretch the lowest,
    the highest, the first and the last point; about `most` in all.

    >>> saw = np.tile([0.0, 1.0], 5000)
    >>> indices = thinned(saw, most=100)
    >>> (
    ...     len(indices) <= 104,
    ...     saw[indices].min(),
    ...     saw[indices].max(),
    ...     int(indices[0]),
    ...     int(indices[-1]),
    ... )
    (True, np.float64(0.0), np.float64(1.0), 0, 9999)
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    edges = np.linspace(0, count, most // 2 + 1).astype(np.int64)
    indices = {0, count - 1}
    for start, stop in itertools.pairwise(edges):
        stretch = values[start:stop]
        missing = np.isnan(stretch)
        if missing.all():
            indices.add(int(start))
        else:
            indices |= {int(start + np.nanargmin(stretch)), int(start + np.nanargmax(stretch))}
    return np.array(sorted(indices))
