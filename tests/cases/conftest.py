"""The folder of files that people have, which are not part of the project."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of these files, or a skip that says where it was looked for."""
    named = os.environ.get("STEPAHEAD_DATA")
    folder = (
        Path(named) if named else Path(__file__).parents[3] / "shared" / "data"
    ).parent / "cases"
    if not folder.is_dir():
        pytest.skip(
            "needs files that are not part of the project: set STEPAHEAD_DATA to the data folder "
            f"beside theirs (looked for {folder})"
        )
    return folder
