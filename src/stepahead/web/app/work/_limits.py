"""Limits that a child process sets for itself before it opens a file."""

import os
from typing import Any

GIB = 1 << 30

READING_MEMORY, READING_SECONDS = 6 * GIB, 120
"""Address space in bytes, and processor time in seconds, for reading a file."""

FILE_SIZE = 8 * GIB
"""The largest file that a child may write, in bytes."""


def limit(kind: str, request: dict[str, Any]) -> None:
    """Limit memory, processor time and the size of written files, if the operating system supports
    it."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = {resource.RLIMIT_FSIZE: FILE_SIZE, resource.RLIMIT_CORE: 0}
    if kind == "understand":
        limits |= {resource.RLIMIT_AS: READING_MEMORY, resource.RLIMIT_CPU: READING_SECONDS}
    else:  # the drawing program reserves terabytes of addresses, and uses few
        seconds = READING_SECONDS + 2 * (os.cpu_count() or 1) * float(request.get("budget", 60))
        limits |= {resource.RLIMIT_DATA: physical}
        limits |= {resource.RLIMIT_CPU: int(seconds)} if kind in ("answer", "train") else {}
    for name, most in limits.items():
        _, hard = resource.getrlimit(name)
        resource.setrlimit(name, (most if hard < 0 else min(most, hard), hard))
