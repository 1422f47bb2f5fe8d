"""The forms of exponential smoothing, by name and by their number in the kernels."""

from .._check import Refusal

TRENDS = ("N", "A", "Ad", "M", "Md")
SEASONS = ("N", "A", "M")
NAMES = tuple(
    f"{error},{trend},{season}" for error in "AM" for trend in TRENDS for season in SEASONS
)
"""Error, trend and season of every form, in the order of their numbers: N none, A additive, M
multiplicative, d damped."""

AUTOMATIC = tuple(
    code
    for code, name in enumerate(NAMES)
    if "M" not in name[2:].split(",")[0] and not (name.startswith("A") and name.endswith("M"))
)
"""The forms among which the automatic selection chooses: 15, without multiplicative trends, which
diverge, and without additive errors with multiplicative seasons, which are not defined near 0."""


def forms_of(form: str) -> tuple[int, ...]:
    """Return the numbers of the forms that a name allows; `Z` leaves one of its three parts open.

    >>> [NAMES[code] for code in forms_of("A,Z,N")]
    ['A,N,N', 'A,A,N', 'A,Ad,N']
    >>> forms_of("M,A")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `form` names error, trend and season, such as 'A,Ad,M' or 'Z,Z,N', ...
    """
    parts = form.split(",")
    known = (("A", "M", "Z"), (*TRENDS, "Z"), (*SEASONS, "Z"))
    if len(parts) != 3 or any(part not in few for part, few in zip(parts, known, strict=True)):
        raise Refusal(
            "`form` names error, trend and season, such as 'A,Ad,M' or 'Z,Z,N', of A and M, N A Ad "
            f"M Md, and N A M, Z for any of them, but it is {form!r}. Give such a name."
        )

    def fits(code: int) -> bool:
        return all(p in ("Z", own) for p, own in zip(parts, NAMES[code].split(","), strict=True))

    return tuple(code for code in (AUTOMATIC if "Z" in parts else range(30)) if fits(code))


def simpler(codes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return groups of simpler forms, in order, for series that allow none of these: with additive
    parts instead of multiplicative ones, then without season, and finally the level only.

    >>> [[NAMES[code] for code in group] for group in simpler(forms_of("M,A,M"))]
    [['A,A,A'], ['A,A,N'], ['A,N,N']]
    """
    sums = [NAMES[code].replace("M", "A") for code in codes]
    groups = sums, [name[:-1] + "N" for name in sums], ["A,N,N"]
    return tuple(tuple(sorted({NAMES.index(name) for name in group})) for group in groups)
