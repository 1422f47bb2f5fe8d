"""Files that are whole whenever they are seen: the one way in which anything of ours is written."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from ._check import Refusal

_REMEDIES = {
    errno.ENOSPC: "Free some space there, or name another place.",
    errno.EDQUOT: "Free some space there, or name another place.",
    errno.ENOENT: "Make its folder first, or name another place.",
    errno.EACCES: "Name a place where you may write.",
    errno.EROFS: "Name a place where you may write.",
    errno.EISDIR: "Name a file, not a folder.",
}


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A new file beside `path` to write to; it takes the place of `path` once the block has ended well, and is gone if it has not.

    A crash leaves the old file or the new one, never a half. The file beside is this call's own, so that any number of processes and
    threads may write to one path at the same time: none fails, and the last to end wins.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(Path(folder, "a.txt")) as beside:
    ...         _ = beside.write_text("whole")
    ...     [(path.name, path.read_text()) for path in Path(folder).iterdir()]
    [('a.txt', 'whole')]
    """
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.part")
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as wrong:
        remedy = _REMEDIES.get(wrong.errno or 0, "Name another place.")
        raise Refusal(f"'{path}' could not be written: {wrong.strerror or wrong}. {remedy}") from wrong
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write all of `data`, or nothing."""
    with written_whole(path) as beside:
        beside.write_bytes(data)
