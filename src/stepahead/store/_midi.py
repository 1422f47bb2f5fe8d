"""Write piano rolls as MIDI files."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Float

from .._check import Refusal, whole
from .._extras import extras_needed
from .._files import write_atomically

MOST_TICKS = 32_767
"""The largest number of ticks per beat in a MIDI file."""


def save_midi(
    roll: Float[np.ndarray, "time key"],
    path: str | Path,
    *,
    tempo: int = 120,
    frames: int = 2,
    lowest: int = 21,
) -> Path:
    """Write a piano roll (`time key`, values 0 and 1) as a MIDI file: column k is MIDI note
    `lowest` + k, `frames` frames make a beat (at most 32,767), and `tempo` is in beats per minute
    (at least 4).

    A note in consecutive frames is held: a roll does not distinguish it from a repeated note.

    >>> from tempfile import mkdtemp
    >>> import mido
    >>> path = save_midi(np.array([[1, 0.0], [1, 1], [0, 1]]), Path(mkdtemp()) / "a.mid", lowest=60)
    >>> [(m.type, m.note, m.time) for m in mido.MidiFile(path).tracks[0] if not m.is_meta]
    [('note_on', 60, 0), ('note_on', 61, 240), ('note_off', 60, 240), ('note_off', 61, 240)]
    """
    with extras_needed():
        import mido

    roll = np.asarray(roll)
    if roll.ndim != 2 or not np.isin(roll, (0, 1)).all():
        raise Refusal(
            f"`roll` must be 0 and 1, [time, key], but its shape is {roll.shape} and it holds "
            f"{np.unique(roll)[:5]}."
        )
    if lowest < 0 or lowest + roll.shape[1] > 128:
        raise Refusal(
            f"MIDI knows the keys 0 to 127, but these are {lowest} to "
            f"{lowest + roll.shape[1] - 1}. Give another `lowest`."
        )
    if whole("frames", frames) > MOST_TICKS:
        raise Refusal(
            f"`frames` must be at most {MOST_TICKS:,}, the finest that a MIDI file tells apart, "
            f"but it is {frames}. Give fewer."
        )
    if not 0 < (beat := mido.bpm2tempo(whole("tempo", tempo))) < 1 << 24:
        raise Refusal(
            "`tempo` must be from 4 to 60,000,000 beats a minute in a MIDI file, but it is "
            f"{tempo}. Give 120."
        )
    ticks = max(1, 480 // frames)
    file = mido.MidiFile(ticks_per_beat=ticks * frames)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=beat, time=0)])
    file.tracks.append(track)
    closed = np.pad(roll.astype(np.int8), ((1, 1), (0, 0)))
    now = 0
    for frame, change in enumerate(np.diff(closed, axis=0)):
        for kind, keys in (
            ("note_off", np.flatnonzero(change < 0)),
            ("note_on", np.flatnonzero(change > 0)),
        ):
            for key in keys:
                track.append(
                    mido.Message(
                        kind,
                        note=int(lowest + key),
                        velocity=80 if kind == "note_on" else 0,
                        time=(frame - now) * ticks,
                    )
                )
                now = frame
    written = io.BytesIO()
    file.save(file=written)
    write_atomically(Path(path), written.getvalue())
    return Path(path)
