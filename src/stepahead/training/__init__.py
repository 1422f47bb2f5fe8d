"""Training: gradient descent as one compiled program, closed-form fits, counting, and
optimizers."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._by_sequence import BySequence as BySequence
    from ._by_sequence import ExampleLoss as ExampleLoss
    from ._by_sequence import Examples as Examples
    from ._by_sequence import SequenceData as SequenceData
    from ._by_sequence import loss_by_sequence as loss_by_sequence
    from ._by_sequence import train_by_sequence as train_by_sequence
    from ._closed_form import has_closed_form as has_closed_form
    from ._closed_form import solve as solve
    from ._conditional import ConditionalData as ConditionalData
    from ._conditional import PairData as PairData
    from ._conditional import RowData as RowData
    from ._conditional import TokenLoss as TokenLoss
    from ._conditional import row_loss as row_loss
    from ._conditional import smoothed_entropy as smoothed_entropy
    from ._counts import count as count
    from ._counts import count_labels as count_labels
    from ._counts import count_tags as count_tags
    from ._crf import train_crf as train_crf
    from ._descent import Epoch as Epoch
    from ._descent import Progress as Progress
    from ._descent import Trained as Trained
    from ._descent import epochs as epochs
    from ._imputation import train_imputer as train_imputer
    from ._labels import LabelData as LabelData
    from ._labels import TagData as TagData
    from ._labels import label_loss as label_loss
    from ._labels import tag_loss as tag_loss
    from ._loop import Gradient as Gradient
    from ._loop import loss_of as loss_of
    from ._loop import train as train
    from ._loss import EVERY as EVERY
    from ._loss import LAST as LAST
    from ._loss import LossSteps as LossSteps
    from ._loss import Series as Series
    from ._loss import series_of as series_of
    from ._maximum_likelihood import LikelihoodFit as LikelihoodFit
    from ._maximum_likelihood import change_sizes as change_sizes
    from ._maximum_likelihood import maximum_likelihood as maximum_likelihood
    from ._optimizers import adam as adam
    from ._optimizers import cosine as cosine
    from ._optimizers import rmsprop as rmsprop
    from ._together import train_many as train_many
    from ._tokens import TokenData as TokenData
    from ._tokens import sentence_loss as sentence_loss
    from ._tokens import token_data as token_data
    from ._tokens import train_running as train_running
    from .latent import BaumWelch as BaumWelch
    from .latent import Hidden as Hidden
    from .latent import ObservedNumbers as ObservedNumbers
    from .latent import ObservedTokens as ObservedTokens
    from .latent import Rules as Rules
    from .latent import WithKnownStates as WithKnownStates
    from .latent import by_whole_sequences as by_whole_sequences
    from .latent import iteration as iteration
    from .latent import known_states as known_states
    from .latent import learn_states as learn_states
    from .latent import learn_token_states as learn_token_states
else:
    __getattr__, __dir__ = _door(__name__)
