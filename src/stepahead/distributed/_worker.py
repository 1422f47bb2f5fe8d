"""The life of one worker process: a line of JSON in, the call, a line of JSON out."""

import json
import os
import sys
from contextlib import suppress
from typing import Any

from ._engine import outcome_of


def serve(cores: str) -> None:
    """Answer the calls that come on the standard input, on these `cores` alone ("0,1"; "" is
    any), until it ends.

    Whatever else is printed goes to the error stream, so that the output holds answers only.
    """
    if cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # a container may have taken cores away since
            os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print_line(answers, answer(line))


def answer(line: str) -> str:
    """The answer to one call, both as JSON.

    >>> answer('{"place": 4, "function": "operator:add", "chunk": [1, 2]}')
    '{"place": 4, "result": 3, "failure": null, "refused": false}'
    """
    call = json.loads(line)
    done = outcome_of(call["place"], call["function"], tuple(call["chunk"]))
    return json.dumps(done._asdict())


def print_line(stream: Any, text: str) -> None:
    """Write a line and send it off."""
    stream.write(text + "\n")
    stream.flush()
