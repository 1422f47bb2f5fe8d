"""Trust horizon: the number of steps ahead up to which a model is significantly better than naive
forecasts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .._check import Refusal, between, counted
from ._equal_loss import EqualLoss, diebold_mariano
from .metrics import Columns

BETTER, UNDECIDED, WORSE = "better", "no evidence", "worse"
"""The verdicts on a step ahead."""

POWER = 1.6449 + 0.8416
"""The sum of the normal quantiles for level 0.95 and power 0.8: the ratio of a true mean to its
standard error at which four tests in five find it."""

HOPELESS = 10
"""If more than this multiple of the origins would be needed, the sentence says that the difference
is too small."""

SAME = 0.005
"""Share of an error by which two that differ less are the same in whole percents."""

BLOCKS = 12
"""The most tests of one horizon: longer ones are tested in blocks of steps."""

COMMON_NOUNS = ("combination",)
"""Names of models that are ordinary words and take an article in a sentence."""


@dataclass(frozen=True, eq=False)
class Trust:
    """The trust horizon of one model: `horizon` is the largest k such that the model is
    significantly better than every rival at each of the steps 1 … k, or, of more than 12 steps, on
    average over each block of `block` steps up to k.

    By step ahead: `loss` and its standard error `loss_error`, the `rivals`' losses by name, and the
    one-sided p-values (of the block of the step) against the rival with the largest: `p` of "the
    model is better", `p_worse` of "the model is worse" (multiplied by the number of rivals, at most
    1). `needed` is roughly the number of origins that would decide the first test that is not
    significant; None if the model is not better there. `together` is the largest p-value over
    rivals of "the model is better on average over all steps".
    """

    model: str
    level: float
    origins: int
    horizon: int
    loss: Float[np.ndarray, " horizon"]
    loss_error: Float[np.ndarray, " horizon"]
    rivals: dict[str, Float[np.ndarray, " horizon"]]
    p: Float[np.ndarray, " horizon"]
    p_worse: Float[np.ndarray, " horizon"]
    needed: int | None
    together: float
    block: int = 1

    @property
    def verdicts(self) -> tuple[str, ...]:
        """One verdict for each step: better (up to the horizon), no evidence, or worse."""
        beyond = [WORSE if p < self.level else UNDECIDED for p in self.p_worse[self.horizon :]]
        return (*[BETTER] * self.horizon, *beyond)

    def table(self) -> Columns:
        """Return one row for each step ahead: loss, its standard error, each rival's loss, both
        p-values and the verdict."""
        own = {
            "step": np.arange(1, len(self.p) + 1),
            "loss": self.loss,
            "error": self.loss_error,
        }
        tested = {
            "p": self.p,
            "p_worse": self.p_worse,
            "verdict": np.array(self.verdicts, dtype=object),
        }
        return Columns(own | self.rivals | tested)

    def __str__(self) -> str:
        """The verdict as a sentence, with advice for the steps beyond the horizon."""
        said = self._verdict()
        # A name of a class keeps its small letter; a word begins the sentence with a capital.
        return f"{said[0].upper()}{said[1:]}" if said.startswith("the ") else said

    def _verdict(self) -> str:
        model = f"the {self.model}" if self.model in COMMON_NOUNS else self.model
        rivals = " and ".join(f"the {name}" for name in self.rivals)
        blocks = f", in blocks of {self.block} steps" if self.block > 1 else ""
        sure = f"(p < {self.level:g}, {counted(self.origins, 'origin')}{blocks})"
        steps = len(self.p)
        if self.horizon == steps:
            every = f"at each of {steps} steps ahead" if steps > 1 else "one step ahead"
            if self.block > 1:
                every = f"over all {steps} steps ahead"
            return f"{model} beats {rivals} {every} {sure}."
        words = self.verdicts[self.horizon :]
        worse = words[0] == WORSE
        if self.horizon:
            begin = f"{model} beats {rivals} up to {counted(self.horizon, 'step')} ahead"
            if worse:
                return f"{begin} {sure}; beyond that it is worse: {self._instead()}"
            return (
                f"{begin} {sure}; beyond that there is no evidence either way{self._more()}."
                f"{self._together()}"
            )
        if worse:
            last = next((k for k, word in enumerate(words) if word != WORSE), steps)
            where = f"up to {last} steps" if last > 1 else "one step"
            return (
                f"{model} is worse than the naive forecast {where} ahead {sure}: {self._instead()}"
            )
        return (
            f"There is no evidence at {counted(self.origins, 'origin')} that {model} beats"
            f" {rivals} {self._at_first} (p = {self.p[0]:.2g}){self._more()}.{self._together()}"
        )

    def _instead(self) -> str:
        """The advice for a model that is worse at some step: small errors, as at night, weigh
        little among those of all steps."""
        together = self._together()
        return f"prefer the naive forecast{' there' if together else ''}.{together}"

    @property
    def _at_first(self) -> str:
        return "one step ahead" if self.block == 1 else f"over the first {self.block} steps"

    def _gain(self) -> float:
        """By which share the mean error over all steps is below that of the best rival."""
        least = min(rival.mean() for rival in self.rivals.values())
        return 1 - self.loss.mean() / least if least > 0 else 0.0

    def _together(self) -> str:
        """A sentence on all steps together, where the model is better in their mean, or where it
        errs less in their mean though not at the step in question; else nothing."""
        gain, sure = self._gain(), self.together < self.level
        if gain <= SAME or not (sure or self.needed is None):
            return ""
        chance = f"p < {self.level:g}" if sure else f"p = {self.together:.2g}"
        return (
            f" Over all {len(self.p)} steps together its error is {gain:.0%} below theirs"
            f" ({chance})."
        )

    def _more(self) -> str:
        """The end of the sentence: the number of origins that would decide, or that the naive
        forecast was as good or better."""
        if self.needed is None:
            at = slice(self.horizon, self.horizon + self.block)
            least, own = (min(r[at].mean() for r in self.rivals.values()), self.loss[at].mean())
            share = 1 - least / own if own else 0.0
            first = f"{self.horizon + 1}{f' to {at.stop}' if self.block > 1 else ''}"
            there = f" {first} steps ahead" if self.horizon else ""
            did = f", and the naive forecast did as well{there}"
            if share == 1:
                did = f", and the naive forecast made no error{there}"
            elif share > SAME:
                did = f", and the naive forecast's error{there} was {share:.0%} smaller"
            return did if self._gain() > SAME else f"{did}: prefer it"
        about = f"about {float(f'{self.needed:.2g}'):,.0f} origins"
        if self.needed > HOPELESS * self.origins:
            return f"; the difference is so small that {about} would be needed to tell"
        return f"; {about} would tell"


def trust_horizon(
    model: str,
    loss: Float[np.ndarray, "origin *series horizon"],
    rivals: Mapping[str, Float[np.ndarray, "origin *series horizon"]],
    *,
    spacing: int = 1,
    level: float = 0.05,
) -> Trust:
    """Find the largest k such that the model is significantly better than all rivals at each of the
    steps 1 … k, at `level`.

    `loss[o, k−1]` is the model's loss at origin o, k steps ahead, or `loss[o, s, k−1]` of several
    series (any loss of which less is better; NaN if there is no actual value); `rivals` holds the
    naive forecasts' losses at the same origins, which are `spacing` steps apart. At each step
    `diebold_mariano` is made against every rival, and the largest p-value counts. A horizon of more
    than 12 steps is tested in at most 12 blocks of equally many steps, by the mean loss in each:
    single steps, such as an hour of the night in which hardly anything happens, do not end it. The
    tests are made in order, and the first that fails ends the procedure: a fixed sequence needs no
    correction for their number (Maurer, Hothorn and Lehmacher 1995). Refused: fewer than 3 origins.

    >>> noise = np.random.default_rng(0).normal(size=(60, 2))
    >>> print(trust_horizon("mine", 1 + 0.1 * noise, {"last value": np.full((60, 2), 2.0)}))
    mine beats the last value at each of 2 steps ahead (p < 0.05, 60 origins).
    >>> trust_horizon("mine", 1 + 0.1 * noise, {"last value": 1 + 0.1 * noise}).p.tolist()
    [1.0, 1.0]
    """
    spans = [k / spacing for k in range(1, loss.shape[-1] + 1)]
    every = (loss, *rivals.values())
    return concluded(
        model,
        list(rivals),
        len(loss),
        level,
        spans,
        [
            [
                diebold_mariano(mean_step((loss - r)[..., at]), at.stop / spacing)
                for r in rivals.values()
            ]
            for at in blocks(len(spans))
        ],
        [[diebold_mariano(each[..., k], span) for each in every] for k, span in enumerate(spans)],
        [diebold_mariano(mean_step(loss - r), spans[-1]).p for r in rivals.values()],
    )


def blocks(horizon: int) -> list[slice]:
    """Return the steps that are tested together: each alone up to 12 steps, else in at most 12
    blocks of equally many (the last may be shorter).

    >>> len(blocks(12)), blocks(30)[:2], len(blocks(30))
    (12, [slice(0, 3, None), slice(3, 6, None)], 10)
    """
    each = -(-horizon // BLOCKS)
    return [slice(k, min(k + each, horizon)) for k in range(0, horizon, each)]


def concluded(
    model: str,
    rivals: Sequence[str],
    origins: int,
    level: float,
    spans: Sequence[float],
    tests: Sequence[Sequence[EqualLoss]],
    means: Sequence[Sequence[EqualLoss]],
    together: Sequence[float],
) -> Trust:
    """Return the verdict: from the `tests` of the differences from each rival in every block of
    steps, the `means` of the losses themselves by step (the model's first), and the p-values
    `together` of the differences averaged over all steps."""
    between("level", level, 0, 1)
    horizon, parts = len(spans), blocks(len(spans))
    if origins < 3:
        raise Refusal(
            f"The trust horizon needs at least 3 origins, but there are {origins}. Ask for more"
            " windows."
        )
    p = [max(test.p for test in block) for block in tests]
    p_worse = [min(1.0, len(block) * min(t.p_worse for t in block)) for block in tests]
    sizes = [at.stop - at.start for at in parts]
    failed = next((k for k, one in enumerate(p) if not one < level), None)
    trusted, needed = horizon, None
    if failed is not None:
        trusted = parts[failed].start
        needed = _needed(tests[failed], origins, spans[parts[failed].stop - 1])
    return Trust(
        model=model,
        level=level,
        origins=origins,
        horizon=trusted,
        loss=np.array([own.mean for own, *_ in means]),
        loss_error=np.array([own.error for own, *_ in means]),
        rivals={
            name: np.array([step[place].mean for step in means])
            for place, name in enumerate(rivals, start=1)
        },
        p=np.repeat(p, sizes),
        p_worse=np.repeat(p_worse, sizes),
        needed=needed,
        together=max(together),
        block=sizes[0],
    )


def mean_step(difference: np.ndarray) -> np.ndarray:
    """Return the mean over the steps that have a value; NaN if none has."""
    count = np.isfinite(difference).sum(axis=-1)
    return np.where(count > 0, np.nansum(difference, axis=-1) / np.maximum(count, 1), np.nan)


def _needed(tests: Sequence[EqualLoss], origins: int, span: float) -> int | None:
    """The number of origins at which differences of this size would be significant in four tests of
    five."""
    weakest = max(tests, key=lambda test: test.p)
    if weakest.freedom == 0:
        return math.ceil(10 * max(span, 1.0))
    if not weakest.statistic < 0:
        return None
    needed = origins * (POWER / weakest.statistic) ** 2
    return max(origins + 1, math.ceil(needed))
