"""Experiments on prices: a stock index, and a choice among many random walks."""
