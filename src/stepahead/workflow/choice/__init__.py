"""Automatic model selection: candidates, their comparison at rolling origins, and the combination
of the good ones."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._auto import AutoResult as AutoResult
    from ._auto import auto as auto
    from ._auto_method import Auto as Auto
    from ._candidates import Candidate as Candidate
    from ._candidates import candidates as candidates
    from ._checkpoint import run_identity as run_identity
    from ._combining import combined as combined
    from ._combining import learned as learned
    from ._comparison import CandidateDone as CandidateDone
    from ._comparison import LeaderboardRow as LeaderboardRow
    from ._costs import Cost as Cost
    from ._weights import combination_weights as combination_weights
    from ._weights import recency as recency
    from ._weights import same_season as same_season
    from ._widths import interval_widths as interval_widths
    from ._work import Planned as Planned
    from ._work import work_list as work_list
else:
    __getattr__, __dir__ = _door(__name__)
