"""`stepahead tag`: a tag for every word, such as its part of speech."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name
from ..shared import RECURRENT, TABLES, Console, Out, Quiet, check_writable
from ..text import Json, Saved, given_texts, print_table
from . import _examples as examples

if TYPE_CHECKING:
    from ...data import Tagged
    from ...labelling import TagModel

tag = typer.Typer(
    help="Tag every word of a sentence: parts of speech, named entities.", no_args_is_help=True
)
"""The commands of `stepahead tag`."""

MODELS = (*RECURRENT, "hmm")

TaggedFile = Annotated[
    Path, typer.Argument(help="Words and tags in CoNLL-U, gzipped or not.", show_default=False)
]
Column = Annotated[str, typer.Option(help="CoNLL-U column of the tags: upos or xpos.")]


@tag.command()
def fit(
    file: TaggedFile,
    save: examples.Save = None,
    column: Column = "upos",
    model: Annotated[
        str,
        typer.Option(
            help=f"A network, {', '.join(RECURRENT)}; or hmm, a hidden Markov model, counted in a "
            "second."
        ),
    ] = "lstm",
    order: Annotated[int, typer.Option(help="hmm: tags before it on which a tag depends.")] = 2,
    width: examples.Width = 100,
    layers: examples.Layers = 1,
    dropout: examples.Dropout = 0.4,
    letters: Annotated[
        int, typer.Option(help="Networks: width of the character encoder of words; 0 for none.")
    ] = 32,
    crf: Annotated[
        bool,
        typer.Option(
            "--crf", help="Networks: model transitions between tags (conditional random field)."
        ),
    ] = False,
    epochs: examples.Epochs = 15,
    held_out: examples.HeldOut = 10,
    validation: examples.Validation = None,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train a tagger, and print its accuracy on held-out words."""
    from ...readers import read_conllu

    known_name("model", model, MODELS)
    path = examples.model_path(save, file)
    console = Console(quiet)
    read = read_conllu(file, column=column)
    train, heldout = (
        examples.split_examples(read, held_out, seed)
        if validation is None
        else (read, read_conllu(validation, column=column))
    )
    train = type(train)(
        examples.with_own_vocabulary(train.inputs), examples.with_own_vocabulary(train.tags)
    )
    others = "" if heldout is None else f", {len(heldout):,} for validation"
    console.say(
        f"{file.name}: {counted(len(train), 'sentence')} of "
        f"{counted(len(train.inputs.ids), 'word')} for training{others}"
    )
    if model == "hmm":
        done = _count(train, order, console)
    else:
        spec = _network(examples.cell(model, width, layers, dropout), dropout, letters, crf)
        done = examples.train_network(
            spec, train, heldout, name=model, seed=seed, epochs=epochs, console=console
        )
    if heldout is not None:
        _evaluate(done, heldout, console)
    examples.save_model(done, path, console, lambda saved: f'tag apply {saved} "…"')


def _count(train: "Tagged", order: int, console: Console) -> "TagModel":
    """A hidden Markov model whose states are the tags, by counting."""
    from ...models import HMMTagger
    from ...workflow import fit as fit_model

    with console.waiting("counting"):
        return fit_model(HMMTagger(order), train)


def _network(cell: Any, dropout: float, letters: int, crf: bool) -> Any:
    """The tagger: an encoder of words and, unless `letters` is 0, of their characters."""
    from ...models import GRU, Encoder, Tagger

    spelling = (
        Encoder(GRU(letters), bidirectional=True, embedding=max(8, letters // 2))
        if letters
        else None
    )
    words = Encoder(cell, bidirectional=True, dropout=dropout, word_dropout=0.05)
    return Tagger(words, characters=spelling, transitions=crf)


@tag.command()
def apply(
    model: Saved,
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences in quotes, words between spaces.", show_default=False),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Tag the lines of this file.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Print the tag of every word."""
    import numpy as np
    import pandas as pd

    check_writable("--out", out, TABLES)
    fitted = _load(model)
    tokens = fitted.tokens(given_texts(text, file, "tag apply"))
    tags = fitted.tag(tokens)
    rows: dict[str, Any] = {
        "sentence": np.repeat(np.arange(len(tokens)) + 1, tokens.lengths),
        "word": [tokens.vocabulary.words[number] for number in tokens.ids],
        "tag": [tags.vocabulary.words[number] for number in tags.ids],
    }
    print_table(pd.DataFrame(rows), "Tags", out, as_json)


@tag.command()
def evaluate(model: Saved, file: TaggedFile, column: Column = "upos", quiet: Quiet = False) -> None:
    """Print the accuracy of a model on tagged sentences."""
    from ...readers import read_conllu

    _evaluate(_load(model), read_conllu(file, column=column), Console(quiet))


def _load(path: Path) -> "TagModel":
    from ...labelling import TagModel
    from ...store import load_as

    return load_as(TagModel, path, "stepahead tag fit")


def _evaluate(fitted: "TagModel", heldout: "Tagged", console: Console) -> None:
    """Print the accuracy of a model on these sentences."""
    if not len(heldout.inputs.ids):
        raise Refusal("There are no words to evaluate on. Give more sentences.")
    score = fitted.evaluate(heldout)
    said = f"Accuracy {score.accuracy:.2%} on {counted(len(heldout.inputs.ids), 'word')}"
    if score.unknown is not None:
        new = int(score.unknown.confusion.sum())
        said += f", {score.unknown.accuracy:.2%} on the {new:,} that training did not have"
    console.say(f"{said}.")
