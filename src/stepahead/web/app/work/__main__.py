"""The entry point of the child processes: first the limits, then the work; errors become exit
codes."""

import json
import sys
from pathlib import Path

from ...._check import Refusal
from .._endings import DISK_FULL, FULL, MEMORY_FULL, REFUSED
from ._events import Teller
from ._limits import limit


def main(kind: str, folder: Path) -> int:
    """Do the work of `kind` that `request.json` describes, and return the exit code."""
    request = json.loads((folder / "request.json").read_bytes())
    limit(kind, request)
    tell = Teller(folder)
    try:
        if kind == "understand":
            from ._understand import understand

            understand(folder, request, tell)
        elif kind == "train":
            from ._train import train

            train(folder, request, tell)
        else:
            from ._answer import answer

            answer(folder, request, tell)
    except Refusal as refusal:
        if isinstance(refusal.__cause__, OSError) and _full(refusal.__cause__):
            return DISK_FULL
        sys.stderr.write(f"{refusal}\n")
        return REFUSED
    except MemoryError:
        return MEMORY_FULL
    except OSError as wrong:
        if _full(wrong):
            return DISK_FULL
        raise
    return 0


def _full(wrong: OSError) -> bool:
    return wrong.errno in FULL


def help_out(kind: str) -> int:
    """Answer requests of one kind until there are no more."""
    limit(kind, {})
    from ._questions import serve

    if kind == "text":
        from ._text import ANSWERS
    elif kind == "models":
        from ._named_models import ANSWERS
    elif kind == "what-if":
        from ._what_if import ANSWERS
    else:
        from ....outputs import cache_compiled
        from ._learn import ANSWERS

        cache_compiled()
    serve(ANSWERS)
    return 0


if __name__ == "__main__":
    sys.exit(help_out(sys.argv[1]) if len(sys.argv) == 2 else main(sys.argv[1], Path(sys.argv[2])))
