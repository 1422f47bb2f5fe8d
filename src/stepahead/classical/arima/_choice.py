"""Stepwise selection of an ARIMA form in NumPy, as in `native/series/arima_search.h`."""

import numpy as np
from jaxtyping import Float

from ._differences import is_constant, season_strength, wanders
from ._kalman import both
from ._orders import Orders, Wanted
from ._plain import Fitted, fitted

APART, FORMS, LONGEST = 1.01, 94, 60
STRONG, DRIFT = 0.64, 2.0
STEPS = (
    *((0, -1, 0, 0), (0, 0, 0, -1), (0, 1, 0, 0), (0, 0, 0, 1)),
    *((0, -1, 0, -1), (0, -1, 0, 1), (0, 1, 0, -1), (0, 1, 0, 1)),
    *((-1, 0, 0, 0), (0, 0, -1, 0), (1, 0, 0, 0), (0, 0, 1, 0)),
    *((-1, 0, -1, 0), (-1, 0, 1, 0), (1, 0, -1, 0), (1, 0, 1, 0)),
)


def chosen(
    y: Float[np.ndarray, " time"], beside: Float[np.ndarray, "column time"], m: int, wanted: Wanted
) -> Fitted:
    """Return the fit of the `wanted` form with these covariates (`beside`), or of the next simpler
    form that the series allows. `m` is the season."""
    parts = wanted.parts
    found = None
    if m > 1 or not (parts[3:6] > 0).any():
        found = _attempt(y, beside, m, wanted)
    if found is None:
        plain = Wanted(wanted.order, (0, 0, 0), wanted.constant, wanted.largest)
        found = _attempt(y, beside, m, plain)
    if found is None:
        walks = bool(parts[1] != 0)
        found = fitted(y, beside, Orders(0, int(walks), 0, 0, 0, 0, not walks), m)
    if found is None and len(beside):
        return chosen(y, beside[:0], m, wanted)
    assert found is not None  # a mean fits every series
    return found


def _attempt(y: np.ndarray, beside: np.ndarray, m: int, wanted: Wanted) -> Fitted | None:
    if (wanted.parts < 0).any():
        return _Search(y, beside, m, wanted).run()
    return fitted(y, beside, Orders.of(wanted.parts), m)


class _Search:
    def __init__(self, y: np.ndarray, beside: np.ndarray, m: int, wanted: Wanted) -> None:
        self.y, self.beside, self.m, self.wanted = y, beside, m, wanted
        self.best: Fitted | None = None
        self.close: Fitted | None = None  # the best form with a root near the unit circle
        self.seen: set[tuple[int, ...]] = set()
        self.all: list[Fitted] = []

    def run(self) -> Fitted | None:
        d, D = self._differences()
        small = max((len(self.y) - d - D * self.m) // 3, 0)
        late = small // self.m if 1 < self.m <= LONGEST else 0
        parts, limits = self.wanted.parts, []
        for place, most, size in zip(
            (0, 3, 2, 5), self.wanted.most, (small, late, small, late), strict=True
        ):
            given = int(parts[place])
            limits.append((given, given) if given >= 0 else (0, min(int(most), size)))
        self.limits = limits
        may = {True, False} if d + D < 2 else {False}
        self.may = may if parts[6] < 0 else {bool(parts[6])}
        first = True in self.may
        self.d, self.D = d, D
        for orders in ((2, 1, 2, 1), (0, 0, 0, 0), (1, 1, 0, 0), (0, 0, 1, 1)):
            self.attempt(orders, first)
        if len(self.may) == 2:
            self.attempt((0, 0, 0, 0), False)
        spans = [high - low for low, high in limits]
        if sum(span > 0 for span in spans) == 1:  # a single open order: try all values
            for size in range(max(spans) + 1):
                alone = tuple(
                    low + size * (span > 0) for (low, _), span in zip(limits, spans, strict=True)
                )
                for constant in (False, True):
                    self.attempt(alone, constant)
        while len(self.seen) < FORMS and self.improved():
            pass
        return self.exact()

    def exact(self) -> Fitted | None:
        """Return the best form, by exact likelihood, whose roots stay away from the unit circle; if
        there is none, the best of all."""
        first = None
        for each in sorted(self.all, key=_score):
            found = fitted(self.y, self.beside, each.form, self.m, begin=each.partial)
            if found is not None and np.isfinite(found.criterion):
                if self.apart(found):
                    return found
                first = found if first is None else first
        close = self.close
        if close is None:
            return first
        return fitted(self.y, self.beside, close.form, self.m, begin=close.partial)

    def _differences(self) -> tuple[int, int]:
        time, y = np.arange(len(self.y)), self.y
        y = np.interp(time, time[~np.isnan(y)], y[~np.isnan(y)])
        if len(self.beside):
            columns = np.vstack([np.ones(len(y)), self.beside]).T
            y = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        _, d, _, _, D, _, _ = (int(each) for each in self.wanted.parts)
        if D < 0:
            twice = self.m > 1 and len(y) > 2 * self.m and not is_constant(y)
            D = int(twice and season_strength(y, self.m) > STRONG)
            D = 0 if D and is_constant(y[self.m :] - y[: -self.m]) else D
        for _ in range(D):
            y = y[self.m :] - y[: -self.m]
        if d < 0:
            d = int(len(y) > 3 and not is_constant(y) and wanders(y))
        return d, D

    def attempt(self, orders: tuple[int, ...], constant: bool) -> bool:
        p, P, q, Q = (int(np.clip(o, *both)) for o, both in zip(orders, self.limits, strict=True))
        tried = (p, P, q, Q, constant)
        if constant not in self.may or tried in self.seen:
            return False
        self.seen.add(tried)
        form = Orders(p, self.d, q, P, self.D, Q, constant)
        found = fitted(self.y, self.beside, form, self.m, rough=True, near=self._near(form))
        if found is None or not np.isfinite(found.criterion):
            return False
        if not self.apart(found):
            if self.close is None or _score(found) < _score(self.close):
                self.close = found
            return False
        self.all.append(found)
        if self.best is not None and not _score(found) < _score(self.best):
            return False
        self.best = found
        return True

    def _near(self, form: Orders) -> np.ndarray | None:
        if self.best is None:
            return None
        old, x = self.best.form, []
        parts = np.split(self.best.partial, np.cumsum((old.p, old.P, old.q, old.Q))[:-1])
        for part, size in zip(parts, (form.p, form.P, form.q, form.Q), strict=True):
            x.append(np.append(part, np.full(size, 0.01))[:size])
        return np.concatenate(x)

    def apart(self, found: Fitted) -> bool:
        for each in both([row[None] for row in found.rows], self.m):
            roots = np.roots(each[0][::-1])
            if len(roots) and not np.abs(roots).min() > APART:
                return False
        return True

    def improved(self) -> bool:
        if self.best is None:
            return False
        form = self.best.form
        now = (form.p, form.P, form.q, form.Q)
        for step in STEPS:
            after = tuple(one + more for one, more in zip(now, step, strict=True))
            inside = all(
                low <= each <= high for each, (low, high) in zip(after, self.limits, strict=True)
            )
            if inside and self.attempt(after, form.constant):
                return True
            if len(self.seen) >= FORMS:
                return False
        return self.attempt(now, not form.constant)


def _score(fit: Fitted) -> float:
    """The AICc, with a penalty for a drift."""
    drifts = fit.form.constant and fit.form.d + fit.form.D > 0
    return fit.criterion + (DRIFT if drifts else 0.0)
