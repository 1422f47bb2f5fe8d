"""Fingerprint of the C++ sources: every native library contains that of the sources it was built
from, so that a library from other sources is detected before it is called.

`python _sources.py` prints it, for the build; so this file imports nothing of the package.
"""

import hashlib
import re
import sys
from functools import cache
from pathlib import Path


@cache
def fingerprint(folder: Path) -> str | None:
    """Return a hash of the C++ files in a folder and below, without comments and spaces; None if
    there are none, as in an installed wheel."""
    files = sorted(each for end in ("cc", "h") for each in folder.rglob(f"*.{end}"))
    told = hashlib.sha256()
    for each in files:
        code = "".join(re.sub(r"//[^\n]*", "", each.read_text("utf-8")).split())
        told.update(f"{each.relative_to(folder).as_posix()}\n{code}\n".encode())
    return told.hexdigest()[:16] if files else None


if __name__ == "__main__":
    sys.stdout.write(f"{fingerprint(Path(__file__).parent)}\n")
