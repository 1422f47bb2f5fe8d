"""Experiments on tokens: language models, and combinations of encoders and decoders."""
