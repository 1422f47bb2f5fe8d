"""Figures: one function each, which returns the figure."""
