"""Experiments on processes that change, and on the direction of time."""
