"""`Ray`: workers of a Ray cluster, or of one on this machine."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from .._check import Refusal, whole
from .._extras import extras_needed
from ._engine import Chunk, Engine, Outcome, outcome_of

AHEAD = 3
"""Chunks that are handed over for each core, so that none waits; the cluster never holds all."""

RETRIES = 2
"""Times that a chunk is tried again whose worker died."""

LOOPBACK = "127.0.0.1"


class Ray(Engine):
    """The workers of a Ray cluster: `Ray("ray://host:10001")` of one that runs, `Ray(workers=2)` of
    a new one on this machine, which listens on the loopback alone and has no dashboard.

    Needs the extra `[ray]`, and a process that uses Ray for nothing else. All workers must see the
    files and folders by the same paths. Whoever reaches the ports of a cluster runs code on it: see
    the guide on large data.
    """

    def __init__(self, address: str | None = None, workers: int = 2) -> None:
        with extras_needed():
            import ray
        self._ray: Any = ray
        if ray.is_initialized():
            raise Refusal("Ray runs in this process already. Shut it down first: `ray.shutdown()`.")
        if address is None:
            _begin_here(ray, whole("workers", workers))
        else:
            try:
                ray.init(address=address, log_to_driver=False)
            except (ConnectionError, ValueError) as wrong:
                raise Refusal(
                    f"There is no Ray cluster at '{address}': {wrong}. Start one, or give its "
                    "address."
                ) from wrong

    def map(self, function: str, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """As `Engine.map`; a chunk whose worker dies is tried again on another one."""
        call = self._ray.remote(num_cpus=1, max_retries=RETRIES)(outcome_of)
        calls = enumerate(chunks)
        places: dict[Any, int] = {}

        def hand_over() -> None:
            found = next(calls, None)
            if found is not None:
                places[call.remote(found[0], function, found[1])] = found[0]

        for _ in range(AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))):
            hand_over()
        while places:
            (ended,), _ = self._ray.wait(list(places), num_returns=1)
            place = places.pop(ended)
            hand_over()
            try:
                outcome = self._ray.get(ended)
            except self._ray.exceptions.RayError as error:
                outcome = Outcome(place, failure=f"its worker died: {error}")
            yield outcome

    def close(self) -> None:
        """End the cluster of this machine; of another one let go."""
        self._ray.shutdown()

    def __repr__(self) -> str:
        return "Ray()"


def _begin_here(ray: Any, workers: int) -> None:
    """A cluster on this machine, on the loopback alone.

    Ray would take the address by which other machines reach this one, and listen there, unless it
    believes that no cluster is possible, as on a laptop.
    """
    from ray._private import ray_constants

    ray_constants.ENABLE_RAY_CLUSTER = False
    with warnings.catch_warnings():
        # of JAX, where it is loaded: Ray's processes are other programs from their first line on
        warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
        try:
            ray.init(
                num_cpus=workers,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
            )
        except Exception as wrong:  # of no class of its own
            ray.shutdown()
            raise Refusal(
                f"Ray did not start on this machine: {wrong} Try again when it is less busy, or "
                "give another engine."
            ) from wrong
    reached = {node["NodeManagerAddress"] for node in ray.nodes()}
    if reached != {LOOPBACK}:
        ray.shutdown()
        raise Refusal(
            f"Ray listens on {', '.join(sorted(reached))}, where other machines reach it. Start a "
            "cluster that is closed to them, and give its address."
        )
