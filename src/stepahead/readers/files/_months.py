"""Names of the months in English, German, French, Spanish, Portuguese, Italian, Dutch, Polish and
the Scandinavian languages."""

import re

_NAMES = (
    (
        "Jan",
        "january|januari|januar|janvier|janeiro|enero|gennaio|stycze[nń]|stycznia|janv|"
        "jan|ene|gen|sty",
    ),
    (
        "Feb",
        "february|februari|februar|février|fevrier|febrero|febbraio|fevereiro|luty|"
        "lutego|févr|fevr|fév|fev|feb|lut",
    ),
    ("Mar", "march|marzo|março|marco|maart|marts|mars|märz|maerz|marzec|marca|mär|mrz|mrt|mar"),
    ("Apr", "april|avril|abril|aprile|kwiecień|kwiecien|kwietnia|apr|avr|abr|kwi"),
    ("May", "maggio|mayo|maio|may|mai|mei|maj|maja|mag"),
    ("Jun", "june|junio|junho|juni|juin|giugno|czerwiec|czerwca|jun|giu|cze"),
    ("Jul", "july|julio|julho|juillet|juli|luglio|lipiec|lipca|juil|jul|lug|lip"),
    ("Aug", "augustus|augusti|august|agosto|août|aout|sierpień|sierpien|sierpnia|aug|ago|sie"),
    (
        "Sep",
        "september|septembre|septiembre|setiembre|settembre|setembro|wrzesień|wrzesien|"
        "września|wrzesnia|sept|sep|sett|set|wrz",
    ),
    (
        "Oct",
        "october|oktober|octobre|octubre|ottobre|outubro|październik|pazdziernik|"
        "października|pazdziernika|oct|okt|ott|out|paź|paz",
    ),
    ("Nov", "november|novembre|noviembre|novembro|listopad|listopada|nov|lis"),
    (
        "Dec",
        "december|dezember|décembre|decembre|diciembre|dicembre|dezembro|desember|"
        "grudzień|grudzien|grudnia|déc|dez|dic|des|dec|gru",
    ),
)
_LETTER = "[^a-zà-öø-ÿąćęłńśźż]"
"""Regular expression of the character before or after a name: not a letter."""

MONTH = rf"(?:{'|'.join(names for _, names in _NAMES)})\.?"
"""Regular expression of the name of a month."""


def month_of(name: str) -> int | None:
    """The number of a month with this name; None if it is not a month.

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
    """SQL of a cell in which the names of months are replaced by the English ones of three
    letters."""
    for english, names in _NAMES:
        cell = (
            f"regexp_replace({cell}, '(?i)(^|{_LETTER})(?:{names})(?:$|\\.|({_LETTER}))',"
            f" '\\1{english}\\2', 'g')"
        )
    return cell
