"""Experiments on tokens: language models, and compositions of encoders and decoders."""
