"""`Processes`: worker processes on this machine, each with a fixed share of its cores."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .._check import Refusal, whole
from ._engine import Chunk, Engine, Outcome

LIVES = 3
"""The number of workers that may die on one chunk before it counts as failed."""

_ROOT = str(Path(__file__).parents[2])
_BEGIN = (
    "import sys; sys.path.insert(0, {root!r}); from stepahead.distributed import serve; "
    "serve({cores!r})"
)


class Processes(Engine):
    """`workers` processes on this machine, by default one for each core. Each is a new Python
    process, not a fork, and exchanges lines of JSON through pipes: nothing is pickled, and no port
    is opened.

    Each worker has its own share of the cores, so that the native code of two workers does not
    compete for them. Workers start with the first call and live until the engine is closed, so
    models are loaded only once. A worker that dies (for example, killed for its memory) is
    replaced, and its chunk is tried again; a chunk on which `LIVES` workers died counts as failed.
    On Ctrl-C the workers stop at once.

    >>> with Processes(1) as engine:
    ...     [outcome.result for outcome in engine.map("operator:mul", [(2, 3), (4, 5)])]
    [6, 20]
    """

    def __init__(self, workers: int | None = None) -> None:
        self.cores = _cores()
        self.workers = len(self.cores) if workers is None else whole("workers", workers)
        self._lock = threading.Lock()
        self._children: dict[int, subprocess.Popen[str]] = {}
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that run now."""
        with self._lock:
            return tuple(child.pid for child in self._children.values())

    def map(self, function: str, chunks: Iterable[Chunk]) -> Iterator[Outcome]:
        """As `Engine.map`."""
        if self._closed:
            raise Refusal("The engine is closed. Make another one.")
        work = _Work(function, enumerate(chunks), queue.Queue())
        for number in range(self.workers):
            threading.Thread(target=self._run, args=(number, work), daemon=True).start()
        running = self.workers
        while running:
            outcome, error = work.ended.get()
            if error is not None:
                raise error
            if outcome is None:
                running -= 1
            else:
                yield outcome

    def close(self) -> None:
        """As `Engine.close`."""
        with self._lock:
            self._closed = True
            for child in self._children.values():
                child.kill()
            for child in self._children.values():
                child.communicate()
            self._children.clear()

    def _run(self, number: int, work: "_Work") -> None:
        """Send calls to one worker until there are no more."""
        try:
            while not self._closed:
                with self._lock:
                    call = next(work.calls, None)
                if call is None:
                    break
                outcome = None
                for _ in range(LIVES):
                    child = self._worker(number)
                    outcome = _asked(child, work.function, *call)
                    if outcome is not None or self._closed:
                        break
                    self._end(number)
                if not self._closed:
                    work.ended.put((outcome or _lost(call[0]), None))
            work.ended.put((None, None))
        except BaseException as error:  # from the iterator of chunks, or from starting a process
            work.ended.put((None, error))

    def _worker(self, number: int) -> "subprocess.Popen[str]":
        """The worker of that number; a new one, with its share of the cores, if none runs."""
        with self._lock:
            if self._closed:
                raise Refusal("The engine is closed. Make another one.")
            if number not in self._children:
                share = self.cores[number % len(self.cores) :: self.workers]
                begin = _BEGIN.format(root=_ROOT, cores=",".join(map(str, share)))
                self._children[number] = subprocess.Popen(
                    [sys.executable, "-P", "-c", begin],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    encoding="utf-8",
                    start_new_session=True,  # Ctrl-C goes to the parent, which stops its workers
                )
            return self._children[number]

    def _end(self, number: int) -> None:
        """Forget a worker that died."""
        with self._lock:
            child = self._children.pop(number, None)
        if child is not None:
            with suppress(OSError):
                child.communicate()

    def __repr__(self) -> str:
        return f"Processes({self.workers})"


class _Work(NamedTuple):
    """A map in progress: the calls that are left, and a queue of what finished: outcomes, errors,
    and None from each thread that has no more to do."""

    function: str
    calls: Iterator[tuple[int, Chunk]]
    ended: "queue.Queue[tuple[Outcome | None, BaseException | None]]"


def _asked(
    child: "subprocess.Popen[str]", function: str, place: int, chunk: Chunk
) -> Outcome | None:
    """The outcome of one call; None if the worker died."""
    assert child.stdin is not None and child.stdout is not None  # they are pipes
    call = {"place": place, "function": function, "chunk": chunk}
    try:
        child.stdin.write(json.dumps(call) + "\n")
        child.stdin.flush()
        return Outcome(**json.loads(child.stdout.readline()))
    except (OSError, ValueError):  # half a line, or none
        return None


def _lost(place: int) -> Outcome:
    return Outcome(
        place,
        failure=f"{LIVES} workers died over it, one after the other; the memory may not suffice.",
    )


def _cores() -> list[int]:
    """The cores that this process may use; empty if the system does not list them."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
