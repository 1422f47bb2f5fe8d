"""The main loop of a worker process: read a call as a line of JSON, run it, write a line of
JSON."""

import json
import os
import sys
from contextlib import suppress
from typing import Any

from ._engine import outcome_of


def serve(cores: str) -> None:
    """Answer the calls on the standard input until it ends, using these `cores` only ("0,1"; ""
    means any).

    Everything else that is printed goes to the error stream, so that the output holds only answers.
    """
    if cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # a container may have taken cores away since
            os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print_line(answers, answer(line))


def answer(line: str) -> str:
    """Return the answer to one call, both as JSON.

    >>> answer('{"place": 4, "function": "operator:add", "chunk": [1, 2]}')
    '{"place": 4, "result": 3, "failure": null, "refused": false}'
    """
    call = json.loads(line)
    done = outcome_of(call["place"], call["function"], tuple(call["chunk"]))
    return json.dumps(done._asdict())


def print_line(stream: Any, text: str) -> None:
    """Write a line and flush it."""
    stream.write(text + "\n")
    stream.flush()
