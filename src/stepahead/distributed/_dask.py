"""`Dask`: workers of a Dask cluster that runs already, or of a local one."""

from collections.abc import Iterable, Iterator
from typing import Any

from .._check import Refusal, whole
from .._extras import extras_needed
from ._engine import Chunk, Engine, Outcome, outcome_of

AHEAD = 3
"""Chunks submitted for each worker: enough that none waits, few enough for the scheduler."""

RETRIES = 2
"""The number of times that a chunk is tried again after its worker died."""


PATIENCE = 15.0
"""Seconds to wait for the scheduler of a cluster."""

LOOPBACK = "127.0.0.1"

IDLE = {
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.worker.profile.enabled": False,
}
"""Settings of a local cluster whose monitoring nobody reads. With Dask's own settings two idle
workers use a tenth of a core; with these a third of that."""


class Dask(Engine):
    """The workers of a Dask cluster: `Dask("tcp://host:8786")` connects to a running one;
    `Dask(workers=2)` starts one on this machine, which listens on the loopback interface only and
    has no dashboard. A script that starts one needs `if __name__ == "__main__":`, because Dask
    starts its workers from the script.

    Needs the extra `[dask]`. All workers must see the files and folders under the same paths.
    Anyone who can reach the ports of a cluster can run code on it: see the guide on large data.
    """

    def __init__(self, address: str | None = None, workers: int = 2) -> None:
        with extras_needed():
            import dask
            from distributed import Client, LocalCluster
        self._cluster: Any = None
        if address is None:
            with dask.config.set(IDLE):
                self._cluster = LocalCluster(
                    n_workers=whole("workers", workers),
                    threads_per_worker=1,
                    host=LOOPBACK,
                    dashboard_address=f"{LOOPBACK}:0",  # of its status page; any free port
                    scheduler_kwargs={"dashboard": False},
                    worker_dashboard_address=None,
                )
        try:
            self._client: Any = Client(
                self._cluster or address, set_as_default=False, timeout=PATIENCE
            )
        except OSError as wrong:
            raise Refusal(
                f"There is no Dask scheduler at '{address}': {wrong}. Start one, or give its "
                "address."
            ) from wrong

    def map(self, function: str, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """As `Engine.map`; a chunk whose worker dies is tried again on another one."""
        from distributed import as_completed

        calls = enumerate(chunks)
        running = as_completed(loop=self._client.loop)
        places: dict[Any, int] = {}

        def hand_over() -> None:
            call = next(calls, None)
            if call is not None:
                future = self._client.submit(
                    outcome_of, call[0], function, call[1], pure=False, retries=RETRIES
                )
                places[future] = call[0]
                running.add(future)

        for _ in range(AHEAD * max(1, len(self._client.nthreads()))):
            hand_over()
        for future in running:
            place, error = places.pop(future), future.exception()
            hand_over()
            if error is not None:
                yield Outcome(place, failure=f"its worker died: {error}")
            else:
                yield Outcome(*future.result())

    def close(self) -> None:
        """Stop a local cluster; disconnect from any other."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def __repr__(self) -> str:
        return f"Dask({self._client.scheduler.address!r})"
