"""Weights in half precision: half the file, each weight within a stated error, refused where they
need more than 16 bits."""

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import stepahead as sa
from stepahead import models
from stepahead.data import Tokens, Vocabulary
from stepahead.generation import LanguageModel
from stepahead.store._half import halved, widened

WORDS = 2000


def language_model() -> LanguageModel:
    """An untrained network over many words, whose file is its weights."""
    vocabulary = Vocabulary(("<unk>", "</s>", *(f"w{number}" for number in range(WORDS - 2))))
    return LanguageModel.untrained(0, spec=models.Embedded(models.LSTM(32)), vocabulary=vocabulary)


def weights(model: object) -> list[np.ndarray]:
    return [np.asarray(each) for each in jax.tree.leaves(model) if hasattr(each, "dtype")]


@given(st.lists(st.floats(-65504, 65504, width=32), min_size=1))
def test_a_weight_changes_by_no_more_than_is_said(numbers: list[float]) -> None:
    given_ = np.array(numbers, np.float32)
    found = widened(halved({"w": given_}))["w"]
    assert found.dtype == np.float32
    size = np.abs(given_.astype(np.float64))
    allowed = np.where(size < 2.0**-14, 2.0**-25, size * 2.0**-11)
    assert (np.abs(found.astype(np.float64) - given_) <= allowed).all()


def test_a_file_is_half_as_large_and_scores_the_same_but_for_rounding(tmp_path: Path) -> None:
    model = language_model()
    sa.save(model, tmp_path / "single")
    sa.save(model, tmp_path / "half", half_precision=True)
    sizes = {name: (tmp_path / name).stat().st_size for name in ("single", "half")}
    assert sizes["half"] < 0.56 * sizes["single"]  # the words themselves take the rest
    loaded = sa.load(tmp_path / "half")
    for one, other in zip(weights(loaded.model), weights(model.model), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=2.0**-11, atol=2.0**-25)
    texts = ["w1 w2 w3 w4", "w5 w6"]
    want = model.score(texts).log_probs
    assert (loaded.score(texts).log_probs != want).any()
    np.testing.assert_allclose(loaded.score(texts).log_probs, want, rtol=0, atol=2e-3)
    by_numpy = sa.load(tmp_path / "half", in_numpy=True).score(texts).log_probs
    np.testing.assert_allclose(by_numpy, loaded.score(texts).log_probs, rtol=1e-5)
    # What was rounded once is not rounded again.
    sa.save(loaded, tmp_path / "again", half_precision=True)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "half").read_bytes()


def test_only_weights_of_networks_are_rounded(tmp_path: Path) -> None:
    series = sa.Panel.from_arrays([np.arange(24.0) + np.sin(np.arange(24)) / 3])
    counts = sa.fit(models.NGram(2), Tokens.from_texts(["a b a c"]), key=0)
    ets = sa.fit(sa.forecasting.ETS(), series, 3, key=0)
    for number, one in enumerate((counts, ets)):
        sa.save(one, tmp_path / f"{number}", half_precision=True)
        sa.save(one, tmp_path / "usual")
        assert (tmp_path / f"{number}").read_bytes() == (tmp_path / "usual").read_bytes()
    np.testing.assert_array_equal(
        sa.load(tmp_path / "0").score(["a b"]).log_probs, counts.score(["a b"]).log_probs
    )
    double = {"w": np.array([1 / 3])}  # of a network in double precision
    assert halved(double)["w"].dtype == np.float64
    loaded = sa.load(tmp_path / "1")
    np.testing.assert_array_equal(loaded.predict().mean, ets.predict().mean)
    np.testing.assert_array_equal(loaded.history.values, series.values)


def test_a_weight_beyond_sixteen_bits_is_refused(tmp_path: Path) -> None:
    model = language_model()
    large = replace(model, model=jax.tree.map(lambda leaf: leaf + 7e4, model.model))
    with pytest.raises(sa.Refusal, match=r"is 7e\+04, and numbers of 16 bits end at 65,504"):
        sa.save(large, tmp_path / "large", half_precision=True)
    assert not list(tmp_path.iterdir())
