"""The oldest versions that the package allows are those that its tests are run with."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at its end.

    >>> numbers("2.0") == numbers("2.0.0") == (2,)
    True
    """
    parts = [int(part) for part in version.split(".")]
    while parts[-1:] == [0]:
        parts.pop()
    return tuple(parts)


def test_floors_are_the_versions_of_the_lowest_run() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = [*project["dependencies"]]
    for extra in ("music", "networks", "plots", "samples", "text"):
        needs += project["optional-dependencies"][extra]
    floors = dict(each.split(">=") for each in needs)
    lowest = dict(re.findall(r"^([\w-]+)==(.+)$", (ROOT / "lowest.txt").read_text(), re.MULTILINE))
    assert lowest.pop("jaxlib") == lowest["jax"]  # of one version with it
    assert {name: numbers(of) for name, of in floors.items()} == {
        name: numbers(of) for name, of in lowest.items()
    }
