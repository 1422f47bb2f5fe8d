"""The model of `stepahead text fit`: its options, and how it is fitted."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..._check import between, known_name, whole
from ...outputs import cache_compiled
from ..shared import AUTO, Console, resumable, seconds
from ._names import SMOOTHINGS, TEXT_MODELS, text_model

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel
    from ...workflow import TextRow


NATS = "nats a token"
"""The unit of losses."""


class Done(NamedTuple):
    """The fitted model, the model that was evaluated on held-out text, a row for each evaluated
    model, sentences on the choice, and True if Ctrl-C ended training."""

    model: "LanguageModel"
    judged: "LanguageModel"
    rows: "tuple[TextRow, ...]"
    sentences: tuple[str, ...] = ()
    interrupted: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """The kind of model and its sizes; each field is an option."""

    model: Annotated[
        str,
        typer.Option(
            help=f"{AUTO} counts n-grams, trains an lstm in the time that is left and mixes both; "
            f"or one of {', '.join(TEXT_MODELS)}."
        ),
    ] = AUTO
    budget: Annotated[str, typer.Option(help=f"{AUTO}: time limit, such as 30s, 2m, 1h.")] = "60s"
    order: Annotated[
        int, typer.Option(help="ngram, mlp: length of n-grams, the predicted token included.")
    ] = 5
    smoothing: Annotated[str, typer.Option(help=f"ngram: {', '.join(SMOOTHINGS)}.")] = "kneser-ney"
    states: Annotated[int, typer.Option(help="hmm: number of hidden states.")] = 8
    width: Annotated[int, typer.Option(help="Networks: size of the hidden state.")] = 128
    layers: Annotated[int, typer.Option(help="Networks: number of layers.")] = 1
    dropout: Annotated[float, typer.Option(help="Networks: dropout rate.")] = 0.2
    epochs: Annotated[
        int, typer.Option(help="Networks: most epochs; the best one on held-out text is used.")
    ] = 15

    def check(self) -> None:
        """Raise an error for impossible sizes and unknown names."""
        sizes = {"epochs": self.epochs, "width": self.width, "layers": self.layers}
        for name, value in {**sizes, "states": self.states}.items():
            whole(f"--{name}", value)
        between("--dropout", self.dropout, 0, 1)
        known_name("model", self.model, (AUTO, *TEXT_MODELS))
        seconds(self.budget)
        if self.model != AUTO:
            _ = self.spec

    @property
    def spec(self) -> Any:
        """The specification with these sizes."""
        return text_model(
            self.model,
            self.order,
            self.smoothing,
            self.states,
            self.width,
            self.layers,
            self.dropout,
        )

    def fit(
        self,
        train: "Tokens",
        heldout: "Tokens | None",
        backward: bool,
        seed: int,
        console: Console,
    ) -> Done:
        """The fitted model: chosen by comparison, counted, estimated by expectation maximisation,
        or trained."""
        if self.model == AUTO:
            request = "text", backward, seed, seconds(self.budget)
            with resumable(request, (train, heldout), console) as checkpoint:
                return _choose(
                    train, heldout, backward, seed, seconds(self.budget), console, checkpoint
                )
        began = time.monotonic()
        if self.model == "ngram":
            model = _count(self.spec, train, backward, console)
        elif self.model == "hmm":
            model = _learn_states(self.spec, train, backward, seed, console)
        else:
            options = (self.epochs, self.model, console)
            model = _train(self.spec, train, heldout, backward, seed, *options)
        took = time.monotonic() - began
        return Done(model, model, _judged(self.model, model, train, heldout, backward, took))


def _choose(
    train: "Tokens",
    heldout: "Tokens | None",
    backward: bool,
    seed: int,
    budget: float,
    console: Console,
    checkpoint: Path | None,
) -> Done:
    """A mixture of n-grams and a network, with a line for each part that is finished."""
    from ...workflow import auto_text

    cache_compiled()

    def on_row(row: "TextRow") -> None:
        console.say(
            f"{row.name}: perplexity {row.perplexity:.4g}, {row.bits:.3f} bits a token, "
            f"{row.seconds:.1f} s"
        )

    with console.epochs("training lstm", NATS) as listener:
        found = auto_text(
            train,
            heldout,
            key=seed,
            clock=time.monotonic,
            budget=budget,
            backward=backward,
            on_row=on_row,
            checkpoint=checkpoint,
            **({} if listener is None else {"on_event": listener}),
        )
    said = found.sentence, found.more_time
    return Done(found.model, found.judged, found.rows, said, found.interrupted)


def _judged(
    name: str,
    model: "LanguageModel",
    train: "Tokens",
    heldout: "Tokens | None",
    backward: bool,
    took: float,
) -> "tuple[TextRow, ...]":
    """A row for the model, and one for the frequencies of tokens."""
    from ...models import NGram
    from ...workflow import TextRow
    from ...workflow import fit as fit_model

    if heldout is None:
        return ()
    baseline = fit_model(NGram(1), train, backward=backward)
    return (
        TextRow(name, model.score(heldout).bits, 1.0, took),
        TextRow("frequencies", baseline.score(heldout).bits, 0.0, 0.0),
    )


def _count(spec: Any, train: "Tokens", backward: bool, console: Console) -> "LanguageModel":
    """An n-gram model, by counting."""
    from ...workflow import fit as fit_model

    with console.waiting("counting"):
        return fit_model(spec, train, key=0, backward=backward, on_note=console.hint)


def _learn_states(
    spec: Any, train: "Tokens", backward: bool, seed: int, console: Console
) -> "LanguageModel":
    """A hidden Markov model, by expectation maximisation."""
    from ...workflow import fit as fit_model

    with console.waiting("learning the hidden states"):
        done = fit_model(spec, train, key=seed, backward=backward)
    console.say(f"{done.learning.stopped[0].upper()}{done.learning.stopped[1:]}.")
    return done


def _train(
    spec: Any,
    train: "Tokens",
    heldout: "Tokens | None",
    backward: bool,
    seed: int,
    epochs: int,
    name: str,
    console: Console,
) -> "LanguageModel":
    """A network trained by the default recipe for a text of this size, with early stopping if there
    is held-out text."""
    from ...tasks import default_recipe
    from ...workflow import fit as fit_model

    cache_compiled()
    patience = None if heldout is None else 2
    recipe = replace(default_recipe(train), epochs=epochs, patience=patience)
    with console.epochs(f"training {name}", NATS) as listener:
        done = fit_model(
            spec,
            train,
            key=seed,
            backward=backward,
            training=recipe,
            validation=heldout,
            on_event=listener,
        )
    console.say(f"{done.learning.stopped[0].upper()}{done.learning.stopped[1:]}.")
    return done
