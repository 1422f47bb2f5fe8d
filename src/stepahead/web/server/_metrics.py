"""`Metrics`: counts and times of requests, in the text format of Prometheus."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of times, in seconds."""

SIZES = (1, 2, 4, 8, 16, 32, 64)
"""Upper bounds of the number of requests in one call."""


class Histogram:
    """Numbers counted by upper bound, with their sum and their count.

    >>> held = Histogram((1, 2))
    >>> for number in (1, 2, 5):
    ...     held.add(number)
    >>> list(held.lines("size", ""))
    ['size_bucket{le="1"} 1', 'size_bucket{le="2"} 2', 'size_bucket{le="+Inf"} 3', 'size_sum 8',
    'size_count 3']
    """

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds, self.counts, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def add(self, number: float) -> None:
        """Count one number."""
        self.counts[bisect_left(self.bounds, number)] += 1
        self.total += number

    def lines(self, name: str, labels: str) -> Iterable[str]:
        """The lines of the text format; `labels` come before the bound."""
        seen, before = 0, f"{labels}," if labels else ""
        for bound, count in zip(
            (*map("{:g}".format, self.bounds), "+Inf"), self.counts, strict=True
        ):
            seen += count
            yield f'{name}_bucket{{{before}le="{bound}"}} {seen}'
        braces = f"{{{labels}}}" if labels else ""
        yield f"{name}_sum{braces} {self.total:g}"
        yield f"{name}_count{braces} {seen}"


class Metrics:
    """Counts of requests, updated only by the thread of the event loop."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, str]] = Counter()
        self.seconds: dict[str, Histogram] = {}
        self.batches = Histogram(SIZES)
        self.loads: Counter[tuple[str, str]] = Counter()

    def heard(self, event: Mapping[str, object]) -> None:
        """Count one request from its log event."""
        route = str(event["route"])
        self.requests[route, str(event["method"]), str(event["status"])] += 1
        if route not in self.seconds:
            self.seconds[route] = Histogram(BOUNDS)
        self.seconds[route].add(float(str(event["ms"])) / 1000)

    def text(self) -> str:
        """The text format of Prometheus."""
        lines = ["# TYPE stepahead_requests_total counter"]
        for (route, method, status), count in sorted(self.requests.items()):
            labels = f'route="{route}",method="{method}",status="{status}"'
            lines.append(f"stepahead_requests_total{{{labels}}} {count}")
        lines.append("# TYPE stepahead_request_seconds histogram")
        for route, held in sorted(self.seconds.items()):
            lines += held.lines("stepahead_request_seconds", f'route="{route}"')
        lines.append("# TYPE stepahead_batch_requests histogram")
        lines += self.batches.lines("stepahead_batch_requests", "")
        lines.append("# TYPE stepahead_model_loads_total counter")
        for (model, outcome), count in sorted(self.loads.items()):
            labels = f'model="{escaped(model)}",outcome="{outcome}"'
            lines.append(f"stepahead_model_loads_total{{{labels}}} {count}")
        resident = resident_bytes()
        if resident:
            lines += ["# TYPE process_resident_memory_bytes gauge"]
            lines += [f"process_resident_memory_bytes {resident}"]
        return "\n".join(lines) + "\n"


def escaped(label: str) -> str:
    r"""The value of a label, escaped.

    >>> escaped('a"b\n')
    'a\\"b\\n'
    """
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def resident_bytes() -> int:
    """Resident memory of this process in bytes; 0 if the system does not report it."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * 4096
