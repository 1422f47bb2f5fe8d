"""Broken pipes: in `stepahead inspect big.csv | head -2` the reader ends early, and the command
ends without an error."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _TolerantStream:
    """A stream that discards output after its reader has ended, instead of raising an error."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or discard."""
        try:
            return int(self._stream.write(text))
        except BrokenPipeError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Flush, or discard."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._drop()

    def _drop(self) -> None:
        """Send all further output to the null device, including buffered output and what Python
        writes at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


@contextmanager
def ignore_broken_pipes() -> Iterator[None]:
    """A context manager in which readers of the output and error streams can end early."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_TolerantStream(stream) for stream in streams)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams
