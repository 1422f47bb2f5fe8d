"""Reports as one page of HTML."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._label_report import LabelReport as LabelReport
    from ._label_report import label_report_html as label_report_html
    from ._page import drawing_program as drawing_program
    from ._report import Comparison as Comparison
    from ._report import Provenance as Provenance
    from ._report import Report as Report
    from ._report import Residuals as Residuals
    from ._report import StationarityTests as StationarityTests
    from ._report import Training as Training
    from ._report_page import report_html as report_html
    from ._scores_report import Course as Course
    from ._scores_report import ScoresReport as ScoresReport
    from ._scores_report import Spread as Spread
    from ._scores_report import scores_report_html as scores_report_html
    from ._states_report import StatesReport as StatesReport
    from ._states_report import states_report_html as states_report_html
    from ._text_report import TextReport as TextReport
    from ._text_report import text_report_html as text_report_html
    from ._token_states_report import TokenStatesReport as TokenStatesReport
    from ._token_states_report import token_states_report_html as token_states_report_html
else:
    __getattr__, __dir__ = _door(__name__)
