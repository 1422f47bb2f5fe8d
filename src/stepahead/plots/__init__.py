"""Figures and reports. Each figure is a function from columns of numbers to an Altair chart, which
notebooks show and which is saved without a network."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._save import save_figure as save_figure
    from ._sheet import theme_sheet as theme_sheet
    from ._theme import Figure as Figure
    from ._thinned import thinned as thinned
    from .comparison import bars_plot as bars_plot
    from .comparison import error_by_step_plot as error_by_step_plot
    from .comparison import learning_curve_plot as learning_curve_plot
    from .comparison import strategies_plot as strategies_plot
    from .comparison import trust_plot as trust_plot
    from .forecasts import coverage_plot as coverage_plot
    from .forecasts import forecast_plot as forecast_plot
    from .forecasts import overlay_plot as overlay_plot
    from .report import Comparison as Comparison
    from .report import Course as Course
    from .report import LabelReport as LabelReport
    from .report import Provenance as Provenance
    from .report import Report as Report
    from .report import Residuals as Residuals
    from .report import ScoresReport as ScoresReport
    from .report import Spread as Spread
    from .report import StatesReport as StatesReport
    from .report import StationarityTests as StationarityTests
    from .report import TextReport as TextReport
    from .report import TokenStatesReport as TokenStatesReport
    from .report import Training as Training
    from .report import drawing_program as drawing_program
    from .report import label_report_html as label_report_html
    from .report import report_html as report_html
    from .report import scores_report_html as scores_report_html
    from .report import states_report_html as states_report_html
    from .report import text_report_html as text_report_html
    from .report import token_states_report_html as token_states_report_html
    from .series import components_plot as components_plot
    from .series import direction_plot as direction_plot
    from .series import level_shift_plot as level_shift_plot
    from .series import series_plot as series_plot
    from .series import states_plot as states_plot
    from .tokens import attention_plot as attention_plot
    from .tokens import confusion_plot as confusion_plot
    from .tokens import emissions_plot as emissions_plot
    from .tokens import next_tokens_plot as next_tokens_plot
    from .tokens import perplexity_plot as perplexity_plot
    from .tokens import transitions_plot as transitions_plot
    from .tokens import unrolled as unrolled
else:
    __getattr__, __dir__ = _door(__name__)
