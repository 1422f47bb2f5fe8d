"""The state of the app: its folder, its files, the jobs, and what its pages need."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import jinja2

from ..._check import Refusal, counted
from ._files import Given
from ._helper import Helper
from ._jobs import Jobs

HERE = Path(__file__).parent


class State:
    """The state of one app. `drawing` returns the program that draws figures, 0.9 MB of JavaScript;
    it is called at the first request for it. `models` are the files from the command line that
    label, tag or translate texts."""

    def __init__(
        self,
        drawing: Callable[[], str],
        cores: int | None = None,
        models: Sequence[Path] = (),
    ) -> None:
        self.models = {path.stem: path for path in models}
        self.folder = Path(tempfile.mkdtemp(prefix="stepahead-app-"))
        self.jobs = Jobs(self.folder, cores)
        self.given: dict[str, Given] = {}
        self._drawing = drawing
        self._helpers: dict[str, Helper] = {}

    @cached_property
    def drawing(self) -> bytes:
        """The JavaScript program that draws figures."""
        return self._drawing().encode()

    @cached_property
    def pages(self) -> jinja2.Environment:
        """The templates; all text in them is escaped."""
        pages = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        pages.filters |= {
            "counted": counted,
            "grouped": lambda number: f"{number:,}",
            "capitalize_first": lambda text: text[:1].upper() + text[1:],
        }
        return pages

    def add(self, given: Given) -> Given:
        """Add a file, and start to read it."""
        given.read(self.jobs)
        self.given[given.name] = given
        return given

    def find(self, name: str) -> Given:
        """The file with that name; an unknown name is an error."""
        if name not in self.given:
            raise Refusal("There is no such file: the app was restarted. Give the file again.")
        return self.given[name]

    def helper(self, kind: str) -> Helper:
        """The helper for one kind of requests."""
        return self._helpers.setdefault(kind, Helper(kind))

    def close(self) -> None:
        """End jobs and helpers, and remove the folder."""
        self.jobs.close()
        for helper in self._helpers.values():
            helper.close()
        shutil.rmtree(self.folder, ignore_errors=True)
