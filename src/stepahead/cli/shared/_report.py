"""The origin of a report: the command as it was typed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...outputs import provenance as provenance_of
from ._command import as_typed

if TYPE_CHECKING:
    from ...plots import Provenance


def provenance(notes: Sequence[str]) -> "Provenance":
    """The command as it was typed, its notes, versions and the date."""
    return provenance_of(as_typed(), notes)
