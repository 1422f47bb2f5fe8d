"""Readers and stores given an input, nothing fitted: read, and what was read holds, or
refused in a sentence."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stepahead import Refusal, load, readers, store
from stepahead.data import Characters, Panel, WordsAndPunctuation

from . import stores, tables, texts

Files = dict[str, bytes]


class Kind(NamedTuple):
    """Drawing, reading and checking inputs of a kind; `read` gets the paths of
    the files."""

    draw: Callable[[np.random.Generator], Files]
    read: Callable[[list[Path], np.random.Generator], None]


def outcome(kind: Kind, files: Files, folder: Path, rng: np.random.Generator) -> str:
    """ "read" or "refused"; anything else than a sentence is raised."""
    paths = [folder / name for name in files]
    for path, content in zip(paths, files.values(), strict=True):
        path.write_bytes(content)
    try:
        kind.read(paths, rng)
    except Refusal as refusal:
        said = str(refusal)
        assert is_sentence(said), f"no sentence: {said}"
        return "refused"
    return "read"


def is_sentence(said: str) -> bool:
    """True if this was written for a reader: ended, or ending in a command or a name to take; not
    long, and no word of Python's own."""
    ended = said.rstrip().endswith((".", "?", ")", "'", "`", ".txt"))
    return (
        ended
        and "\n\n" not in said
        and len(said) < 2000
        and not any(word in said for word in ("object at 0x", "Traceback", "<class "))
    )


def _table(
    draw: Callable[[np.random.Generator], tuple[bytes, str]],
) -> Callable[[np.random.Generator], Files]:
    def files(rng: np.random.Generator) -> Files:
        content, suffix = draw(rng)
        return {f"input{suffix}": content}

    return files


def _read_table(paths: list[Path], rng: np.random.Generator) -> Panel:
    reading = readers.understand(paths[0])
    own = (
        "'nan'" in reading.summary or b"nan" in paths[0].read_bytes()[:200]
    )  # a column or a series of that name
    assert own or "nan" not in reading.summary.lower().replace("nanosecond", "").replace(
        paths[0].name.lower(), ""
    ), reading.summary
    return reading.panel


def _read_panel(paths: list[Path], rng: np.random.Generator) -> None:
    """Every value that stands in the file is in the panel, in the order of its stamps, and no
    other."""
    panel = _read_table(paths, rng)
    wanted: dict[str, list[tuple[object, float]]] = defaultdict(list)
    for row in paths[0].read_text().splitlines()[1:]:
        name, stamp, cell = row.split(",")
        if cell:
            wanted[name].append((int(stamp) if stamp.isdigit() else stamp, float(cell)))
    for number, name in enumerate(panel.ids.tolist()):
        values = panel.series(number)[:, 0]
        np.testing.assert_allclose(
            values[~np.isnan(values)],
            [value for _, value in sorted(wanted.pop(name, []))],
            rtol=1e-14,
        )
    assert not wanted, f"not read: {sorted(wanted)}"


def _read_text(paths: list[Path], rng: np.random.Generator) -> None:
    """Every line that holds something is a sequence, and by characters it is that line."""
    tokenizer = (None, WordsAndPunctuation(), Characters())[rng.integers(3)]
    by_line = bool(rng.random() < 0.8)
    tokens = readers.read_text(paths[0], tokenizer=tokenizer, lines=by_line)
    lines = [line for line in readers.text_of(paths[0]).split("\n") if line.strip()]
    assert (
        len(tokens) == (len(lines) if by_line else 1)
        and (tokens.ids < len(tokens.vocabulary)).all()
    )
    if isinstance(tokenizer, Characters) and by_line:
        words = tokens.vocabulary.words
        for line, ids in zip(lines, np.split(tokens.ids, tokens.offsets[1:-1]), strict=True):
            assert "".join(words[token] for token in ids) == "".join(tokenizer.tokenize(line))


def _read_labels(paths: list[Path], rng: np.random.Generator) -> None:
    lines = [line for line in readers.text_of(paths[0]).split("\n") if line.strip()]
    labelled = (
        readers.read_labelled(paths[0])
        if rng.random() < 0.6
        else readers.read_labelled(paths[0], label_first=bool(rng.random() < 0.5))
    )
    assert len(labelled) in (len(lines), len(lines) - 1)  # without a header


def _read_pairs(paths: list[Path], rng: np.random.Generator) -> None:
    pairs = readers.read_pairs(*paths)
    assert (
        len(pairs.inputs)
        == len(pairs.targets)
        == len([line for line in readers.text_of(paths[0]).split("\n") if line.strip()])
    )


def _read_conllu(paths: list[Path], rng: np.random.Generator) -> None:
    tagged = readers.read_conllu(paths[0], column=str(rng.choice(["upos", "xpos"])))
    np.testing.assert_array_equal(tagged.inputs.offsets, tagged.tags.offsets)


def _read_ts(paths: list[Path], rng: np.random.Generator) -> None:
    labelled = readers.read_ts(paths[0])
    assert isinstance(labelled.inputs, Panel) and len(labelled.inputs) == len(labelled)


def _read_arpa(paths: list[Path], rng: np.random.Generator) -> None:
    """A model that was read gives finite probabilities of any text, or that it is impossible;
    written and read again, it is the same."""
    model, vocabulary = store.load_arpa(paths[0])
    texts_ids = rng.integers(len(vocabulary), size=12)
    said = model.log_probs(texts_ids, np.array([0, 5, 12]))
    assert not np.isnan(said).any() and (said <= 1e-6).all(), said
    again, _ = store.load_arpa(store.save_arpa(model, vocabulary, paths[0].with_name("again.arpa")))
    np.testing.assert_allclose(
        again.log_probs(texts_ids, np.array([0, 5, 12])), said, rtol=1e-4, atol=1e-4
    )


def _load(paths: list[Path], rng: np.random.Generator) -> None:
    load(paths[0])


KINDS = {
    "panels": Kind(_table(tables.panel), _read_panel),
    "tables": Kind(_table(tables.table), _read_table),
    "bytes": Kind(_table(tables.noise), _read_table),
    "damaged files": Kind(_table(tables.damaged), _read_table),
    "text": Kind(texts.text, _read_text),
    "labels": Kind(texts.labels, _read_labels),
    "parallel lines": Kind(texts.parallel, _read_pairs),
    "CoNLL-U": Kind(texts.conllu, _read_conllu),
    ".ts": Kind(texts.series, _read_ts),
    "ARPA": Kind(texts.arpa, _read_arpa),
    "damaged models": Kind(stores.damaged_model, _load),
    "forged models": Kind(stores.forged_model, _load),
}
"""Every kind of input, by its name."""
