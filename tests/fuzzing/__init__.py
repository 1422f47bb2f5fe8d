"""Inputs as nobody would write them on purpose, each a function of its seed, and what is made of
them.

`benchmarks/fuzz.py` asks thousands of times.
"""
