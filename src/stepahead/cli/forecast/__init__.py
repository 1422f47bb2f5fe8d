"""The commands that forecast: from data, from a saved model, and with new observations."""

from ._fitting import remove_checkpoint as remove_checkpoint
from ._fitting import resumable as resumable
from ._forecast import forecast as forecast
from ._predict import predict as predict
from ._update import update as update
