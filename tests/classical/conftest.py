"""Every rule holds on both paths: compiled code, and NumPy where there is none."""

import pytest

from stepahead.native import series


@pytest.fixture(params=["compiled", "numpy"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one of the two that runs."""
    if request.param == "compiled" and not series.available():
        pytest.skip("the package was built without its compiled kernels")
    monkeypatch.setattr(series, "available", lambda: request.param == "compiled")
    return str(request.param)
