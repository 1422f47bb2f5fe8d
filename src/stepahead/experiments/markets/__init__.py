"""Experiments on prices: a stock index, and the best of many random walks."""
