"""Experiments on memory: long delays, vanishing and exploding gradients, latent states."""
