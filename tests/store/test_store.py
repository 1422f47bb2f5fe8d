"""Saved = loaded, to the bit; and a file that is not what it should be is refused in a sentence."""

import json
import struct
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import stepahead as sa
from stepahead import data, models
from stepahead.store._file import read, write
from stepahead.training import Gradient

PANEL = sa.Panel.from_arrays(
    [np.cumsum(np.random.default_rng(s).normal(size=n)) + 50 for s, n in ((0, 60), (1, 45))],
    ids=["a shop", "ein Café"],
    start=np.datetime64("2020-01-31"),
    frequency=sa.Frequency.parse("ME"),
)
QUICK = Gradient(span=12, epochs=1, steps=2, batch=4)


def _fitted(spec, **options):
    return sa.fit(spec, PANEL, horizon=3, key=jax.random.key(3), **options)


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        (models.SeasonalNaive(12), {}),
        (
            models.LinearAR((1, 12), ridge=0.1),
            {"scaler": data.pipeline(data.log(), data.seasonal_additive(12), data.difference())},
        ),
        (models.GRU(4, layers=2), {"training": QUICK, "head": models.Quantiles()}),
        (
            models.Direct(models.MLPAR(3, (4,))),
            {"training": QUICK, "head": models.StudentT(), "scaler": data.robust()},
        ),
    ],
)
def test_saved_is_loaded_to_the_bit(tmp_path, spec, options):
    forecaster = _fitted(spec, **options)
    sa.save(forecaster, tmp_path / "model.stepahead")
    again = sa.load(tmp_path / "model.stepahead")
    first, second = (f.predict(5, quantiles=(0.1, 0.9)) for f in (forecaster, again))
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.quantiles, second.quantiles)
    assert again.summary() == forecaster.summary()
    assert again.history.ids.tolist() == ["a shop", "ein Café"]
    assert (again.history.times == PANEL.times).all()
    new = sa.Panel.from_arrays(
        [[51.0]], ids=["a shop"], start=PANEL.future(1)[0, 0], frequency=PANEL.frequency
    )
    np.testing.assert_array_equal(
        again.update(new).predict(2).mean, forecaster.update(new).predict(2).mean
    )


class _Level(eqx.Module):
    shape: jax.Array
    head: models.Head = eqx.field(static=True)

    def initial_state(self, batch):
        return ()

    def step(self, state, x):
        return state, self.head.at(
            jnp.repeat(x.value[:, None], self.head.horizon, axis=1), self.shape
        )


@dataclass(frozen=True)
class OwnNaive:
    """A specification of the user's own."""

    def build(self, channels, head, key):
        return _Level(jnp.zeros((head.horizon, channels.value, head.parameters)), head)


def test_an_own_specification_goes_by_its_class_and_by_nothing_in_the_file(tmp_path):
    forecaster = _fitted(OwnNaive(), training=QUICK, strategy=sa.forecasting.recursive)
    with pytest.raises(sa.Refusal, match="OwnNaive"):
        sa.save(forecaster, tmp_path / "own")
    assert not list(tmp_path.iterdir())
    sa.save(forecaster, tmp_path / "own", own=(OwnNaive,))
    with pytest.raises(sa.Refusal, match="own="):
        sa.load(tmp_path / "own")
    again = sa.load(tmp_path / "own", own=(OwnNaive,))
    np.testing.assert_array_equal(again.predict(2).mean, forecaster.predict(2).mean)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "model.stepahead"
    sa.save(_fitted(models.Drift()), path)
    return path


def _with_header(raw: bytes, change) -> bytes:
    """The file with its metadata changed by `change`, otherwise well formed."""
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    change(header["__metadata__"])
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + raw[8 + size :]


def _newer(metadata):
    metadata["stepahead"] = json.dumps({**json.loads(metadata["stepahead"]), "format": 99})


def _season_changed(metadata):
    metadata["stepahead"] = json.dumps({**json.loads(metadata["stepahead"]), "season": 7})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda raw: raw[: len(raw) // 2], "truncated"),
        (lambda raw: b"", "truncated"),
        (lambda raw: b"\x89PNG\r\n\x1a\n" + raw, "another kind"),
        (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), "changed after it was written"),
        (lambda raw: _with_header(raw, _season_changed), "changed after it was written"),
        (lambda raw: _with_header(raw, _newer), "format 99, and this version reads up to 3"),
        (
            lambda raw: _with_header(raw, lambda m: m.pop("stepahead")),
            "not one that stepahead wrote",
        ),
        (lambda raw: _with_header(raw, lambda m: m.update(stepahead="{")), "the file was modified"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path, saved, change, sentence):
    (tmp_path / "bad").write_bytes(change(saved.read_bytes()))
    with pytest.raises(sa.Refusal, match=sentence):
        sa.load(tmp_path / "bad")


def test_weights_for_a_kind_that_has_none_are_refused(tmp_path):
    path = tmp_path / "local.stepahead"
    sa.save(_fitted(sa.forecasting.RandomWalk()), path)
    header, arrays = read(path)
    write(path, {**header, "model": {"net": ""}}, arrays)
    with pytest.raises(
        sa.Refusal, match=r"does not hold what a .* is made of \(a .* has no weights\)"
    ):
        sa.load(path)


def test_no_file_and_no_folder_are_refused(tmp_path, saved):
    with pytest.raises(sa.Refusal, match="There is no file"):
        sa.load(tmp_path / "nothing")
    with pytest.raises(sa.Refusal, match="could not be written"):
        sa.save(sa.load(saved), tmp_path / "nowhere" / "model")


def test_a_failed_write_keeps_the_old_file(tmp_path, saved, monkeypatch):
    path = tmp_path / "model"
    path.write_bytes(saved.read_bytes())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(sa.Refusal, match="No space left"):
        sa.save(sa.load(saved), path)
    assert path.read_bytes() == saved.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
