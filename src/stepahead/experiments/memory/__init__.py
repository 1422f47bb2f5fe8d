"""Experiments on memory: long delays, unstable gradients, latent states."""
