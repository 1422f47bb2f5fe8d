"""Nouns: panels of series, their frequency, and the parts that cut and rescale them."""

from ._frequency import Frequency as Frequency
from ._panel import Panel as Panel
