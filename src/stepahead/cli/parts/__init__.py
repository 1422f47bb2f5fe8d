"""The command that takes series apart."""

from ._decompose import decompose as decompose
