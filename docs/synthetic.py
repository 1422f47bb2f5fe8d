"""Pictures of draws of every family of synthetic series, and of the mixture that is trained on.

Run it as `python docs/synthetic.py [FOLDER]`; docs/synthetic by default. Every picture shows four
series (the mixture: eight) of 144 steps, drawn by one call, with the seasons that are in them.
"""

import sys
from pathlib import Path

import numpy as np

from stepahead.data.synthetic.families import FAMILIES, Draw, mixture
from stepahead.plots import save_figure, series_plot

SERIES, STEPS = 4, 144


def table(draw: Draw) -> dict[str, np.ndarray]:
    """A long table of the draws, each named by its number and its seasons."""
    series, steps = draw.values.shape
    told = [" and ".join(map(str, own[own > 0])) for own in draw.seasons]
    names = [f"{k}: {(each and f'season {each}') or 'no season'}" for k, each in enumerate(told, 1)]
    return {
        "unique_id": np.repeat(names, steps),
        "ds": np.tile(np.arange(steps), series),
        "y": draw.values.ravel(),
    }


def draws() -> dict[str, tuple[Draw, str]]:
    """What is drawn, by the name of its picture, with a line about it."""
    told: dict[str, tuple[Draw, str]] = {}
    for number, (name, (family, share)) in enumerate(FAMILIES.items()):
        made = family(np.random.default_rng(number), SERIES, STEPS)
        told[name] = made, f"{100 * share:.0f} % of the series"
    told["mixture"] = (
        mixture(np.random.default_rng(0), 2 * SERIES, STEPS),
        "Of all families, broken, mixed, turned, rounded, with gaps: what the network reads",
    )
    return told


def main() -> None:
    """Write a picture of each."""
    folder = Path(sys.argv[1] if sys.argv[1:] else Path(__file__).with_name("synthetic"))
    folder.mkdir(parents=True, exist_ok=True)
    for name, (draw, about) in draws().items():
        figure = series_plot(table(draw), title=name.replace("_", " "), subtitle=about)
        save_figure(figure, folder / f"{name}.png")


if __name__ == "__main__":
    main()
