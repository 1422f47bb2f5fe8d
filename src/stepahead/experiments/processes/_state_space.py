"""The two examples of Durbin & Koopman: the flow of the Nile, and the seat-belt law.

Their estimates are to be reproduced: the variances of a local level of the Nile and its exact
diffuse log likelihood; the effects of the petrol price and of the law on drivers killed or
seriously injured in Great Britain, from a local level, a trigonometric season and two regression
weights, all on logs.
"""

from pathlib import Path

import numpy as np

from ...data import Frequency, Panel, with_covariates
from ...models import LocalLevel, Regression, StateSpace, TrigonometricSeason
from ...plots import components_plot, save_figure
from ...readers import read
from ...workflow import fit
from .._result import Row

Part = tuple[list[Row], list[Path]]


def nile(out: Path) -> Part:
    """A local level of the yearly flow, 1871 to 1970; the construction of a dam began in 1899."""
    fitted = fit(StateSpace(LocalLevel()), read("sample:nile"), 1, key=0)
    noise, level = fitted.parameters[0]  # type: ignore[attr-defined]
    shocks = fitted.disturbances()  # type: ignore[attr-defined]
    moved = shocks["ds"].to_numpy()[np.nanargmin(shocks["level"].to_numpy())]
    rows = [
        Row("Nile: variance of the noise", [noise], "15,099", (15098, 15100)),
        Row("Nile: variance of the level", [level], "1469.1", (1469.0, 1469.2)),
        Row(
            "Nile: exact diffuse log likelihood",
            [float(fitted.log_likelihood()[0, 0])],  # type: ignore[attr-defined]
            "-633.46",
            (-633.47, -633.46),
        ),
        Row("Nile: year in which the level fell most", [float(moved)], "1899", (1899, 1899)),
    ]
    table = fitted.components(levels=95)  # type: ignore[attr-defined]
    figure = components_plot(table, target="flow", title="The Nile: its level, and the rest")
    return rows, [save_figure(figure, out / "latent-states-nile.png")]


def drivers(path: Path, out: Path) -> Part:
    """Monthly drivers killed or seriously injured, 1969 to 1984; the law came in February 1983."""
    raw = read(str(path), target=["drivers", "PetrolPrice", "law"], time="rownames")
    counts, price, law = raw.values.T
    price = np.log(price)
    columns = np.column_stack([price - price.mean(), law])
    start, months = np.datetime64("1969-01"), Frequency.parse("MS")
    known = Panel.from_arrays([columns], ["drivers"], start, months, names=["petrol", "law"])
    panel = with_covariates(Panel.from_arrays([counts], ["drivers"], start, months), known=known)
    spec = StateSpace(LocalLevel(), TrigonometricSeason(12), Regression(), logs=True)
    fitted = fit(spec, panel, 1, key=0)
    mean, cov, _ = fitted.end  # type: ignore[attr-defined]
    weight, spread = mean[0, -2:], np.sqrt(np.diag(cov[0])[-2:])
    rows = [
        Row("drivers: weight of the price of petrol", [weight[0]], "-0.2914", (-0.2915, -0.2913)),
        Row("drivers: its standard error", [spread[0]], "0.0983", (0.0982, 0.0984)),
        Row("drivers: effect of the law, in logs", [weight[1]], "-0.2377", (-0.2378, -0.2376)),
        Row("drivers: its standard error", [spread[1]], "0.0463", (0.0462, 0.0464)),
        Row("drivers: saved by the law, in percent", [100 * (1 - np.exp(weight[1]))]),
    ]
    table = fitted.components(levels=95)  # type: ignore[attr-defined]
    figure = components_plot(
        table, target="drivers", title="Drivers killed or seriously injured, taken apart"
    )
    return rows, [save_figure(figure, out / "latent-states-drivers.png")]
