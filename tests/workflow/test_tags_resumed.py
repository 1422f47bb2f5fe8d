"""A comparison of taggers that was killed goes on where it stopped, and ends the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import labelling, models, workflow
from stepahead.data import Tagged, Tokens
from stepahead.workflow import TagCandidate, tag_method

WORDS = [f"{article} {noun} runs" for article in ("the", "a") for noun in ("dog", "cat", "cow")]
TAGGED = Tagged(Tokens.from_texts(WORDS), Tokens.from_texts(["D N V"] * 6))


class Killed(BaseException):
    """The end of the process."""


class Watched:
    """The tagger by counts, its fits counted; the process is killed in the fit `dies`."""

    def __init__(self, dies: int | None = None, error: type[BaseException] = Killed) -> None:
        self.fits, self.dies, self.error = 0, dies, error

    def __call__(self, tagged: Tagged) -> tuple[TagCandidate, ...]:
        hmm = tag_method("hmm", models.HMMTagger())

        def fit(tagged: Tagged, key: Any, on_share: Any) -> labelling.TagModel:
            self.fits += 1
            if self.fits == self.dies:
                raise self.error
            return hmm.fit(tagged, key, on_share)

        return (TagCandidate("hmm", fit),)


def chosen(watched: Watched, tagged: Tagged = TAGGED, **options: Any) -> workflow.TagChoice:
    return workflow.auto_tag(tagged, key=0, clock=lambda: 0.0, choose_from=watched, **options)


def test_a_killed_comparison_of_taggers_ends_in_the_same_bytes(tmp_path: Path) -> None:
    alone, again, folder = Watched(), Watched(), tmp_path / "run"
    whole = chosen(alone)
    sa.save(whole.model, tmp_path / "alone.stepahead")
    with pytest.raises(Killed):
        chosen(Watched(dies=4), checkpoint=folder)
    assert len(list(folder.iterdir())) == 5 + 3  # folds of the baseline, and three of hmm
    with pytest.raises(sa.Refusal, match="another run"):
        chosen(Watched(), TAGGED.take(np.arange(5)), checkpoint=folder)
    found = chosen(again, checkpoint=folder)
    sa.save(found.model, tmp_path / "again.stepahead")
    assert again.fits == alone.fits - 3 and not folder.exists()
    assert repr(found.leaderboard) == repr(whole.leaderboard)
    one, other = (tmp_path / f"{name}.stepahead" for name in ("alone", "again"))
    assert one.read_bytes() == other.read_bytes()


def test_ctrl_c_in_the_last_fit_keeps_the_model_of_the_comparison(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(Killed):
        chosen(Watched(dies=6), checkpoint=folder)
    left = chosen(Watched(1, KeyboardInterrupt), checkpoint=folder)  # all folds are read
    assert left.interrupted and "Interrupted" in left.sentence and folder.exists()
    assert left.model.tag("the cow runs").texts() == ("D N V",)
    whole = chosen(Watched(), checkpoint=folder)
    assert not whole.interrupted and not folder.exists()
