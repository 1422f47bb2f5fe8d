"""Experiments on sums of sines, with noise and without."""
