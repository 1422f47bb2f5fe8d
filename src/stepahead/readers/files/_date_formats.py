"""Formats of timestamps in text: the regular expression of each, and the SQL that reads it."""

import re
from dataclasses import dataclass

from ._months import MONTH as _MONTH
from ._months import in_english

_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
_OFFSET = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
SPAN = r"(?<=:\d\d) +[-–] +\S.*\d:\d\d.*$"
"""Regular expression of the end of an interval, as in `31.12.2024 23:00 - 01.01.2025 00:00`."""
BEGUN = (
    r"SELECT code, regexp_replace(b, '([T ])24:00(:00)?$', '\100:00\2') AS t,"
    r" CAST(regexp_matches(b, '[T ]24:00(:00)?$') AS INTEGER) AS late FROM (SELECT code,"
    r" regexp_replace(t, '(:\d\d) +[-–] +\S.*\d:\d\d.*$', '\1') AS b FROM stamps)"
)
"""SQL of the distinct timestamps `t`, without the ends of intervals; 24:00 becomes 0:00 and one day
in `late`."""
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%g", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True)
class DateFormat:
    """A format of timestamps: its name in notes (empty: without a note), its regular expression,
    and its SQL for a trimmed cell `t`.

    `short` is True if years can have two digits in it.
    """

    name: str
    look: str
    sql: str
    short: bool = False

    def fits(self, cell: str) -> bool:
        """True if a cell has this format, or is an interval that begins with it."""
        begin = re.sub(SPAN, "", cell.strip())
        return re.fullmatch(self.look, begin, flags=re.IGNORECASE) is not None


def _formats(*days: str) -> str:
    return "[" + ", ".join(f"'{day}{clock}'" for day in days for clock in _TIMES) + "]"


def _replaced(cell: str, *pairs: tuple[str, str]) -> str:
    """SQL that replaces one pattern after another."""
    for pattern, by in pairs:
        cell = f"regexp_replace({cell}, '{pattern}', '{by}', 'g')"
    return cell


_SLASHED = _replaced("replace(t, ',', '')", (r"^(\d{1,2})[./-](\d{1,2})[./-]", r"\1/\2/"))
_ORDINAL = "(?:st|nd|rd|th|er|º|ª)"
_WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thu|thurs?|fri|sat|sun|"
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|"
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo"
)
_SPELLED = (
    "trim("
    + _replaced(
        in_english("t"),
        (rf"(?i)^(?:{_WEEKDAYS})[., ]+", ""),
        (rf"(?i)(\d){_ORDINAL}([^a-z])", r"\1\2"),
        (r"(?i)(^|[ .])del?([ .])", r"\1\2"),
        (r"[,./’-]+|''", " "),
        (r"\s+", " "),
    )
    + ")"
)
_OF = "(?:del? )?"
_SPELLED_LOOKS = (
    rf"\d{{1,2}}{_ORDINAL}?[ ./-]{{0,2}}{_OF}{_MONTH}[ ,./-]*{_OF}(?:\d{{4}}|\d{{2}})",
    rf"{_MONTH}[ -]\d{{1,2}}{_ORDINAL}?(?:, ?| )\d{{4}}",
    rf"{_MONTH}[ ./,'’-]*{_OF}\d{{4}}",
    rf"\d{{4}}[ ./-]?{_MONTH}",
)
_SPELLED_DAYS = (
    "%d %b %y",
    "%d %b %Y",
    "%b %Y",
    "%b %d %Y",
    "%Y %b",
    "%a %d %b %Y",
    "%d%b%y",
    "%d%b%Y",
    "%b%Y",
    "%Y%b",
)
_PART = r"regexp_extract(regexp_replace(t, '\d{4}', ''), '[1-4]')"


