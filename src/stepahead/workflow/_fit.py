"""`fit`: the one function that fits any model. The type of the data selects the task."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from .. import tasks
from .._check import Refusal, options_known
from .._types import Key, Listener
from ..data import ConditionalSequences, Labelled, Pairs, Panel, Tagged, Tokens, require_panel
from ..forecasting import Method, Predictor, method_of
from ..tasks import Task
from ._resumable import resumable

if TYPE_CHECKING:
    from ..forecasting import Forecaster
    from ..generation import Generator, LanguageModel, SeriesGenerator, TranslationModel
    from ..labelling import LabelModel, TagModel
    from ..models import (
        Bayes,
        Classifier,
        CRFTagger,
        Decoder,
        Embedded,
        Encoder,
        HMMTagger,
        MostFrequentTag,
        NGram,
        Recurrent,
        Specification,
        StateSpace,
        Tagger,
        Translator,
    )

TASKS = (
    Task("forecast", Panel, lambda: tasks.fit_forecast),
    Task("next token", Tokens, lambda: tasks.fit_next_token),
    Task("label", Labelled, lambda: tasks.fit_label),
    Task("tag", Tagged, lambda: tasks.fit_tag),
    Task("translate", Pairs, lambda: tasks.fit_translation),
    Task("generate", ConditionalSequences, lambda: tasks.fit_generator),
)
"""One task for each type of data."""


def _other_tasks() -> Iterator[Any]:
    """The `fit_…` functions of all tasks that this installation can train."""
    for task in TASKS[1:]:
        with suppress(Refusal):
            yield task.learn


@overload
def fit(
    spec: "Method | StateSpace",
    data: Panel,
    horizon: int,
    *,
    key: Key = 0,
    season: int | None = None,
) -> Predictor: ...


@overload
def fit(
    spec: "Specification", data: Panel, horizon: int, *, key: Key, **options: Any
) -> "Forecaster": ...


@overload
def fit(
    spec: "NGram | Embedded | Specification", data: Tokens, *, key: Key = 0, **options: Any
) -> "LanguageModel": ...


@overload
def fit(
    spec: "Classifier | Encoder | Recurrent | Bayes",
    data: Labelled,
    *,
    key: Key = 0,
    **options: Any,
) -> "LabelModel": ...


@overload
def fit(
    spec: "Tagger | Encoder | HMMTagger | CRFTagger | MostFrequentTag",
    data: Tagged,
    *,
    key: Key = 0,
    **options: Any,
) -> "TagModel": ...


@overload
def fit(spec: "Translator", data: Pairs, *, key: Key, **options: Any) -> "TranslationModel": ...


@overload
def fit(
    spec: "Decoder | Embedded | Recurrent", data: ConditionalSequences, *, key: Key, **options: Any
) -> "Generator | SeriesGenerator": ...


@options_known(tasks.fit_forecast, rest=_other_tasks)
def fit(
    spec: Any,
    data: Any,
    horizon: int | None = None,
    *,
    key: Key | None = None,
    on_event: Listener | None = None,
    checkpoint: Path | None = None,
    interruptible: bool = False,
    **options: Any,
) -> Any:
    """Fit a model to data. The type of the data selects the task and the type of the result:

    | data | learned | returned | options: see |
    |---|---|---|---|
    | `Panel` | the next `horizon` steps of every series | `Forecaster` | `tasks.fit_forecast` |
    | `Tokens` | the next token | `LanguageModel` | `tasks.fit_next_token` |
    | `Labelled` | the label of every sequence | `LabelModel` | `tasks.fit_label` |
    | `Tagged` | a tag for every word | `TagModel` | `tasks.fit_tag` |
    | `Pairs` | a sequence for each sequence | `TranslationModel` | `tasks.fit_translation` |
    | `ConditionalSequences` | a sequence for each vector | a generator | `tasks.fit_generator` |

    The result is a function of the arguments; `key` is needed by every model with random weights
    (all but counts). `on_event` receives one event for each epoch. With `checkpoint`, training
    saves its progress to that file after every epoch, and the same call after a crash resumes there
    and ends with the same weights. The file is deleted at the end. With `interruptible`, Ctrl-C
    (or a KeyboardInterrupt that `on_event` raises) after the first epoch ends the training, and the
    best weights so far are kept.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(20.0)])
    >>> forecaster = sa.fit(sa.models.Drift(), panel, horizon=2, key=0)
    >>> forecaster.forecast(levels=())["forecast"].round(4).tolist()
    [20.0, 21.0]
    >>> bigrams = sa.fit(sa.models.NGram(2), sa.data.Tokens.from_texts(["a b a b", "a b"]))
    >>> bigrams.next("a", top=1)[0].token
    'b'
    """
    task = next((task for task in TASKS if isinstance(data, task.data)), None)
    if task is None:
        if isinstance(spec, (Panel, *(each.data for each in TASKS))):
            raise Refusal(
                "The model comes first, then the data: `fit(model, data)`. Exchange them."
            )
        if horizon is not None:
            require_panel("data", data)
        raise Refusal(
            f"There is no way to fit a model to a {type(data).__name__}. Give a Panel (`sa.read`) "
            "or Tokens (`sa.read_text`)."
        )
    if "horizon" not in task.options and horizon is not None:
        raise Refusal(
            "`horizon` belongs to series of numbers; a model of tokens goes on for as long as it "
            "is asked to. Leave it out."
        )
    if "horizon" in task.options:
        if horizon is None:
            raise Refusal("`horizon` is missing: how many steps ahead is to be forecast? Give 12.")
        options["horizon"] = horizon
    if checkpoint is not None and method_of(spec) is not None:
        raise Refusal(
            f"`checkpoint` keeps a training run, but {spec!r} fits itself in one pass. Leave it "
            "out."
        )
    task.check(options)
    run = partial(resumable, checkpoint=checkpoint, on_event=on_event, interruptible=interruptible)
    return task.learn(spec, data, key=key, run=run, **options)
