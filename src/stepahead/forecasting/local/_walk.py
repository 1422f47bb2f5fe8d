"""`RandomWalk`: for series too short to learn anything else from."""

from dataclasses import dataclass

import numpy as np

from ...classical import OnSeries
from ._channel import Channel, ChannelFit
from ._method import PerSeries


@dataclass(frozen=True, repr=False)
class RandomWalk(PerSeries):
    """The last value, with intervals that are wide where few changes were seen: for series too
    short to learn anything else from.

    The number of changes decides how wide: Student's t has as many degrees of freedom, and of
    several series each is told by the others how much values usually change. See
    `classical.WalkFit` for the formula. A change over missing values is shared among them.

    >>> import stepahead as sa
    >>> one = sa.fit(
    ...     RandomWalk(), sa.Panel.from_arrays([[1007.0, 1101.0, 1157.0]]), horizon=1, key=0
    ... )
    >>> one.forecast(levels=(80, 95)).iloc[0, 2:].astype(float).round().tolist()
    [1157.0, 978.0, 1336.0, 749.0, 1565.0]
    """

    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Every series as a random walk, none of which says enough of itself alone."""
        every, long = np.arange(len(channel.rows)), np.zeros(len(channel.rows), bool)
        walks = channel.as_walks(every, long, on_event)
        return ChannelFit(every[:0], None, every, walks)
