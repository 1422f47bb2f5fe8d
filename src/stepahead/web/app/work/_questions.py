"""The loop of a helper: one line of JSON in for each request, one line out for each answer."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from ...._check import Refusal
from ._events import plain

Answers = dict[str, Callable[..., Any]]
"""For each kind of request, the function that answers it; the other fields are its arguments."""


def serve(answers: Answers) -> None:
    """Answer requests until there are no more; an unexpected error also becomes a sentence."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # prints of libraries must not be mixed with answers
    for line in sys.stdin.buffer:
        question = json.loads(line)
        try:
            answer = {"value": answers[question.pop("do")](**question)}
        except Refusal as refusal:
            answer = {"error": str(refusal)}
        except MemoryError:
            answer = {"error": "This needed more memory than there is. Ask for less."}
        # The helper continues after an unexpected error, which becomes a sentence.
        except Exception as error:
            answer = {
                "error": f"An unexpected {type(error).__name__} stopped this: {error}. This is a "
                "bug in stepahead."
            }
        out.write(json.dumps(plain(answer), allow_nan=False).encode() + b"\n")
        out.flush()
