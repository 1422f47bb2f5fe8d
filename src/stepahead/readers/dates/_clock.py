"""Local time and UTC: time zones, offsets, and the hours that a clock change repeats or skips."""

import re
import zoneinfo

import numpy as np

from ..._check import Refusal
from ...data import SECOND, Panel, day_of_month, format_stamp, month_number, to_instants, weekday
from ..files import ReadOptions
from ._stamps import Stamps

_FIRST, _LAST = np.datetime64("1000-01-01", "us"), np.datetime64("9998-12-31", "us")


def instants_of(
    reading: Stamps, stamp: np.ndarray, series: np.ndarray, options: ReadOptions
) -> tuple[np.ndarray, str | None, list[str]]:
    """The timestamp of every row (`stamp` is its code in `reading`, `series` its series), the time
    zone, and notes."""
    zone = _checked_zone(options.zone)
    if reading.wall.dtype.kind != "M":
        return reading.wall[stamp], None, []
    far = (reading.wall < _FIRST) | (reading.wall > _LAST)
    if far.any():
        raise Refusal(
            f"The stamp {format_stamp(reading.wall[far][0])} lies outside the years 1000 to 9998. "
            "Write years with four digits."
        )
    if reading.instants is not None:
        zone, notes = (zone, []) if zone else _zone_of(reading)
        stamps = reading.wall if zone is None else reading.instants
        return stamps[stamp], zone, notes
    wall = reading.wall[stamp]
    return (
        (wall, None, [])
        if zone is None
        else (_localised(wall, series, zone), zone, [f"stamps read as clock time in {zone}"])
    )


def _checked_zone(zone: str | None) -> str | None:
    if zone is None or re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return zone
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            f"`zone` must be a time zone such as 'Europe/Berlin' or '+01:00', but it is {zone!r}."
        ) from None
    return zone


def _zone_of(reading: Stamps) -> tuple[str | None, list[str]]:
    offsets = {
        "UTC" if o in ("Z", "UTC", "GMT", "+00", "+0000", "+00:00") else o for o in reading.offsets
    }
    if len(offsets) == 1:
        only = offsets.pop()
        digits = only[1:].replace(":", "") if only[0] in "+-" else ""
        return (f"{only[0]}{digits[:2]}:{digits[2:] or '00'}" if digits else only), []
    clock = reading.wall - reading.wall.astype("M8[D]")
    if (clock == clock[0]).all():
        return None, ["stamps are days of a zone with summer time; kept as its clock shows them"]
    return "UTC", [
        f"offsets from UTC change ({', '.join(sorted(offsets))}); stamps kept in UTC, `zone` gives "
        "them a place"
    ]


def _localised(wall: np.ndarray, series: np.ndarray, zone: str) -> np.ndarray:
    """Local time to UTC. Where a series has a timestamp of the repeated hour twice, the second one
    is an hour later."""
    instants = to_instants(wall, zone)
    order = np.lexsort((wall, series))
    twice = np.zeros(len(wall), dtype=bool)
    twice[order[1:]] = (wall[order[1:]] == wall[order[:-1]]) & (
        series[order[1:]] == series[order[:-1]]
    )
    if not twice.any():
        return instants
    import pandas as pd

    later = pd.DatetimeIndex(wall[twice]).tz_localize(
        zone, ambiguous=np.zeros(int(twice.sum()), dtype=bool), nonexistent="shift_forward"
    )
    instants[twice] = later.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[us]")
    return instants


def clock_change(stamps: np.ndarray) -> bool:
    """True if all these timestamps are in the early hours of Sundays in the months in which clocks
    go back."""
    hour = (stamps - stamps.astype("M8[D]")).astype("m8[h]").astype(int)
    back = (
        (weekday(stamps) == 6)
        & np.isin(month_number(stamps) % 12 + 1, (3, 4, 9, 10, 11))
        & (hour < 4)
    )
    return bool(back.all() and hour.max() > 0)


def skipped_hour(panel: Panel) -> tuple[str, ...]:
    """A note if the series of an hourly or finer panel without a time zone lack the hour that is
    skipped when clocks go forward: then its times are local, and only the user knows the zone.

    Between 1:00 and 4:00 of such a Sunday one hour is empty in half of the series or more.
    """
    step = panel.frequency.grid.within_day
    if panel.frequency.zone or step is None or step > 3600 * SECOND or not panel.missing:
        return ()
    hour = (panel.times - panel.times.astype("M8[D]")).astype("m8[h]").astype(int)
    early = np.flatnonzero((hour >= 1) & (hour <= 3))
    early = early[(month_number(panel.times[early]) % 12 == 2) & (weekday(panel.times[early]) == 6)]
    day = day_of_month(panel.times[early])
    series = np.searchsorted(panel.offsets, early, side="right") - 1
    for sundays in (day >= 25, (day >= 8) & (day <= 14)):  # of Europe, of America
        at = early[sundays]
        nights, night = np.unique(
            np.stack([series[sundays], panel.times[at].astype("M8[D]").astype(int)]),
            axis=1,
            return_inverse=True,
        )
        observed = np.zeros((nights.shape[1], 3), dtype=bool)
        seen = ~np.isnan(panel.values[at]).all(axis=1)
        observed[night.ravel()[seen], hour[at[seen]] - 1] = True
        skipped = observed.sum(axis=1) == 2
        if skipped.any() and skipped.sum() >= 0.5 * observed.any(axis=1).sum():
            first = int(skipped.argmax())
            gone = np.datetime64(int(nights[1, first]), "D").astype("M8[us]") + np.timedelta64(
                int(observed[first].argmin()) + 1, "h"
            )
            return (
                f"{format_stamp(gone)} looks like the hour that a clock change skips; `zone` would "
                "make it no gap",
            )
    return ()
