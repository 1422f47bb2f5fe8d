"""The megabytes that the core and each extra install, with what they require.

    python benchmarks/sizes.py

Counts the files of the packages in this environment, each package once; of an extra, what it brings
beyond the core, bytecode included. One that is not installed whole is named.
"""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement


def required(name: str, extra: str = "") -> set[str]:
    """The packages that one requires, with all that these require."""
    found, left = set[str](), [(name, extra)]
    seen = set[tuple[str, str]]()
    while left:
        package, of = left.pop()
        if (package, of) in seen:
            continue
        seen.add((package, of))
        for line in distribution(package).requires or []:
            need = Requirement(line)
            if need.marker is not None and not need.marker.evaluate({"extra": of}):
                continue
            called = re.sub(r"[-_.]+", "-", need.name).lower()
            found.add(called)
            left += [(called, more) for more in ("", *need.extras)]
    return found


def megabytes(name: str) -> float:
    """The size of the files of a package, in millions of bytes."""
    files = distribution(name).files or []
    paths = [Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> None:
    """Print a line for the core, and one for each extra."""
    core = required("stepahead")
    total = sum(map(megabytes, sorted(core)))
    print(f"{'(core)':10} {len(core):3} packages {total:7.0f} MB")
    for extra in sorted(distribution("stepahead").metadata.get_all("Provides-Extra") or []):
        try:
            more = required("stepahead", extra) - core - {"stepahead"}
            size = sum(map(megabytes, sorted(more)))
        except PackageNotFoundError as absent:
            print(f"{extra:10} {absent.name} is not installed")
        else:
            print(f"{extra:10} {len(more):3} packages {size:7.0f} MB")


if __name__ == "__main__":
    main()
