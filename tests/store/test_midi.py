"""Piano rolls as MIDI files: every frame takes its share of a beat."""

from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stepahead as sa
from stepahead.store import save_midi


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    frames=st.one_of(st.integers(1, 32_767), st.sampled_from([7, 480, 481, 32_767])),
    tempo=st.sampled_from([4, 120, 999]),
)
def test_a_frame_lasts_as_long_as_it_says(frames: int, tempo: int, tmp_path: Path) -> None:
    roll = np.array([[1.0], [0.0], [0.0], [1.0]])
    file = mido.MidiFile(save_midi(roll, tmp_path / "a.mid", frames=frames, tempo=tempo))
    times = (
        np.cumsum([message.time for message in file.tracks[0] if not message.is_meta])
        / file.ticks_per_beat
    )
    np.testing.assert_allclose(times, np.array([0, 1, 3, 4]) / frames, rtol=1e-12)
    np.testing.assert_allclose(file.length, 4 / frames * 60 / tempo, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"frames": 32_768}, "`frames` must be at most 32,767"),
        ({"tempo": 3}, "`tempo` must be from 4"),
        ({"tempo": 10**9}, "`tempo` must be"),
    ],
)
def test_what_a_file_cannot_tell_is_refused(
    options: dict[str, int], said: str, tmp_path: Path
) -> None:
    with pytest.raises(sa.Refusal, match=said):
        save_midi(np.ones((2, 1)), tmp_path / "a.mid", **options)
