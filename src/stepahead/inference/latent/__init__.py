"""Exact inference in models with a latent state: what is known of it before, at and after each
observation, its most probable path, and how it goes on."""

from ._verbs import Filtered as Filtered
from ._verbs import Smoothed as Smoothed
from ._verbs import decode as decode
from ._verbs import filter as filter  # noqa: A004 - the word of the field
from ._verbs import propagate as propagate
from ._verbs import smooth as smooth
