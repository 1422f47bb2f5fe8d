"""The loop of a helper: a question a line in, an answer a line out."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from ...._check import Refusal
from ._tell import plain

Answers = dict[str, Callable[..., Any]]
"""For each kind of question, the function that answers it; the other fields are its arguments."""


def serve(answers: Answers) -> None:
    """Answer questions until there are no more; a mistake of ours is a sentence, too."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    for line in sys.stdin.buffer:
        question = json.loads(line)
        try:
            answer = {"value": answers[question.pop("do")](**question)}
        except Refusal as refusal:
            answer = {"error": str(refusal)}
        except MemoryError:
            answer = {"error": "This needed more memory than there is. Ask for less."}
        # A helper goes on: what nobody foresaw becomes a sentence, and the next question comes.
        except Exception as error:
            answer = {
                "error": f"An unexpected {type(error).__name__} stopped this: {error}. This is a "
                "bug in stepahead."
            }
        out.write(json.dumps(plain(answer), allow_nan=False).encode() + b"\n")
        out.flush()