def _parts_of_year(word: str, parts: int) -> tuple[str, str]:
    """The regular expression of a part of a year (2024Q1, `1. Quartal 2024`), and its SQL: the
    first day of it."""
    part, nth = f"[1-{parts}]", r"(?:\.|st|nd|rd|th|er|ère|e|º|ª|°)?"
    looks = (
        rf"\d{{4}}[-/ .:]?{word} ?{part}",
        rf"\d{{4}}[-/ .:]?{part}{nth} ?{word}",
        rf"{word} ?{part}[-/ .,]{{0,2}}'?\d{{4}}",
        rf"{part}{nth} ?{word}[-/ .]?'?\d{{4}}",
    )
    month = f"(TRY_CAST({_PART} AS BIGINT) - 1) * {12 // parts} + 1"
    year = r"TRY_CAST(regexp_extract(t, '\d{4}') AS BIGINT)"
    return "|".join(looks), f"make_timestamp({year}, {month}, 1, 0, 0, 0)"


_WEEK_WORD = r"(?:kalenderwoche|semaine|semana|woche|week|sem|kw|cw|wk|w)\.?"
_WEEK_REST = r"regexp_replace(t, '\d{4}', '')"
_WEEK_KEY = (
    rf"regexp_extract(t, '\d{{4}}') || '-W' || lpad(regexp_extract({_WEEK_REST}, '\d{{1,2}}'), 2,"
    r" '0')"
)


def _of_week(day: str) -> str:
    """SQL of a day of an ISO week; NULL if the year does not have that week."""
    monday = f"try_strptime({_WEEK_KEY} || '-1', '%G-W%V-%u')"
    return (
        f"CASE WHEN strftime({monday}, '%G-W%V') = {_WEEK_KEY} THEN {monday} + to_days(CAST({day}"
        " AS INTEGER) - 1) END"
    )


