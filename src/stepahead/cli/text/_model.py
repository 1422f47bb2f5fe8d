"""The model of `stepahead text fit`: its options, and fitting it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import between, whole
from ..shared import Console, cache_compiled
from ._names import SMOOTHINGS, TEXT_MODELS, text_model

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """The kind of model and its sizes; each field is an option."""

    model: Annotated[str, typer.Option(help=f"One of {', '.join(TEXT_MODELS)}.")] = "ngram"
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
        """Refuse impossible sizes and unknown names."""
        sizes = {"epochs": self.epochs, "width": self.width, "layers": self.layers}
        for name, value in {**sizes, "states": self.states}.items():
            whole(f"--{name}", value)
        between("--dropout", self.dropout, 0, 1)
        _ = self.spec

    @property
    def spec(self) -> Any:
        """The specification of these sizes."""
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
    ) -> "LanguageModel":
        """The fitted model: counted, learned by expectation maximisation, or trained."""
        if self.model == "ngram":
            return _count(self.spec, train, backward, console)
        if self.model == "hmm":
            return _learn_states(self.spec, train, backward, seed, console)
        return _train(self.spec, train, heldout, backward, seed, self.epochs, self.model, console)


def _count(spec: Any, train: "Tokens", backward: bool, console: Console) -> "LanguageModel":
    """An n-gram model, by counting."""
    from ...workflow import fit as fit_model

    with console.waiting("counting"):
        return fit_model(spec, train, key=0, backward=backward, on_note=console.say)


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
    """A network trained by the default recipe for a text of this size, with early stopping where
    there is held-out text."""
    from ...tasks import default_recipe
    from ...workflow import fit as fit_model

    cache_compiled()
    patience = None if heldout is None else 2
    recipe = replace(default_recipe(train), epochs=epochs, patience=patience)
    with console.epochs(f"training {name}") as listener:
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
