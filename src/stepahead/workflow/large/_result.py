"""The results of jobs in chunks: a folder with its parts."""

from pathlib import Path


class InParts:
    """A result that lies in `folder` as `part-000000.parquet` and on."""

    folder: Path

    @property
    def parts(self) -> list[Path]:
        """The files, in the order of the ids."""
        return sorted(self.folder.glob("part-*.parquet"))
