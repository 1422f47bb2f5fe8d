"""HSIC: a test of independence of two variables that detects dependence of any form."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..._check import Refusal, whole
from ..._types import Key
from ...ops import as_key, generator


class Independence(NamedTuple):
    """The statistic (0 means independent; without unit), and the probability of one at least as
    large under independence."""

    statistic: float
    p: float


def hsic_test(
    x: Float[np.ndarray, "row dim"],
    y: Float[np.ndarray, "row dim2"],
    *,
    key: Key,
    permutations: int = 199,
) -> Independence:
    """Test whether rows of x and y are independent: the Hilbert-Schmidt independence criterion and
    its permutation p-value.

    HSIC = tr(K·H·L·H)/n², K and L the Gaussian kernels exp(−‖a − b‖²/w) of the rows of x and of y,
    w the median of the squared distances, H = I − 1/n. Columns are scaled to standard deviation 1
    first. p = (1 + number of permutations of y with at least that HSIC)/(1 + `permutations`): at
    most 5 % of independent pairs have p ≤ 0.05, for any number of rows, if the rows of one of the
    two are exchangeable. Memory grows with n². Sources: Gretton et al. 2005, 2008.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(100, 1))
    >>> noise = rng.normal(size=(100, 1))  # both pairs are uncorrelated
    >>> hsic_test(x, x**2, key=0).p, hsic_test(x, noise, key=0).p > 0.05
    (0.005, True)
    """
    if len(x) != len(y) or len(x) < 8:
        raise Refusal(
            f"`x` and `y` must hold the same number of rows, at least 8, but they hold {len(x)} "
            f"and {len(y)}."
        )
    left, right = gaussian_kernel(x), gaussian_kernel(y)
    centred = left - left.mean(axis=0) - left.mean(axis=1, keepdims=True) + left.mean()
    found = float((centred * right).mean())
    draw = generator(as_key(key))
    null = np.empty(whole("permutations", permutations))
    for number in range(permutations):
        order = draw.permutation(len(x))
        null[number] = (centred * right[np.ix_(order, order)]).mean()
    return Independence(found, float((1 + (null >= found).sum()) / (1 + permutations)))


def gaussian_kernel(
    x: Float[np.ndarray, "row dim"], width: float = 1.0
) -> Float[np.ndarray, "row row"]:
    """exp(−‖a − b‖²/(width·median)) of all pairs of rows, every column scaled to standard deviation
    1.

    >>> gaussian_kernel(np.array([[0.0], [1.0], [2.0]])).round(3)[0].tolist()
    [1.0, 0.368, 0.018]
    """
    deviation = x.std(axis=0)
    scaled = (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    distance = np.square(scaled[:, None] - scaled[None]).sum(axis=-1)
    middle = float(np.median(distance[np.triu_indices(len(x), 1)]))
    return np.exp(-distance / (width * (middle if middle > 0 else 1.0)))
