"""The last event of a job: how it ended, with a sentence for the page."""

import errno
import signal
from typing import Any

DONE, FAILED, CANCELLED = "done", "failed", "cancelled"

MARGIN = 300.0
"""Seconds after its time budget when a job is ended."""

REFUSED, DISK_FULL, MEMORY_FULL = 2, 28, 12
"""Exit codes of the child process: bad input, with the sentence on its error stream; disk full;
memory limit reached."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Operating system errors that mean that nothing more can be written."""

_WORDS = {
    DISK_FULL: "The disk is full. Free some space, then try again.",
    MEMORY_FULL: (
        "The job needed more memory than allowed, and was ended. Give a smaller file, or fewer "
        "columns."
    ),
    -signal.SIGKILL: (
        "The process of this job was killed, most likely because the machine ran out of "
        "memory. Close other programs or give a smaller file, then try again."
    ),
    **(
        {-signal.SIGXCPU: "The job needed more processor time than allowed, and was ended."}
        if hasattr(signal, "SIGXCPU")
        else {}
    ),
}


def full_disk() -> str:
    """The message for a full disk."""
    return _WORDS[DISK_FULL]


def ending(how: str, said: str = "", code: int = 0, seconds: float | None = None) -> dict[str, Any]:
    """The last event: `how` the job ended, with a sentence unless that is `DONE`.

    >>> ending(FAILED, "", -9)["sentence"][:40]
    'The process of this job was killed, most'
    >>> ending(FAILED, "Line 3 has 5 cells. Correct it.", 2)["sentence"]
    'Line 3 has 5 cells. Correct it.'
    """
    event: dict[str, Any] = {"event": "ended", "how": how}
    if seconds is not None:
        event["seconds"] = round(seconds, 2)
    if how == CANCELLED:
        event["sentence"] = "Cancelled."
    elif how == FAILED:
        event["sentence"] = _sentence(said.strip(), code)
    return event


def _sentence(said: str, code: int) -> str:
    if code in _WORDS:
        return _WORDS[code]
    if code in (0, REFUSED) and said:
        return said
    if code < 0:
        return f"The process of this job was ended by signal {-code}. Try again."
    last = said.splitlines()[-1] if said else f"exit code {code}"
    return f"An unexpected error stopped the job: {last}. This is a bug in stepahead."
