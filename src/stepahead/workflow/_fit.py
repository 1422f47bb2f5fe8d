"""`fit`: the one door from a specification and data to what was fitted; the kind of the data says which."""

from typing import Any, overload

from .._check import Refusal
from .._types import Key
from ..data import Described, Labelled, Pairs, Panel, Tagged, Tokens
from ..forecasting import Forecaster, Method, Predictor
from ..generation import Generator, LanguageModel, SeriesGenerator, TranslationModel
from ..labelling import LabelModel, TagModel
from ..models import Bayes, Classifier, Decoder, Embedded, Encoder, NGram, Recurrent, Specification, Tagger, Translator
from ._fit_given import fit_described, fit_pairs
from ._fit_labels import fit_labels, fit_tags
from ._fit_panel import fit_panel
from ._fit_tokens import fit_tokens


@overload
def fit(spec: Method, data: Panel, horizon: int, *, key: Key, season: int | None = None) -> Predictor: ...


@overload
def fit(spec: Specification, data: Panel, horizon: int, *, key: Key, **options: Any) -> Forecaster: ...


@overload
def fit(spec: NGram | Embedded | Specification, data: Tokens, *, key: Key = 0, **options: Any) -> LanguageModel: ...


@overload
def fit(spec: Classifier | Encoder | Recurrent | Bayes, data: Labelled, *, key: Key = 0, **options: Any) -> LabelModel: ...


@overload
def fit(spec: Tagger | Encoder, data: Tagged, *, key: Key, **options: Any) -> TagModel: ...


@overload
def fit(spec: Translator, data: Pairs, *, key: Key, **options: Any) -> TranslationModel: ...


@overload
def fit(spec: Decoder | Embedded | Recurrent, data: Described, *, key: Key, **options: Any) -> Generator | SeriesGenerator: ...


def fit(spec: Any, data: Any, horizon: int | None = None, *, key: Key | None = None, **options: Any) -> Any:
    """Fit a model to data. What the data are says what the model learns, and what comes back:

    | data | learned | returned | options: see |
    |---|---|---|---|
    | `Panel` | the next `horizon` steps of every series | `Forecaster` | `workflow.fit_panel` |
    | `Tokens` | the next token, so the density of whole sequences | `LanguageModel` | `workflow.fit_tokens` |
    | `Labelled` | the label of every sequence | `LabelModel` | `workflow.fit_labels` |
    | `Tagged` | a tag for every word of every sequence | `TagModel` | `workflow.fit_tags` |
    | `Pairs` | the sequence that each sequence becomes | `TranslationModel` | `workflow.fit_pairs` |
    | `Described` | the sequence that each vector becomes | `Generator`, `SeriesGenerator` | `workflow.fit_described` |

    The result is a function of the arguments; `key` is needed wherever something is drawn (everything but counts).

    >>> import jax, numpy as np, stepahead as sa
    >>> forecaster = sa.fit(sa.models.Drift(), sa.Panel.from_arrays([np.arange(20.0)]), horizon=2, key=0)
    >>> forecaster.forecast(levels=())["forecast"].round(4).tolist()
    [20.0, 21.0]
    >>> chain = sa.fit(sa.models.NGram(2), sa.data.Tokens.from_texts(["a b a b", "a b"]))
    >>> chain.next("a", top=1)[0].token
    'b'
    """
    if isinstance(data, Panel):
        if horizon is None:
            raise Refusal("`horizon` is missing: how many steps ahead is to be forecast? Give 12.")
        return fit_panel(spec, data, horizon, key=_given(key), **options)
    if horizon is not None and isinstance(data, (Tokens, Labelled, Tagged, Pairs, Described)):
        raise Refusal("`horizon` belongs to series of numbers; a model of tokens goes on for as long as it is asked to. Leave it out.")
    if isinstance(data, Tokens):
        return fit_tokens(spec, data, key=0 if isinstance(spec, NGram) else _given(key), **options)
    if isinstance(data, Labelled):
        return fit_labels(spec, data, key=0 if isinstance(spec, Bayes) else _given(key), **options)
    if isinstance(data, Tagged):
        return fit_tags(spec, data, key=_given(key), **options)
    if isinstance(data, Pairs):
        return fit_pairs(spec, data, key=_given(key), **options)
    if isinstance(data, Described):
        return fit_described(spec, data, key=_given(key), **options)
    raise Refusal(f"There is no way to fit a model to a {type(data).__name__}. Give a Panel (`sa.read`) or Tokens (`sa.read_text`).")


def _given(key: Key | None) -> Key:
    if key is None:
        raise Refusal("`key` is missing: what is drawn is a function of it. Give `key=0`.")
    return key
