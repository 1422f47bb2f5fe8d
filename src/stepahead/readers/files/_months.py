"""The names of the months as people write them, in English, German, French, Spanish and Dutch."""

import re

_NAMES = (
    ("Jan", "january|januari|januar|janvier|enero|janv|jan|ene"),
    ("Feb", "february|februari|februar|février|fevrier|febrero|févr|fevr|fév|fev|feb"),
    ("Mar", "march|marzo|maart|mars|märz|maerz|mär|mrz|mrt|mar"),
    ("Apr", "april|avril|abril|apr|avr|abr"),
    ("May", "mayo|may|mai|mei"),
    ("Jun", "june|junio|juni|juin|jun"),
    ("Jul", "july|julio|juillet|juli|juil|jul"),
    ("Aug", "augustus|august|agosto|août|aout|aug|ago"),
    ("Sep", "september|septembre|septiembre|setiembre|sept|sep"),
    ("Oct", "october|oktober|octobre|octubre|oct|okt"),
    ("Nov", "november|novembre|noviembre|nov"),
    ("Dec", "december|dezember|décembre|decembre|diciembre|déc|dez|dic|dec"),
)

MONTH = rf"(?:{'|'.join(names for _, names in _NAMES)})\.?"
"""Regular expression of a month's name."""


def month_of(name: str) -> int | None:
    """The number of a month by its name; None if it is not a month.

    >>> month_of("Jan"), month_of("Mrz."), month_of("décembre"), month_of("market")
    (1, 3, 12, None)
    """
    bare = name.strip().removesuffix(".")
    return next(
        (
            n
            for n, (_, names) in enumerate(_NAMES, 1)
            if re.fullmatch(names, bare, flags=re.IGNORECASE)
        ),
        None,
    )


def in_english(cell: str) -> str:
    """SQL of a cell in which every month's name is the English one of three letters."""
    for english, names in _NAMES:
        cell = (
            f"regexp_replace({cell}, '(?i)(^|[^a-zäéû])(?:{names})(?:$|\\.|([^a-zäéû]))',"
            f" '\\1{english}\\2', 'g')"
        )
    return cell
