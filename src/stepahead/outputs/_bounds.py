"""Forecasts clipped to bounds."""

from typing import TYPE_CHECKING, Any

from ._columns import Table, rows_in

if TYPE_CHECKING:
    from ..data import Panel


def clipped(
    table: Table, history: "Panel", lower: float | None = None, upper: float | None = None
) -> tuple[Table, int, int]:
    """Return the columns with forecasts and interval bounds clipped to `lower` and `upper`, the
    number of clipped values, and the number of all. By default a series that was never negative is
    clipped at 0, and there is no upper bound.

    >>> import numpy as np, stepahead as sa
    >>> ends = {"lo-80": np.array([-1.0, -3.0]), "hi-80": np.array([2.0, -1.0])}
    >>> history = sa.Panel.from_arrays([[-1.0]])
    >>> table, moved, total = clipped({"forecast": np.array([1.0, -2.0]), **ends}, history, 0)
    >>> [column.tolist() for column in table.values()], moved, total
    ([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0]], 4, 6)
    """
    import numpy as np

    names = [name for name in table if name == "forecast" or name.startswith(("lo-", "hi-"))]
    floors = lower if lower is not None else _floors(rows_in(table), history)
    before = {name: np.asarray(table[name], float) for name in names}
    inside = {name: np.clip(each, floors, upper) for name, each in before.items()}
    moved = sum(int((inside[name] != before[name]).sum()) for name in names)
    return (
        {name: inside.get(name, table[name]) for name in table},
        moved,
        rows_in(table) * len(names),
    )


def _floors(rows: int, history: "Panel") -> Any:
    """For every row of a forecast of this history, 0 if its series was never negative, else
    −inf."""
    import numpy as np

    from ..forecasting import never_negative

    floor = np.where(never_negative(history), 0.0, -np.inf)
    return np.repeat(floor[:, None], rows // floor.size, axis=1).ravel()
