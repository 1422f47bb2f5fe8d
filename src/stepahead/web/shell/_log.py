"""One log line per request on the error stream, without the user's data."""

import json
import sys
import time
from collections.abc import Callable, Mapping

Log = Callable[[Mapping[str, object]], None]
"""A function that receives each event: a mapping of plain values."""


def log_line(told: Mapping[str, object]) -> None:
    """Write one event as a line of JSON to the error stream, with the time in UTC."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sys.stderr.write(json.dumps({"time": stamp, **told}) + "\n")


def unlogged(told: Mapping[str, object]) -> None:
    """Write nothing."""
