"""Conversion between local time and UTC."""

import numpy as np


def to_wall(instants: np.ndarray, zone: str) -> np.ndarray:
    """Return the local time in `zone` at these instants (UTC, datetime64[us]).

    >>> to_wall(np.array(["2024-07-01T10:00"], "M8[us]"), "Europe/Berlin")
    array(['2024-07-01T12:00:00.000000'], dtype='datetime64[us]')
    """
    import pandas as pd

    flat = (
        pd.DatetimeIndex(np.asarray(instants, "M8[us]").ravel())
        .tz_localize("UTC")
        .tz_convert(zone)
        .tz_localize(None)
    )
    return flat.to_numpy().astype("M8[us]").reshape(np.shape(instants))


def to_instants(wall: np.ndarray, zone: str) -> np.ndarray:
    """Return the instants (UTC) of these local times in `zone`.

    An hour that a clock change repeats is read as the first of the two; a time that it skips as the
    moment after the change.
    """
    import pandas as pd

    flat = pd.DatetimeIndex(np.asarray(wall, "M8[us]").ravel())
    first = np.ones(len(flat), dtype=bool)
    flat = (
        flat.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
        .tz_convert("UTC")
        .tz_localize(None)
    )
    return flat.to_numpy().astype("M8[us]").reshape(np.shape(wall))
