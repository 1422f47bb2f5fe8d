"""`Fitted`, the abstract base of everything that `fit` returns."""

from ._fitted import Fitted as Fitted
