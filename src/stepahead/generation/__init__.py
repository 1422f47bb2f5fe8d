"""Generation: drawing sequences from a fitted model."""

from ._sample import draw as draw
