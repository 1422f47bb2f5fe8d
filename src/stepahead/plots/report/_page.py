"""Figures on an HTML page: as wide as the page, with their legends as text above, and one drawing
program for all."""

import functools
from pathlib import Path
from typing import Any

import altair as alt

from .._sheet import theme_sheet
from .._theme import Figure
from ._html import Markup, element, joined, program, style, values_script

SHEET, SCRIPT = (Path(__file__).with_name(f"report.{ending}") for ending in ("css", "js"))

NARROWEST = 260
"""Width of a figure on the smallest phone, in pixels: nothing below a figure may be wider."""

NOTHING_FROM_OUTSIDE = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
"""The content security policy of the page: no request leaves it, and no text is executed; the
drawing program evaluates its expressions as data (`ast` in report.js)."""


def chart(figure: Figure, name: str, label: str, *, height: int, legend: bool = True) -> Markup:
    """One figure with the id `name` and its legend above; `label` describes it for screen readers,
    `height` is in pixels."""
    spec = specification(figure, label, height)
    words = legend_of(spec) if legend else None
    spec["layer"] = [without_legend(layer) for layer in spec["layer"]]
    box = element(
        "div",
        id=name,
        class_="chart",
        role="img",
        aria_label=label,
        data_spec=f"{name}-data",
        style=f"height:{height}px",
    )
    return element("div", words, box, values_script(spec, f"{name}-data"), class_="figure")


def specification(figure: Figure, label: str, height: int) -> dict[str, Any]:
    """The Vega-Lite specification of the figure, with the width of its box, and without title and
    legend, which the page shows as text."""
    fluid = figure.properties(
        width="container",
        height=height,
        padding=1,
        autosize={"type": "fit", "contains": "padding"},
        description=label,
        title="",
    )
    with alt.data_transformers.enable("default", max_rows=None):
        spec: dict[str, Any] = fluid.to_dict(validate=False)
    del spec["title"]
    # a longer title leaves no room for the figure
    for axis, room in (("axisY", height - 60), ("axisX", NARROWEST)):
        spec["config"][axis] = spec["config"].get(axis, {}) | {"titleLimit": room}
    return spec


def without_legend(layer: dict[str, Any]) -> dict[str, Any]:
    """A layer without a legend for its colours and dashes."""
    encoding = layer.get("encoding", {})
    bare = {
        channel: encoding[channel] | {"legend": None}
        for channel in ("color", "strokeDash")
        if channel in encoding
    }
    return layer | {"encoding": encoding | bare} if bare else layer


def legend(figure: Figure) -> Markup | None:
    """The legend of a figure alone, for several figures that share it."""
    return legend_of(figure.to_dict(validate=False))


def legend_of(spec: dict[str, Any]) -> Markup | None:
    """The entries of the first colour scale in a specification, as a list, with dashes as in the
    lines; None if colours have no meaning.

    >>> legend_of(
    ...     {
    ...         "layer": [
    ...             {
    ...                 "encoding": {
    ...                     "color": {"scale": {"domain": ["a", "b"], "range": ["red", "blue"]}}
    ...                 }
    ...             }
    ...         ]
    ...     }
    ... )
    '<ul class="legend"><li><i style="background:red"></i>a</li><li><i
    style="background:blue"></i>b</li></ul>'
    """
    for layer in [spec, *spec.get("layer", [])]:
        encoding = layer.get("encoding", {})
        scale = encoding.get("color", {}).get("scale", {})
        if len(scale.get("domain", ())) > 1:
            dashes = (
                encoding.get("strokeDash", {})
                .get("scale", {})
                .get("range", [[1, 0]] * len(scale["domain"]))
            )
            entries = zip(scale["domain"], scale["range"], dashes, strict=True)
            return element(
                "ul",
                *(element("li", _sign(colour, dash), str(name)) for name, colour, dash in entries),
                class_="legend",
            )
    return None


def _sign(colour: str, dash: list[int]) -> Markup:
    """A square of the colour, or a piece of a dashed line."""
    on, off = dash
    if not off:
        return element("i", style=f"background:{colour}")
    return element(
        "i",
        style=(
            f"background:repeating-linear-gradient(90deg,{colour} 0 {on}px,#fff {on}px"
            f" {on + off}px)"
        ),
        class_="line",
    )


@functools.cache
def drawing_program() -> str:
    """The program that draws figures in a page: 0.9 MB of JavaScript, the same in every call. It is
    created in the first call, which takes seconds."""
    import vl_convert

    return vl_convert.javascript_bundle(vl_version=vega_lite())  # type: ignore[call-arg]  # the stub wrongly requires a snippet


def vega_lite() -> str:
    """The version of Vega-Lite, such as 6.1."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def page(title: str, *content: Markup, drawing: str) -> str:
    """A page that needs no network, with the drawing program once."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=NOTHING_FROM_OUTSIDE),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        style(theme_sheet() + SHEET.read_text(encoding="utf-8")),
    )
    body = element(
        "body",
        element("main", *content),
        program(drawing),
        program(SCRIPT.read_text(encoding="utf-8")),
    )
    return "<!DOCTYPE html>\n" + joined(element("html", head, body, lang="en")) + "\n"
