"""A helper: one child process that keeps models in memory and answers requests about them, one line
of JSON each. It is restarted if an answer takes too long."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from ..._check import Refusal
from ._endings import FAILED, ending

PATIENCE = 60.0
"""Time limit of one answer, in seconds."""


class Helper:
    """The child process for one kind of requests, started at the first one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, question: dict[str, Any], seconds: float = PATIENCE) -> Any:
        """The answer to one request. If the child raises an error, or ends, this is an error
        too."""
        with self._lock:
            child = self._child = self._running()
            assert child.stdin is not None
            assert child.stdout is not None
            late = threading.Event()

            def end() -> None:
                late.set()
                child.kill()

            timer = threading.Timer(seconds, end)
            timer.start()
            try:
                with suppress(BrokenPipeError):
                    child.stdin.write(json.dumps(question).encode() + b"\n")
                    child.stdin.flush()
                line = child.stdout.readline()
            finally:
                timer.cancel()
            if not line:
                code = self._ended()
                if late.is_set():
                    raise Refusal(f"This took longer than {seconds:.0f} s and was ended.")
                raise Refusal(ending(FAILED, "", code)["sentence"])
        answer = json.loads(line)
        if "error" in answer:
            raise Refusal(answer["error"])
        return answer["value"]

    def start(self) -> None:
        """Start the child, so that it imports what it needs before the first request."""
        if self._lock.acquire(blocking=False):  # else it is running already
            try:
                self._child = self._running()
            finally:
                self._lock.release()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._ended()

    def _ended(self) -> int:
        """Wait until the child has ended, forget it, and return its exit code."""
        child, self._child = self._child, None
        assert child is not None
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):  # unread input of a child that has ended
                if pipe is not None:
                    pipe.close()
        return code

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is not None:
            if self._child.poll() is None:
                return self._child
            self._ended()
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "stepahead.web.app.work", self.kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
