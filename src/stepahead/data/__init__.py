"""Nouns: panels of series, their frequency, and the parts that cut and rescale them."""

from ._frequency import Frequency as Frequency
from ._generators import Regimes as Regimes
from ._generators import adapting_baseline as adapting_baseline
from ._generators import ar_error as ar_error
from ._generators import ar_process as ar_process
from ._generators import decaying_jump as decaying_jump
from ._generators import noisy_sine as noisy_sine
from ._generators import random_walk as random_walk
from ._generators import regime_switch as regime_switch
from ._generators import seasonal as seasonal
from ._generators import two_sines as two_sines
from ._inference import infer_frequency as infer_frequency
from ._long import panel_from_long as panel_from_long
from ._panel import Panel as Panel
from ._splits import Origin as Origin
from ._splits import rolling_origins as rolling_origins
from ._splits import split as split
from ._splits import split_at as split_at
from ._batches import PaddedBatch as PaddedBatch
from ._batches import padded_batches as padded_batches
from ._windows import Lanes as Lanes
from ._windows import Windows as Windows
from ._windows import consecutive as consecutive
from ._windows import dense as dense
from ._windows import ending as ending
