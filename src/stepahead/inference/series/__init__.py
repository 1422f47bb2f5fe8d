"""Operations on models of series: forecasts, fitted values, scores and draws."""

from ._draw_series import draw as draw
from ._fitted_values import one_step_ahead as one_step_ahead
from ._from_the_end import from_the_end as from_the_end
from ._predict import LARGEST_FAN as LARGEST_FAN
from ._predict import predict as predict
from ._predict import stays as stays
from ._score import Score as Score
from ._score import log_likelihood as log_likelihood
