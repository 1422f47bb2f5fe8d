"""Files that are written completely or not at all, and files that are read whether gzipped or
not."""

import contextlib
import errno
import gzip
import os
import secrets
import zlib
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
    """Context manager: yields the path of a temporary file next to `path`. The file replaces `path`
    if the block succeeds and is removed if it fails.

    After a crash there is the old file or the new one, never a part. Every call has a temporary
    file of its own, so several processes and threads may write to one path at the same time: none
    fails, and the last to finish wins.

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
        raise Refusal(
            f"'{path}' could not be written: {wrong.strerror or wrong}. {remedy}"
        ) from wrong
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write all of `data` to `path`, or nothing."""
    with written_whole(path) as beside:
        beside.write_bytes(data)


def unpacked(path: Path, kind: str) -> bytes:
    """Return the content of a file, gzipped or not. Refuse a file that cannot be read or is
    damaged; `kind` describes the expected file in the message.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.gz").write_bytes(gzip.compress(b"text"))
    ...     unpacked(Path(folder, "a.gz"), "a text file")
    b'text'
    """
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise Refusal(
            f"'{path}' cannot be read: {wrong.strerror or wrong}. Give the path of {kind}."
        ) from wrong
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as wrong:
        raise Refusal(
            f"'{path}' is a damaged gzip file: {wrong}. Download or compress it again."
        ) from wrong
