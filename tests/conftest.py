"""What every test relies on: the CPU, checked shapes, steady examples, the folder of data files."""

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from beartype import BeartypeConf, beartype
from hypothesis import settings
from jaxtyping import install_import_hook

os.environ.setdefault("JAX_PLATFORMS", "cpu")

checker = ModuleType("stepahead_shape_checker")
checker.check = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is a float, as everywhere in Python's typing
sys.modules[checker.__name__] = checker
install_import_hook("stepahead", f"{checker.__name__}.check")

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of data files that we may not redistribute, or a skip that says where it was looked for."""
    named = os.environ.get("STEPAHEAD_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs data files that are not part of the project: set STEPAHEAD_DATA to their folder (looked for {folder})")
    return folder
