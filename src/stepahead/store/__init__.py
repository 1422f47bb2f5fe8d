"""Store: save fitted values and load them again. No pickle: loading runs no code from the file."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._arpa import save_arpa as save_arpa
    from ._arpa_reader import load_arpa as load_arpa
    from ._identity import identity as identity
    from ._midi import save_midi as save_midi
    from ._origins import save_origin as save_origin
    from ._origins import saved_origins as saved_origins
    from ._progress import resume_from as resume_from
    from ._progress import save_progress as save_progress
    from ._results import SavedResult as SavedResult
    from ._results import save_result as save_result
    from ._results import saved_result as saved_result
    from ._save import load as load
    from ._save import load_as as load_as
    from ._save import load_values as load_values
    from ._save import save as save
    from ._save import save_values as save_values
else:
    __getattr__, __dir__ = _door(__name__)
