"""Piano rolls: what sounds next, scored per frame, and an opening continued.

    python benchmarks/sequences/music.py [FOLDER] [--only Nottingham]

Nottingham's folk tunes and Bach's chorales (JSB) as rolls of 88 keys, split as
Boulanger-Lewandowski et al. 2012 did. An LSTM is fed the keys of a frame and puts out a probability
for each key of the next, independent of each other given the past. The first frame of a piece is
predicted too, from a first state that is learned. Training reads stretches of 128 frames; scored
are whole pieces: nats per frame, summed over the keys, averaged in both ways: over all frames, and
per piece and then over pieces (as the figures of Bai et al. 2018: LSTM 3.29, GRU 3.46). To reach on
Nottingham: at most 3.3.

Keys that sound together depend on each other, which the outputs of the net do not say. So n-grams
whose words are whole frames stand beside it, and the mixture of both. Settings, the epoch, the
longest n-gram and the weights are chosen on the validation pieces. Needs the data folder
(STEPAHEAD_DATA). With a FOLDER, models, a continuation as MIDI and checkpoints go there.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead import models, training
from stepahead.data import ConditionalSequences, Panel, Tokens
from stepahead.generation import RowScore
from stepahead.readers import read_piano_rolls
from stepahead.store import save_midi

DATA = (
    Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data")) / "music"
)
SETTINGS = {"Nottingham": (256, 0.5, 30), "JSB_Chorales": (200, 0.5, 60)}
"""Width, dropout between the two layers, epochs."""

ORDERS = (2, 3, 4, 6, 8, 12)
"""Longest n-grams of frames that are tried."""

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


def n_grams_of_frames(rolls: dict[str, Panel]) -> tuple[int, dict[str, RowScore]]:
    """n-grams whose words are the frames of the training pieces: the length that is best on the
    validation frames among them, and the scores of both other parts. A frame that no training piece
    has gets probability 0."""
    train = as_words(rolls["train"])
    parts = {
        part: as_words(rolls[part]).with_vocabulary(train.vocabulary) for part in ("valid", "test")
    }
    found = []
    for order in ORDERS:
        counted = sa.fit(models.NGram(order), train)
        scores = {}
        for part, frames in parts.items():
            ends = frames.offsets[1:] + np.arange(len(frames))
            told = np.delete(counted.score(frames).log_probs, ends)  # those of the frames alone
            scores[part] = RowScore(np.where(frames.ids == 0, -np.inf, told), frames.offsets)
        told = scores["valid"].log_probs
        found.append((float(told[np.isfinite(told)].mean()), order, scores))
    _, order, scores = max(found, key=lambda each: each[0])
    return order, scores


def mixed_with_frames(by_net: dict[str, RowScore], rolls: dict[str, Panel]) -> dict[str, RowScore]:
    """The net and the n-grams of frames, weighted by the validation frames."""
    order, by_frames = n_grams_of_frames(rolls)
    both = {part: np.stack([by_net[part].log_probs, by_frames[part].log_probs]) for part in by_net}
    weights = np.array(models.mixing_weights(both["valid"]))
    unseen = np.isneginf(by_frames["test"].log_probs).mean()
    print(
        f"the mixture is {weights[0]:.0%} LSTM and {weights[1]:.0%} {order}-grams of whole frames; "
        f"{unseen:.1%} of the test frames are in no training piece"
    )
    return {
        part: RowScore(np.logaddexp(*(np.log(weights)[:, None] + said)), by_net[part].offsets)
        for part, said in both.items()
    }


def as_words(panel: Panel) -> Tokens:
    """Every frame a word: the numbers of its keys."""
    return Tokens.from_sequences(
        [
            [
                " ".join(map(str, np.flatnonzero(frame))) or "silence"
                for frame in panel.series(place)
            ]
            for place in range(len(panel))
        ]
    )


def one(name: str, width: int, dropout: float, epochs: int, folder: Path | None) -> None:
    """One collection."""
    rolls = read_piano_rolls(DATA / f"{name}.mat")
    train, parts = (
        stretches(rolls["train"]),
        {part: whole_pieces(rolls[part]) for part in ("valid", "test")},
    )
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
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
    by_net = {part: model.score(pieces) for part, pieces in parts.items()}
    mixed = mixed_with_frames(by_net, rolls)
    for judged, scores in (("LSTM", by_net), ("mixture", mixed)):
        for part, score in scores.items():
            print(
                f"  {judged:7} {part:5} {-score.per_row:6.3f} nats per frame over all frames, "
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
