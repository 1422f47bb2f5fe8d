"""A helper: one child process that keeps models in memory and answers questions about them, a line
of JSON each; ended and started anew where an answer takes too long."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from ..._check import Refusal
from ._endings import FAILED, ending

PATIENCE = 60.0
"""Seconds that one answer may take."""


class Helper:
    """The child process of one kind of questions, started at the first one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, question: dict[str, Any], seconds: float = PATIENCE) -> Any:
        """The answer to one question; refused as the child refuses it, or where the child ends."""
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
        """Start the child, which loads what it needs while nobody waits yet."""
        if self._lock.acquire(blocking=False):  # else it runs, and answers somebody
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
        """Wait for the end of the child, and let it go; its exit code."""
        child, self._child = self._child, None
        assert child is not None
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):  # what was not read by a child that is gone
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
