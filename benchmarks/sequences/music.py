"""Piano rolls: what sounds next, judged per frame, and an opening continued.

    python benchmarks/sequences/music.py [FOLDER] [--only Nottingham]

Nottingham's folk tunes and Bach's chorales (JSB) as rolls of 88 keys, split as Boulanger-Lewandowski et al. 2012 did. An LSTM is fed the
keys of a frame and puts out a probability for each key of the next, independent of each other given the past. The first frame of a
piece is predicted too, from a first state that is learned. Negative log likelihood in nats per frame, summed over the keys, averaged
in both ways: over all frames, and per piece and then over pieces (as the figures of Bai et al. 2018: LSTM 3.29, GRU 3.46). To reach on
Nottingham: at most 3.4. Settings and the epoch are chosen on the validation pieces. Needs the data folder (STEPAHEAD_DATA). With a FOLDER,
models, a continuation as MIDI and checkpoints go there.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead import models, training
from stepahead.data import Described
from stepahead.readers import read_piano_rolls
from stepahead.store import save_midi

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data")) / "music"
SETTINGS = {"Nottingham": (200, 0.2, 30, 8), "JSB_Chorales": (128, 0.4, 60, 8)}
"""Width, dropout between the two layers, epochs, pieces in a minibatch."""


def main() -> None:
    """Train on each, judge, continue an opening."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--only", choices=sorted(SETTINGS))
    given = arguments.parse_args()
    for name, (width, dropout, epochs, batch) in SETTINGS.items():
        if given.only in (None, name):
            one(name, width, dropout, epochs, batch, given.folder)


def one(name: str, width: int, dropout: float, epochs: int, batch: int, folder: Path | None) -> None:
    """One collection."""
    parts = {
        part: Described(np.zeros((len(panel), 0), np.float32), panel) for part, panel in read_piano_rolls(DATA / f"{name}.mat").items()
    }
    begun, used = time.monotonic(), time.process_time()
    updates = epochs * -(-len(parts["train"]) // batch)
    recipe = training.BySequence(epochs, batch, training.adam(training.cosine(3e-3, updates)), patience=5)

    def tell(event: training.Epoch) -> None:
        passed = time.monotonic() - begun
        print(f"epoch {event.number:2}: training {event.loss:6.3f}, validation {event.validation:6.3f}, {passed:5.0f} s", flush=True)

    spec = models.Decoder(models.LSTM(width, layers=2, dropout=dropout))
    progress = None if folder is None else folder / f"{name}.progress"
    model = sa.fit(
        spec, parts["train"], key=0, head=models.Bernoulli(), training=recipe, validation=parts["valid"], on_event=tell, checkpoint=progress
    )
    spent = f"{time.monotonic() - begun:.0f} s ({time.process_time() - used:.0f} s of processor time)"
    print(f"{name}: trained in {spent}; {model.learning.stopped}")
    for part in ("valid", "test"):
        score = model.score(parts[part])
        print(f"  {part:5} {-score.per_row:6.3f} nats per frame over all frames, {-score.per_series:6.3f} per piece and then over pieces")
    if folder is not None:
        sa.save(model, folder / f"{name}.stepahead")
        opening = parts["test"].targets.series(0)[:32]
        drawn = model.sample(np.zeros(0), 128, key=0, opening=opening)[0]
        path = save_midi(np.concatenate([opening, drawn]), folder / f"{name}.mid", frames=4)
        print(f"  32 frames of a test piece and 128 drawn ones in {path}: {drawn.sum(axis=1).mean():.2f} keys sound at a time")


if __name__ == "__main__":
    main()
