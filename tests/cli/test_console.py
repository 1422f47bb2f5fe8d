"""Messages while a command works: none for quick work, none when quiet."""

import time

import pytest

from stepahead.cli.shared import _console


def test_what_takes_long_is_said_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_console, "QUICK_SECONDS", 0.02)
    monkeypatch.setattr(_console, "EVERY_SECONDS", 0.02)
    for quiet, seconds, least, most in ((False, 0.2, 2, 10), (False, 0.0, 0, 0), (True, 0.1, 0, 0)):
        with _console.Console(quiet).waiting("reading big.csv, 147 MB"):
            time.sleep(seconds)
        said = capsys.readouterr().err
        assert least <= said.count("reading big.csv, 147 MB: 0 s so far\n") <= most, said
        assert quiet or seconds or not said
