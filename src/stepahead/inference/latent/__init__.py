"""Exact inference in models with a latent state: filtering, smoothing, the most probable path, and
propagation."""

from ._verbs import Filtered as Filtered
from ._verbs import Smoothed as Smoothed
from ._verbs import decode as decode
from ._verbs import filter as filter  # noqa: A004 - the word of the field
from ._verbs import propagate as propagate
from ._verbs import smooth as smooth
