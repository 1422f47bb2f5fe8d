"""Figures, one function each, from columns of numbers to an Altair chart that shows in a notebook and saves offline; and the report."""

from ._bars import bars_plot as bars_plot
from ._confusion import confusion_plot as confusion_plot
from ._coverage import coverage_plot as coverage_plot
from ._direction import direction_plot as direction_plot
from ._drift import drift_plot as drift_plot
from ._error_by_step import error_by_step_plot as error_by_step_plot
from ._forecast import forecast_plot as forecast_plot
from ._learning_curve import learning_curve_plot as learning_curve_plot
from ._overlay import overlay_plot as overlay_plot
from ._page import drawing_program as drawing_program
from ._perplexity import perplexity_plot as perplexity_plot
from ._report import Comparison as Comparison
from ._report import Provenance as Provenance
from ._report import Report as Report
from ._report import Residuals as Residuals
from ._report import StationarityTests as StationarityTests
from ._report import Training as Training
from ._report_page import report_html as report_html
from ._save import save_figure as save_figure
from ._series import series_plot as series_plot
from ._strategies import strategies_plot as strategies_plot
from ._theme import Figure as Figure
from ._transitions import transitions_plot as transitions_plot
from ._trust import trust_plot as trust_plot
