"""Boxes and arrows between them as a figure."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import altair as alt
import pandas as pd

from .._theme import INK, PALETTE, QUIET, Figure

COLOURS = {
    "input": "#E8EAED",
    "state": "#D3E0FB",
    "back": "#CFE9E4",
    "output": "#FBE3D3",
    "vector": "#EAD7E6",
}
"""The colour of each kind of box."""

PIXELS = (92, 74)
"""Size of a step and of a layer, in pixels."""

WIDTH, HEIGHT = 0.36, 0.22
"""Half the size of a box, in steps and in layers."""


class Box(NamedTuple):
    """A box: its middle (in steps to the right and layers up), its text, and its kind."""

    x: float
    y: float
    text: str
    kind: str


class Arrow(NamedTuple):
    """An arrow between two boxes by name; `shift` is its distance to the right of their middles."""

    start: str
    end: str
    dashed: bool
    shift: float


@dataclass
class Drawing:
    """Boxes by name with their positions, arrows between them, and a title."""

    title: str = ""
    boxes: dict[str, Box] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)

    def named(self, title: str) -> "Drawing":
        """The same drawing with this title."""
        self.title = title
        return self

    def box(self, name: str, x: float, y: float, text: str, kind: str) -> None:
        """Add a box."""
        self.boxes[name] = Box(x, y, text, kind)

    def arrow(self, start: str, end: str, dashed: bool = False, shift: float = 0.0) -> None:
        """Add an arrow from one box to another, `shift` to the right of their middles, behind all
        boxes between them."""
        self.arrows.append(Arrow(start, end, dashed, shift))

    def stack(
        self,
        name: str,
        first: int,
        steps: int,
        layers: int,
        *,
        base: float = 1.0,
        kind: str = "state",
        reverse: bool = False,
    ) -> None:
        """Add layers of states over steps: each state is connected to the one above and to the next
        in time."""
        for layer in range(layers):
            for step in range(steps):
                self.box(f"{name}{layer}.{step}", first + step, base + layer, "h", kind)
                if layer:
                    self.arrow(f"{name}{layer - 1}.{step}", f"{name}{layer}.{step}")
                if step:
                    ends = (f"{name}{layer}.{step - 1}", f"{name}{layer}.{step}")
                    self.arrow(*(ends[::-1] if reverse else ends))


def figure_of(drawing: Drawing) -> Figure:
    """Return the chart: boxes, their labels, and arrows from edge to edge."""
    boxes = pd.DataFrame(
        [
            {
                "x": x - WIDTH,
                "right": x + WIDTH,
                "y": y - HEIGHT,
                "top": y + HEIGHT,
                "text": text,
                "at": x,
                "level": y,
                "colour": COLOURS[kind],
            }
            for x, y, text, kind in drawing.boxes.values()
        ]
    )
    lines = pd.DataFrame(
        [
            _line(drawing.boxes[arrow.start], drawing.boxes[arrow.end], arrow)
            for arrow in drawing.arrows
        ]
    )
    left, right = float(boxes["x"].min()) - 0.1, float(boxes["right"].max()) + 0.1
    low, high = float(boxes["y"].min()) - 0.1, float(boxes["top"].max()) + 0.1
    x = alt.X("x:Q", axis=None, scale={"domain": [left, right], "nice": False})
    y = alt.Y("y:Q", axis=None, scale={"domain": [low, high], "nice": False})
    frames = (
        alt.Chart(boxes)
        .mark_rect(cornerRadius=5, stroke="#C4C9D0")
        .encode(x=x, x2="right:Q", y=y, y2="top:Q", color=alt.Color("colour:N", scale=None))
    )
    words = (
        alt.Chart(boxes)
        .mark_text(color=INK, fontSize=13)
        .encode(x=alt.X("at:Q", axis=None), y=alt.Y("level:Q", axis=None), text="text:N")
    )
    dash = alt.StrokeDash(
        "dash:N", scale={"domain": [False, True], "range": [[1, 0], [4, 3]]}, legend=None
    )
    tint = alt.Color("tint:N", scale=None)
    rules = (
        alt.Chart(lines)
        .mark_rule(strokeWidth=1.4)
        .encode(x=x, x2="x2:Q", y=y, y2="y2:Q", strokeDash=dash, color=tint)
    )
    heads = (
        alt.Chart(lines)
        .mark_point(shape="triangle", filled=True, size=46, opacity=1)
        .encode(
            x=alt.X("x2:Q", axis=None),
            y=alt.Y("y2:Q", axis=None),
            angle=alt.Angle("turn:Q", scale=None),
            color=tint,
        )
    )
    size = {"width": PIXELS[0] * (right - left), "height": PIXELS[1] * (high - low)}
    drawn: Any = alt.layer(rules, frames, words, heads, **size)
    return drawn


def _line(start: Box, end: Box, arrow: Arrow) -> dict[str, Any]:
    """An arrow from the edge of one box to the edge of another, and the angle of its head, in
    degrees."""
    x, y, x2, y2 = start.x + arrow.shift, start.y, end.x + arrow.shift, end.y
    across, up = x2 - x, y2 - y
    share = min(WIDTH / abs(across) if across else math.inf, HEIGHT / abs(up) if up else math.inf)
    turn = math.degrees(math.atan2(PIXELS[0] * across, PIXELS[1] * up))
    tint = PALETTE[1] if arrow.dashed else QUIET
    gap = 0.05 / max(abs(across), abs(up))
    return {
        "x": x + share * across,
        "y": y + share * up,
        "x2": x2 - (share + gap) * across,
        "y2": y2 - (share + gap) * up,
        "turn": turn,
        "dash": arrow.dashed,
        "tint": tint,
    }
