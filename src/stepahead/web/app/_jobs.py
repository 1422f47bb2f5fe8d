"""Jobs: work in child processes, a few at once, with a limit on the queue."""

import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..._check import Refusal
from ..._files import write_atomically
from ._endings import CANCELLED, DONE, FAILED, ending

MOST_WAITING = 8
"""The largest number of jobs in the queue; another one is an error."""


@dataclass(eq=False)
class Job:
    """One piece of work in its own folder: `request.json` describes it, the child appends to
    `events.jsonl` and writes its results next to it.

    `seconds` is the time limit. `ended` is None until the job has ended, then it is the last event;
    that is kept in memory, so that a full disk cannot hide it.
    """

    folder: Path
    kind: str
    request: dict[str, Any]
    seconds: float
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    child: "subprocess.Popen[bytes] | None" = None
    cancelled: bool = False
    stopping: bool = False
    ended: dict[str, Any] | None = None

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events so far; after the end, the last one is `ended`."""
        path = self.folder / "events.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        told = [json.loads(line) for line in lines]
        return told if self.ended is None else [*told, self.ended]

    def result(self, name: str) -> Any:
        """A JSON file that the child wrote; an error before it exists."""
        try:
            return json.loads((self.folder / name).read_bytes())
        except FileNotFoundError:
            raise Refusal("That is not computed yet. Wait a little.") from None


class Jobs:
    """The jobs of one app: `cores` of them run at once, at most `MOST_WAITING` wait."""

    def __init__(self, folder: Path, cores: int | None = None) -> None:
        self.folder = folder
        self.by_name: dict[str, Job] = {}
        self._waiting: queue.Queue[Job | None] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(cores or os.cpu_count() or 1)
        ]
        for thread in self._threads:
            thread.start()

    def start(self, kind: str, request: dict[str, Any], seconds: float) -> Job:
        """Add a job to the queue; a full queue and a full disk are errors."""
        job = Job(self.folder, kind, request, seconds)
        job.folder = self.folder / job.name
        try:
            job.folder.mkdir(parents=True)
        except OSError as wrong:
            raise Refusal(f"No folder for the jobs could be made: {wrong.strerror}.") from wrong
        write_atomically(job.folder / "request.json", json.dumps(request).encode())
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            raise Refusal(
                f"{MOST_WAITING} jobs are waiting already. Wait until one is done, or cancel one."
            ) from None
        self.by_name[job.name] = job
        return job

    def find(self, name: str) -> Job:
        """The job with that name; an unknown name is an error."""
        if name not in self.by_name:
            raise Refusal("There is no such job: the app was restarted. Give the file again.")
        return self.by_name[name]

    def cancel(self, job: Job) -> None:
        """End a job at once, or remove it from the queue."""
        job.cancelled = True
        self._signal(job, "SIGKILL")

    def stop(self, job: Job) -> None:
        """Ask a job to end with its results so far."""
        job.stopping = True
        self._signal(job, "SIGINT")

    def close(self) -> None:
        """End every job."""
        for job in list(self.by_name.values()):
            if job.ended is None:
                self.cancel(job)
        for _ in self._threads:
            with suppress(queue.Full):
                self._waiting.put_nowait(None)

    def _signal(self, job: Job, name: str) -> None:
        with self._lock:
            if job.child is not None and job.child.poll() is None:
                number = getattr(signal, name, signal.SIGTERM)
                with suppress(OSError):
                    os.killpg(job.child.pid, number)

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            job.ended = self._ended(job)

    def _ended(self, job: Job) -> dict[str, Any]:
        """Run a job to its end, and return its last event."""
        if job.cancelled:
            return ending(CANCELLED)
        command = [sys.executable, "-P", "-m", "stepahead.web.app.work", job.kind, str(job.folder)]
        try:
            with self._lock:
                job.child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except OSError as wrong:
            return ending(FAILED, f"The job could not be started: {wrong.strerror}.")
        if job.cancelled:
            self._signal(job, "SIGKILL")
        began = time.monotonic()
        try:
            _, said = job.child.communicate(timeout=job.seconds)
        except subprocess.TimeoutExpired:
            self._signal(job, "SIGKILL")
            job.child.communicate()
            return ending(FAILED, f"It took longer than {job.seconds:.0f} s and was ended.")
        code = job.child.returncode
        too_early = job.stopping and (code == -signal.SIGINT or b"KeyboardInterrupt" in said)
        if job.cancelled or too_early:
            return ending(CANCELLED)
        if code == 0:
            return ending(DONE, seconds=time.monotonic() - began)
        return ending(FAILED, said.decode(errors="replace"), code)
