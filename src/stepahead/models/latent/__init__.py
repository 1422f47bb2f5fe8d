"""Latent states with exact inference: steps whose state is a distribution."""

from ._latent_body import LatentBody as LatentBody
from ._latent_body import LatentState as LatentState
