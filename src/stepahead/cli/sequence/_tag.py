"""`stepahead tag`: a tag for every word, such as its part of speech."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted
from ..shared import TABLES, Console, Out, Quiet, keep_compiled, writable
from ..text import Json, Saved, put, texts_of
from ._examples import (
    Cell,
    Dropout,
    Epochs,
    Held,
    Layers,
    Save,
    Seed,
    Valid,
    Width,
    cell,
    held_back,
    known,
    loaded,
    place,
    recipe,
    stored,
)

if TYPE_CHECKING:
    from ...data import Tagged
    from ...labelling import TagModel

tag = typer.Typer(
    help="A tag for every word of a sentence: parts of speech, names.", no_args_is_help=True
)
"""The commands of `stepahead tag`."""

TaggedFile = Annotated[
    Path, typer.Argument(help="Words and tags in CoNLL-U, gzipped or not.", show_default=False)
]
Column = Annotated[str, typer.Option(help="Which column of CoNLL-U holds the tags: upos or xpos.")]


@tag.command()
def fit(
    file: TaggedFile,
    save: Save = None,
    column: Column = "upos",
    model: Cell = "lstm",
    width: Width = 100,
    layers: Layers = 1,
    dropout: Dropout = 0.4,
    letters: Annotated[
        int, typer.Option(help="Width of the recurrence over the characters of a word; 0 for none.")
    ] = 32,
    chain: Annotated[
        bool,
        typer.Option("--chain", help="Let neighbouring tags count (conditional random field)."),
    ] = False,
    epochs: Epochs = 15,
    held: Held = 10,
    valid: Valid = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Learn tags from tagged sentences, read from both sides; say how many words held back are
    tagged right."""
    from ...models import GRU, Encoder, Tagger
    from ...readers import read_conllu
    from ...workflow import fit as fit_model

    kept = place(save, file)
    console = Console(quiet)
    examples = read_conllu(file, column=column)
    train, judged = (
        held_back(examples, held, seed)
        if valid is None
        else (examples, read_conllu(valid, column=column))
    )
    train = type(train)(known(train.inputs), known(train.tags))
    judging = "" if judged is None else f", {len(judged):,} to judge by"
    console.say(
        f"{file.name}: {counted(len(train), 'sentence')} of "
        f"{counted(len(train.inputs.ids), 'word')} to learn from{judging}"
    )
    keep_compiled()
    spelling = (
        Encoder(GRU(letters), bidirectional=True, embedding=max(8, letters // 2))
        if letters
        else None
    )
    words = Encoder(
        cell(model, width, layers, dropout), bidirectional=True, dropout=dropout, word_dropout=0.05
    )
    spec = Tagger(words, characters=spelling, transitions=chain)
    with console.epochs(f"training {model}") as listener:
        plan = recipe(len(train), epochs, patient=judged is not None)
        done = fit_model(spec, train, key=seed, training=plan, validation=judged, on_event=listener)
    if judged is not None:
        _judge(done, judged, console)
    stored(done, kept, console, 'tag apply {} "…"')


@tag.command()
def apply(
    model: Saved,
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences in quotes, words between white space.", show_default=False),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Tag the lines of this file.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The tag of every word."""
    import numpy as np
    import pandas as pd

    writable("--out", out, TABLES)
    fitted = _loaded(model)
    tokens = fitted.tokens(texts_of(text, file, "tag apply"))
    said = fitted.tag(tokens)
    rows: dict[str, Any] = {
        "sentence": np.repeat(np.arange(len(tokens)) + 1, tokens.lengths),
        "word": [tokens.vocabulary.words[number] for number in tokens.ids],
        "tag": [said.vocabulary.words[number] for number in said.ids],
    }
    put(pd.DataFrame(rows), "Tags", out, as_json)


@tag.command()
def evaluate(model: Saved, file: TaggedFile, column: Column = "upos", quiet: Quiet = False) -> None:
    """Judge a model by sentences that are tagged."""
    from ...readers import read_conllu

    _judge(_loaded(model), read_conllu(file, column=column), Console(quiet))


def _loaded(path: Path) -> "TagModel":
    from ...labelling import TagModel

    return loaded(path, TagModel, "tag")


def _judge(fitted: "TagModel", judged: "Tagged", console: Console) -> None:
    if not len(judged.inputs.ids):
        raise Refusal("There is no word to judge by. Give more sentences.")
    score = fitted.evaluate(judged)
    console.say(f"{score.accuracy:.2%} of {counted(len(judged.inputs.ids), 'word')} tagged right.")
