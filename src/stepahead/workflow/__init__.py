"""Workflow: what a user calls, each a page of composition."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._backtest import backtest as backtest
    from ._backtest import leak_check as leak_check
    from ._conformal import conformal as conformal
    from ._fit import fit as fit
    from ._from_some import FromSome as FromSome
    from ._from_some import evenly_chosen as evenly_chosen
    from ._impute import Imputation as Imputation
    from ._impute import ImputationScore as ImputationScore
    from ._impute import best_imputer as best_imputer
    from ._impute import imputation_scores as imputation_scores
    from ._impute import impute as impute
    from ._impute import impute_methods as impute_methods
    from ._mixing import cross_fitted as cross_fitted
    from ._state_counts import StateCounts as StateCounts
    from ._state_counts import state_counts as state_counts
    from ._states import HiddenStates as HiddenStates
    from ._states import sample_states as sample_states
    from ._states import states as states
    from ._strategies import Cost as Cost
    from ._strategies import Strategies as Strategies
    from ._strategies import strategies as strategies
    from ._strategies import weight_count as weight_count
    from ._token_states import TokenStates as TokenStates
    from ._tune import FineTuned as FineTuned
    from ._tune import fine_tune as fine_tune
    from ._verbs import sample as sample
    from ._verbs import score as score
    from .choice import Auto as Auto
    from .choice import AutoResult as AutoResult
    from .choice import Candidate as Candidate
    from .choice import CandidateDone as CandidateDone
    from .choice import LeaderboardRow as LeaderboardRow
    from .choice import auto as auto
    from .choice import candidates as candidates
    from .choice import combination_weights as combination_weights
    from .choice import combined as combined
    from .choice import interval_widths as interval_widths
    from .choice import learned as learned
    from .choice import recency as recency
    from .labels import LabelCandidate as LabelCandidate
    from .labels import LabelCandidateDone as LabelCandidateDone
    from .labels import LabelChoice as LabelChoice
    from .labels import LabelRow as LabelRow
    from .labels import auto_label as auto_label
    from .labels import label_candidates as label_candidates
    from .labels import label_counts as label_counts
    from .labels import label_method as label_method
    from .labels import label_network as label_network
    from .large import ChunkDone as ChunkDone
    from .large import FailedSeries as FailedSeries
    from .large import LargeBacktest as LargeBacktest
    from .large import LargeForecast as LargeForecast
    from .large import LargeImputation as LargeImputation
    from .large import backtest_in_chunks as backtest_in_chunks
    from .large import fit_in_chunks as fit_in_chunks
    from .large import forecast_in_chunks as forecast_in_chunks
    from .large import impute_in_chunks as impute_in_chunks
    from .tags import TagCandidate as TagCandidate
    from .tags import TagCandidateDone as TagCandidateDone
    from .tags import TagChoice as TagChoice
    from .tags import TagRow as TagRow
    from .tags import auto_tag as auto_tag
    from .tags import tag_candidates as tag_candidates
    from .tags import tag_method as tag_method
    from .tags import tag_network as tag_network
    from .texts import TextChoice as TextChoice
    from .texts import TextRow as TextRow
    from .texts import auto_text as auto_text
    from .texts import text_network as text_network
else:
    __getattr__, __dir__ = _door(__name__)
