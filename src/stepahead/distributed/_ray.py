"""`Ray`: workers of a Ray cluster that runs already, or of a local one."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from .._check import Refusal, whole
from .._extras import extras_needed
from ._engine import Chunk, Engine, Outcome, outcome_of

AHEAD = 3
"""Chunks submitted for each core: enough that none waits, so the cluster never holds all of
them."""

RETRIES = 2
"""The number of times that a chunk is tried again after its worker died."""

LOOPBACK = "127.0.0.1"


class Ray(Engine):
    """The workers of a Ray cluster: `Ray("ray://host:10001")` connects to a running one;
    `Ray(workers=2)` starts one on this machine, which listens on the loopback interface only and
    has no dashboard.

    Needs the extra `[ray]`, and a process that does not use Ray for anything else. All workers must
    see the files and folders under the same paths. Anyone who can reach the ports of a cluster can
    run code on it: see the guide on large data.
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
        """Stop a local cluster; disconnect from any other."""
        self._ray.shutdown()

    def __repr__(self) -> str:
        return "Ray()"


def _begin_here(ray: Any, workers: int) -> None:
    """Start a cluster on this machine, on the loopback interface only.

    Ray would choose the address by which other machines reach this one, and listen there, unless it
    believes that no cluster is possible, as on a laptop.
    """
    from ray._private import ray_constants

    ray_constants.ENABLE_RAY_CLUSTER = False
    with warnings.catch_warnings():
        # JAX, if imported, warns of forks; Ray starts new programs without JAX's threads
        warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)
        try:
            ray.init(
                num_cpus=workers,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
            )
        except Exception as wrong:  # Ray has no error class for this
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
