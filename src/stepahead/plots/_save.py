"""Save a figure to a file, without a browser and without a network."""

import io
from pathlib import Path

from .._check import Refusal
from .._files import write_atomically
from ._theme import Figure

FORMATS = ("png", "svg", "html")


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG (two pixels per point), SVG or HTML, by the extension of `path`, and
    return the path.

    The HTML file needs no network. The file appears when it is complete, and replaces an older one
    of that name. An unknown extension, or a folder that does not exist, is an error.

    >>> from tempfile import mkdtemp
    >>> from stepahead.plots import series_plot
    >>> figure = series_plot({"unique_id": ["a", "a"], "ds": [0, 1], "y": [1.0, 2.0]})
    >>> save_figure(figure, Path(mkdtemp()) / "figure.svg").read_text()[:4]
    '<svg'
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise Refusal(
            f"A figure is written as .png, .svg or .html, but `path` is '{path}'. Change its "
            "ending."
        )
    if not path.parent.is_dir():
        raise Refusal(
            f"There is no folder '{path.parent}' to write '{path.name}' into. Make it first, or "
            "name another one."
        )
    if kind == "html":
        content = figure.to_html(inline=True).encode()
    elif kind == "svg":
        text = io.StringIO()
        figure.save(text, format="svg")
        content = text.getvalue().encode()
    else:
        pixels = io.BytesIO()
        figure.save(pixels, format="png", scale_factor=2)
        content = pixels.getvalue()
    write_atomically(path, content)
    return path
