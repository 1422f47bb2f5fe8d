"""Readers: files, frames, arrays and queries to panels and texts; results as frames of the kind
that was given."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ..data import to_frame as to_frame
    from ._parquet import write_parquet as write_parquet
    from ._preview import Preview as Preview
    from ._preview import preview as preview
    from ._read import Reading as Reading
    from ._read import read as read
    from ._read import read_sql as read_sql
    from ._read import understand as understand
    from ._read import understand_sql as understand_sql
    from ._samples import SAMPLES as SAMPLES
    from .dates import read_days as read_days
    from .files import confined as confined
    from .texts import is_text as is_text
    from .texts import key_names as key_names
    from .texts import read_conllu as read_conllu
    from .texts import read_labelled as read_labelled
    from .texts import read_pairs as read_pairs
    from .texts import read_piano_rolls as read_piano_rolls
    from .texts import read_text as read_text
    from .texts import read_ts as read_ts
    from .texts import runs_on as runs_on
    from .texts import text_of as text_of
else:
    __getattr__, __dir__ = _door(__name__)
