"""Piano rolls: what sounds next, scored per frame, and an opening continued.

    python benchmarks/sequences/music.py [FOLDER] [--only Nottingham]

Nottingham's folk tunes and Bach's chorales (JSB) as rolls of 88 keys, split as
Boulanger-Lewandowski et al. 2012 did. An LSTM is fed the keys of a frame and puts out a probability
for each key of the next, independent of each other given the past. The first frame of a piece is
predicted too, from a first state that is learned. Training reads stretches of 128 frames; scored
are whole pieces: nats per frame, summed over the keys, averaged in both ways: over all frames, and
per piece and then over pieces (as the figures of Bai et al. 2018: LSTM 3.29, GRU 3.46). To reach on
Nottingham: at most 3.4. Settings and the epoch are chosen on the validation pieces. Needs the data
folder (STEPAHEAD_DATA). With a FOLDER, models, a continuation as MIDI and checkpoints go there.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead import models, training
from stepahead.data import ConditionalSequences, Panel
from stepahead.readers import read_piano_rolls
from stepahead.store import save_midi

DATA = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data")) / "music"
)
SETTINGS = {"Nottingham": (256, 0.5, 30), "JSB_Chorales": (200, 0.5, 60)}
"""Width, dropout between the two layers, epochs."""

SPAN, STRIDE = 128, 64
"""Training reads stretches of so many frames, one beginning every so many; the last one of a piece
may be shorter."""


def main() -> None:
    """Train on each, score, continue an opening."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--only", choices=sorted(SETTINGS))
    given = arguments.parse_args()
    for name, (width, dropout, epochs) in SETTINGS.items():
        if given.only in (None, name):
            one(name, width, dropout, epochs, given.folder)


def whole_pieces(panel: Panel) -> ConditionalSequences:
    """Each piece from its beginning: the vector is 1."""
    return ConditionalSequences(np.ones((len(panel), 1), np.float32), panel)


def stretches(panel: Panel) -> ConditionalSequences:
    """Stretches of the pieces; the vector is 1 where one begins with its piece, 0 where it begins
    inside."""
    starts = [np.arange(0, max(length - STRIDE, 1), STRIDE) for length in panel.lengths]
    rolls = [
        panel.series(place)[first : first + SPAN]
        for place, part in enumerate(starts)
        for first in part
    ]
    return ConditionalSequences(
        (np.concatenate(starts)[:, None] == 0).astype(np.float32),
        Panel.from_arrays(rolls, names=panel.names),
    )


def one(name: str, width: int, dropout: float, epochs: int, folder: Path | None) -> None:
    """One collection."""
    rolls = read_piano_rolls(DATA / f"{name}.mat")
    train, parts = (
        stretches(rolls["train"]),
        {part: whole_pieces(rolls[part]) for part in ("valid", "test")},
    )
    begun, used = time.monotonic(), time.process_time()
    updates = epochs * -(-len(train) // 32)
    recipe = training.BySequence(
        epochs, 32, training.adam(training.cosine(3e-3, updates)), patience=8
    )

    def tell(event: training.Epoch) -> None:
        passed = time.monotonic() - begun
        print(
            f"epoch {event.number:2}: training {event.loss:6.3f}, validation "
            f"{event.validation:6.3f}, {passed:5.0f} s",
            flush=True,
        )

    spec = models.Decoder(models.LSTM(width, layers=2, dropout=dropout))
    progress = None if folder is None else folder / f"{name}.progress"
    model = sa.fit(
        spec,
        train,
        key=0,
        head=models.Bernoulli(),
        training=recipe,
        validation=parts["valid"],
        on_event=tell,
        checkpoint=progress,
    )
    spent = (
        f"{time.monotonic() - begun:.0f} s ({time.process_time() - used:.0f} s of processor time)"
    )
    print(f"{name}: trained in {spent}; {model.learning.stopped}")
    for part in ("valid", "test"):
        score = model.score(parts[part])
        print(
            f"  {part:5} {-score.per_row:6.3f} nats per frame over all frames, "
            f"{-score.per_series:6.3f} per piece and then over pieces"
        )
    if folder is not None:
        sa.save(model, folder / f"{name}.stepahead")
        opening = parts["test"].targets.series(0)[:32]
        drawn = model.sample(np.ones(1), 128, key=0, opening=opening)[0]
        path = save_midi(np.concatenate([opening, drawn]), folder / f"{name}.mid", frames=4)
        print(
            f"  32 frames of a test piece and 128 drawn ones in {path}: "
            f"{drawn.sum(axis=1).mean():.2f} keys sound at a time"
        )


if __name__ == "__main__":
    main()
