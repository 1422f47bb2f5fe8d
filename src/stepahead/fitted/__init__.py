"""What `fit` returns: one abstract value, whatever was learned from whatever data."""

from ._fitted import Fitted as Fitted
