"""Piano rolls: which of 88 keys sound at every step of a piece, for many pieces."""

from pathlib import Path

import numpy as np

from ..._check import Refusal
from ...data import Panel

LOWEST = 21
"""The MIDI number of the lowest of 88 keys, A0."""

_NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")

_PARTS = {"train": "traindata", "valid": "validdata", "test": "testdata"}


def read_piano_rolls(path: str | Path) -> dict[str, Panel]:
    """Read a `.mat` file of piano rolls with the splits of Boulanger-Lewandowski et al. 2012:
    panels "train", "valid" and "test".

    Each piece is a series, each step a frame, each channel a key: 1 while it sounds, else 0.
    Channels are named after the notes, A0 (MIDI 21) to C8 (MIDI 108).
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        held = loadmat(Path(path))
    except (OSError, MatReadError, ValueError, IndexError, NotImplementedError) as wrong:
        raise Refusal(
            f"'{path}' cannot be read as a MATLAB file: {wrong}. Give a `.mat` of piano rolls."
        ) from wrong
    missing = [name for name in _PARTS.values() if name not in held]
    if missing:
        raise Refusal(
            f"'{path}' has no '{missing[0]}'. A file of piano rolls holds "
            f"{', '.join(_PARTS.values())}."
        )
    return {part: _panel(held[name], name, path) for part, name in _PARTS.items()}


def key_names() -> tuple[str, ...]:
    """The names of the 88 keys.

    >>> key_names()[:4], key_names()[39]
    (('A0', 'A♯0', 'B0', 'C1'), 'C4')
    """
    return tuple(
        f"{_NOTES[number % 12]}{number // 12 - 1}" for number in range(LOWEST, LOWEST + 88)
    )


def _panel(pieces: np.ndarray, name: str, path: str | Path) -> Panel:
    rolls = [np.asarray(piece) for piece in pieces.reshape(-1)]
    for number, roll in enumerate(rolls, 1):
        if roll.ndim != 2 or roll.shape[1] != 88 or not np.isin(roll, (0, 1)).all():
            raise Refusal(
                f"Piece {number} of '{name}' in '{path}' is not a roll of 0 and 1 for 88 keys. Its "
                f"shape is {roll.shape}."
            )
    return Panel.from_arrays(rolls, names=key_names())