ISO = DateFormat(
    "",
    r"\d{4}-\d{1,2}-\d{1,2}" + _CLOCK + _OFFSET,
    f"TRY_CAST({_replaced('t', ('GMT$', 'UTC'))} AS TIMESTAMP)",
)
YEAR_FIRST = DateFormat(
    "",
    r"\d{4}[./]\d{1,2}[./]\d{1,2}" + _CLOCK,
    "TRY_CAST(" + _replaced("t", (r"^(\d{4})[./](\d{1,2})[./]", r"\1-\2-")) + " AS TIMESTAMP)",
)
DAY_FIRST = DateFormat(
    "dates read day first",
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})" + _CLOCK,
    f"try_strptime({_SLASHED}, {_formats('%d/%m/%y', '%d/%m/%Y')})",
    short=True,
)
MONTH_FIRST = DateFormat(
    "dates read month first",
    DAY_FIRST.look.replace("[./-]", "[/-]"),
    f"try_strptime({_SLASHED}, {_formats('%m/%d/%y', '%m/%d/%Y')})",
    short=True,
)
SHORT_YEAR_FIRST = DateFormat(
    "dates read year first",
    r"\d{2}[./-]\d{1,2}[./-]\d{1,2}" + _CLOCK,
    f"try_strptime({_SLASHED}, {_formats('%y/%m/%d')})",
    short=True,
)
"""`24-01-31`; where `03-01-24` is possible too, the format with the more regular times is
chosen."""
SPELLED = DateFormat(
    "",
    rf"(?:(?:{_WEEKDAYS}|[a-z]{{2,3}})[., ]{{1,2}})?(?:{'|'.join(_SPELLED_LOOKS)})" + _CLOCK,
    f"try_strptime({_SPELLED}, {_formats(*_SPELLED_DAYS)})",
    short=True,
)
SHORT_MONTH = DateFormat(
    "", rf"{_MONTH}[ ./,'’-]*\d{{2}}", f"try_strptime({_SPELLED}, ['%b %y', '%b%y'])", short=True
)
"""`Jan 19`: January 2019, or the 19th of January of no year."""
DAY_WITHOUT_YEAR = DateFormat(
    "", SHORT_MONTH.look, f"try_strptime({_SPELLED} || ' 2000', ['%b %d %Y', '%b%d %Y'])"
)
MONTH = DateFormat(
    "",
    r"\d{4}[-/]\d{1,2}|\d{1,2}[-/]\d{4}|\d{4} ?M ?\d{1,2}",
    "TRY_CAST("
    + _replaced(
        "upper(t)",
        (r"^(\d{4}) ?[-/M] ?(\d{1,2})$", r"\1-\2-01"),
        (r"^(\d{1,2})[-/](\d{4})$", r"\2-\1-01"),
    )
    + " AS TIMESTAMP)",
)
QUARTER = DateFormat(
    "", *_parts_of_year(r"(?:quartal|quarter|kvartal|trimestre|trim|qtr|kv|q|t)\.?", 4)
)
HALF_YEAR = DateFormat("", *_parts_of_year(r"(?:halbjahr|half|semestre|semester|hj|hy|h|s)\.?", 2))
_TWO_YEARS = r"((?:18|19|20|21)\d{2}) ?[/–-] ?(\d{4}|\d{2})"
_END = rf"TRY_CAST(regexp_extract(t, '^{_TWO_YEARS}$', 2) AS BIGINT)"
_START = rf"TRY_CAST(regexp_extract(t, '^{_TWO_YEARS}$', 1) AS BIGINT)"
_NAMED = r"TRY_CAST(regexp_extract(upper(t), '^(?:FY|FISCAL YEAR|GJ) ?(\d{4})$', 1) AS BIGINT)"
FISCAL_YEAR = DateFormat(
    "",
    rf"{_TWO_YEARS}|(?:FY|fiscal year|GJ) ?\d{{4}}",
    f"make_timestamp(CASE WHEN {_END} IN ({_START} + 1, ({_START} + 1) % 100) THEN {_START} ELSE"
    f" {_NAMED} END, 1, 1, 0, 0, 0)",
)
"""`2019/20`: a year that begins in 2019; `2005/06` is a month only if another cell shows it."""
_WEEK_NAME = "weeks stand for their Monday"
_WEEK_LOOKS = (
    rf"\d{{4}}[-/ _.]?{_WEEK_WORD}[ -]?\d{{1,2}}",
    rf"{_WEEK_WORD}[ -]?\d{{1,2}}[-/ _.,]{{1,2}}\d{{4}}",
    rf"\d{{1,2}}\.? ?{_WEEK_WORD}[-/ ]{{0,2}}\d{{4}}",
)
WEEK = DateFormat(_WEEK_NAME, "|".join(_WEEK_LOOKS), _of_week("1"))
WEEK_DAY = DateFormat("", rf"\d{{4}}-?{_WEEK_WORD}\d{{2}}-[1-7]", _of_week("right(t, 1)"))
BARE_WEEK = DateFormat(_WEEK_NAME, r"\d{4}[-/]\d{1,2}|\d{1,2}[-/]\d{4}", _of_week("1"))
"""`02/2020`: a month, unless there is a number above 12 or the name of the column says week."""
DATE_FORMATS = (
    ISO,
    YEAR_FIRST,
    DAY_FIRST,
    MONTH_FIRST,
    SHORT_YEAR_FIRST,
    SPELLED,
    SHORT_MONTH,
    MONTH,
    QUARTER,
    HALF_YEAR,
    FISCAL_YEAR,
    WEEK,
    WEEK_DAY,
    BARE_WEEK,
)
_PLAIN_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+")


def looks_like_stamp(cell: str) -> bool:
    """True for text that has the format of a date and cannot be a plain number.

    >>> (
    ...     looks_like_stamp("31.12.2024"),
    ...     looks_like_stamp("2024Q1"),
    ...     looks_like_stamp("2024"),
    ...     looks_like_stamp("12.5"),
    ... )
    (True, True, False, False)
    """
    return not _PLAIN_NUMBER.fullmatch(cell.strip()) and any(way.fits(cell) for way in DATE_FORMATS)
