"""The file format: safetensors with a versioned JSON header, written atomically and checked when
read."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from safetensors.numpy import save

from .._check import Refusal
from .._files import write_atomically
from ._pack import Arrays

FORMAT = 2
"""The format version in the header; half-precision files have their own."""

HALF_PRECISION = 3
"""The format version of files whose networks have weights in half precision, which readers of
format 2 cannot read. Higher versions are errors."""

_NAME = "stepahead"


def write(path: Path, header: dict[str, Any], arrays: Arrays) -> None:
    """Write a file atomically: after a crash there is the old file or the new one, never a part of
    it."""
    text = json.dumps({"format": FORMAT, **header}, sort_keys=True, allow_nan=False)
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    data = save(arrays, metadata={_NAME: text, "digest": _digest(text, arrays)})
    write_atomically(path, _in_order(data))


def _in_order(data: bytes) -> bytes:
    """The file with its metadata sorted by name, so that equal values give files that are equal to
    the bit (the format leaves the order open)."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # arrays begin at a multiple of eight bytes
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


def read(path: Path) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays. A file that is missing, truncated, changed, of a newer version or of
    another program is an error, each with its own message."""
    if not path.is_file():
        raise Refusal(f"There is no file '{path}'. Give the path that `save` wrote.")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            names = file.keys()
            arrays = {name: file.get_tensor(name) for name in names}
    except (safetensors.SafetensorError, OSError) as wrong:
        raise Refusal(
            f"'{path}' is not a whole stepahead file: it is truncated, or of another kind "
            f"({wrong}). Save the model again, or copy it again."
        ) from wrong
    if _NAME not in metadata:
        raise Refusal(
            f"'{path}' is a safetensors file, but not one that stepahead wrote. Give a file that "
            "`save` wrote."
        )
    text = metadata[_NAME]
    try:
        header = json.loads(text)
        version = header["format"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refusal(
            f"The header of '{path}' cannot be read: the file was modified. Save the model again."
        ) from wrong
    if not isinstance(version, int) or version < 1:
        raise Refusal(
            f"The header of '{path}' names the format {version!r}, which there never was. Save the "
            "model again."
        )
    if version > HALF_PRECISION:
        raise Refusal(
            f"'{path}' has format {version}, and this version reads up to {HALF_PRECISION}. Update "
            "stepahead."
        )
    if metadata.get("digest") != _digest(text, arrays):
        raise Refusal(
            f"'{path}' was changed after it was written: its digest does not fit. Use the "
            "original, or save the model again."
        )
    return header, arrays


def _digest(text: str, arrays: Arrays) -> str:
    """SHA-256 over the header and every array with its name, type and shape."""
    total = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()
