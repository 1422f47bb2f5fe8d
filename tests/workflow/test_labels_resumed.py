"""A comparison of classifiers that was killed goes on where it stopped, and ends the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import workflow
from stepahead.data import Labelled, Tokens
from stepahead.workflow import LabelCandidate, label_candidates
from stepahead.workflow._deadline import OutOfTime
from stepahead.workflow._held_out import FinishedParts


class Killed(BaseException):
    """The end of the process."""


TEXTS = Labelled.of(
    Tokens.from_texts([f"{word} {n}" for n in range(15) for word in ("good", "bad")]),
    ["p", "n"] * 15,
)


class Watched:
    """The first candidates, their fits counted; the process is killed in the fit `dies`."""

    def __init__(self, dies: int | None = None) -> None:
        self.fits, self.dies = 0, dies

    def __call__(self, labelled: Labelled) -> tuple[LabelCandidate, ...]:
        return tuple(self._watched(one) for one in label_candidates(labelled)[:2])

    def _watched(self, one: LabelCandidate) -> LabelCandidate:
        def fit(*arguments: Any) -> Iterator[Any]:
            self.fits += 1
            if self.fits == self.dies:
                raise Killed
            return one.fit(*arguments)

        return LabelCandidate(one.name, fit, one.strengths)


def chosen(watched: Watched, data: Labelled = TEXTS, **options: Any) -> workflow.LabelChoice:
    return workflow.auto_label(data, key=0, clock=lambda: 0.0, choose_from=watched, **options)


def test_a_killed_comparison_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    alone, killed, again = Watched(), Watched(dies=14), Watched()
    folder = tmp_path / "run"
    sa.save(chosen(alone).model, tmp_path / "alone.stepahead")
    with pytest.raises(Killed):
        chosen(killed, checkpoint=folder)
    assert len(list(folder.iterdir())) == 13
    with pytest.raises(sa.Refusal, match="another run"):
        chosen(Watched(), TEXTS.take(np.arange(28)), checkpoint=folder)
    sa.save(chosen(again, checkpoint=folder).model, tmp_path / "again.stepahead")
    assert again.fits == alone.fits - 13
    assert not folder.exists()
    one, other = (tmp_path / f"{name}.stepahead" for name in ("alone", "again"))
    assert one.read_bytes() == other.read_bytes()


def test_ctrl_c_keeps_what_was_compared_and_the_same_call_goes_on(tmp_path: Path) -> None:
    def interrupt(event: workflow.LabelCandidateDone) -> None:
        if event.number == 1:
            raise KeyboardInterrupt

    again = Watched()
    left = chosen(Watched(), checkpoint=tmp_path / "run", on_event=interrupt)
    assert left.interrupted and "Interrupted" in left.sentence and left.score is not None
    assert len(left.leaderboard) == 3
    whole = chosen(again, checkpoint=tmp_path / "run")
    assert not whole.interrupted and not (tmp_path / "run").exists()
    assert again.fits == len(whole.model.members)


def test_the_time_of_what_was_done_counts_again(tmp_path: Path) -> None:
    now = [0.0]

    def slow() -> list[np.ndarray]:
        now[0] += 7.0
        return [np.arange(2)]

    def late() -> list[np.ndarray]:
        now[0] += 5.0
        raise OutOfTime

    for begins in (0.0, 100.0):
        now[0] = begins
        parts = FinishedParts(tmp_path / "run", "this run", lambda: now[0])
        assert parts.arrays("slow", slow)[0].tolist() == [0, 1]
        assert parts.clock() - begins == 7.0
        with pytest.raises(OutOfTime):
            parts.arrays("late", late)
        assert parts.clock() - begins == 12.0
    assert now[0] == 100.0
