"""`stepahead label`, `tag`, `translate`, `generate`: learn from examples, and be asked."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

NAMES = [
    ("Anna", "south"),
    ("Otto", "north"),
    ("Maria", "south"),
    ("Ulf", "north"),
    ("Elena", "south"),
    ("Knut", "north"),
]
SENTENCES = [
    (f"{article} {noun} {verb}", "DET NOUN VERB")
    for article in ("the", "a")
    for noun, verb in (("dog", "runs"), ("cat", "sits"), ("cow", "eats"))
]
NEW = [("the pig naps", "DET NOUN VERB")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files to learn from."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "names.tsv").write_text("\n".join(f"{label}\t{name}" for name, label in NAMES * 3))
    (folder / "source.txt").write_text("\n".join(["1 2", "2 1", "1 1", "2 2"] * 3))
    (folder / "target.txt").write_text("\n".join(["one two", "two one", "one one", "two two"] * 3))
    for name in ("source", "target"):
        lines = (folder / f"{name}.txt").read_text()
        (folder / f"{name}-gap.txt").write_text(lines.replace("\n", "\n\n", 1))
    (folder / "short.txt").write_text("one two\n")
    for name, sentences in (("words", SENTENCES * 4), ("new", NEW)):
        rows = [zip(words.split(), tags.split(), strict=True) for words, tags in sentences]
        blocks = [
            "\n".join(f"{n}\t{w}\t_\t{t}\t_\t_\t_\t_\t_\t_" for n, (w, t) in enumerate(pairs, 1))
            for pairs in rows
        ]
        (folder / f"{name}.conllu").write_text("\n\n".join(blocks) + "\n\n")
    return folder


def run(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, output and what was said; a word that begins with @ is a file of the folder."""
    from stepahead.cli import main

    with pytest.raises(SystemExit) as left:
        main([str(folder / word[1:]) if word.startswith("@") else word for word in words])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_labels_by_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(
        capsys,
        folder,
        "label",
        "fit",
        "@names.tsv",
        "--tokenizer",
        "characters",
        "--save",
        "@l.stepahead",
        "--plot",
        "@c.png",
    )
    assert code == 0 and "Accuracy" in said and (folder / "c.png").stat().st_size > 1000
    _, out, _ = run(capsys, folder, "label", "predict", "@l.stepahead", "Anna", "Otto", "--json")
    assert [row["label"] for row in json.loads(out)] == ["south", "north"]
    _, out, said = run(capsys, folder, "label", "evaluate", "@l.stepahead", "@names.tsv")
    measures, labels, early = out.split("\n\n")
    assert measures.startswith("measure,value,low,high,baseline\naccuracy,1.0,1.0,1.0,0.5\n")
    assert labels.startswith("label,examples,precision,recall,f1\nnorth,9,1.0,1.0,1.0")
    assert early.startswith("share,accuracy,log_loss\n0.1,") and "\n1.0,1.0," in early
    assert "macro-F1" in said


def test_the_most_frequent_label_stands_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = ("label", "fit", "@names.tsv", "--model", "most-frequent", "--save", "@f.stepahead")
    code, out, said = run(capsys, folder, *fit)
    assert code == 0 and len(out.splitlines()) == 2 and "100% most-frequent" in said
    (folder / "south.tsv").write_text("south\tAnna\nsouth\tMaria\n")
    _, out, _ = run(capsys, folder, "label", "evaluate", "@f.stepahead", "@south.tsv", "-q")
    assert "-0.0" not in out and "log_loss,0.69" in out


def test_texts_of_a_kind(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, table, said = run(
        capsys,
        folder,
        "generate",
        "fit",
        "@names.tsv",
        "--epochs",
        "1",
        "--width",
        "4",
        "--save",
        "@g.stepahead",
        "--half-precision",
    )
    assert code == 0 and "given their label" in said
    assert "nats a token\n" in said and "The one epoch was run." in said
    assert table.startswith("measure,value\nperplexity,")
    assert b"F16" in (folder / "g.stepahead").read_bytes()
    code, out, said = run(
        capsys, folder, "generate", "sample", "@g.stepahead", "north", "--count", "2", "--seed", "3"
    )
    assert code == 0 and len(out.splitlines()) == 2, said
    code, _, said = run(capsys, folder, "generate", "sample", "@g.stepahead", "nort")
    assert code == 2 and "Did you mean 'north'" in said


@pytest.mark.slow
def test_translations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A budget that is over after one epoch keeps the weights of that epoch."""
    sizes = ("--epochs", "3", "--width", "4", "--held-out", "20", "--save", "@t.stepahead")
    fit = ("translate", "fit", "@source-gap.txt", "@target-gap.txt", *sizes, "--budget", "0.01s")
    code, table, said = run(capsys, folder, *fit)
    assert code == 0 and "held-out" in said and "BLEU" in said
    rows = [line.split(",")[0] for line in table.splitlines()]
    assert rows == ["measure", "bleu", "chrf", "exact", "perplexity"]
    assert "10 pairs for training, 2 for validation, 1 blank line left out\n" in said
    assert "interrupted after 1 epoch; the weights of epoch 1 are kept (the budget is" in said
    code, out, _ = run(
        capsys, folder, "translate", "apply", "@t.stepahead", "1 2", "2", "--beam", "2"
    )
    assert code == 0 and len(out.split("\n")) == 3
    evaluate = ("translate", "evaluate", "@t.stepahead", "@source.txt", "@target.txt")
    code, out, said = run(capsys, folder, *evaluate, "--quiet", "--beam", "1")
    assert code == 0 and not said
    assert out.startswith("measure,value,low,high,baseline,signature\nbleu,")
    assert "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp" in out
    _, out, said = run(capsys, folder, *evaluate, "--json", "--beam", "1", "--out", "@said.csv")
    held = json.loads(out)
    assert [row["source"] for row in held["sentences"]][:2] == ["1 2", "2 1"]
    assert (
        (folder / "said.csv")
        .read_text()
        .startswith("source,reference,translation,chrf\n1 2,one two")
    )
    assert f"perplexity {held['perplexity']:.2f} on 12 pairs" in said
    assert run(capsys, folder, *evaluate, "--report", "@t.html", "-q", "--beam", "1")[0] == 0
    page = (folder / "t.html").read_text()
    assert "Translations of source.txt" in page and "The worst by chrF" in page
    assert f"perplexity {held['perplexity']:.2f} on 12 pairs" in page and "one two" in page


def test_translations_are_judged_on_pairs_drawn_at_random(tmp_path: Path) -> None:
    """Not on the last ones, which may be of another kind; and their words are not known."""
    from stepahead.cli.sequence._translate import _split

    source, target = tmp_path / "source.txt", tmp_path / "target.txt"
    source.write_text("\n".join(f"w{n}" for n in range(40)))
    target.write_text("\n".join(f"v{n}" for n in range(40)))
    train, heldout = _split(source, target, "words", 100, 1, 25, 0)
    assert heldout is not None and (len(train), len(heldout)) == (30, 10)
    places = [int(text[1:]) for text in heldout.inputs.texts()]
    assert places == sorted(places) and places != list(range(30, 40))
    assert heldout.targets.texts() == tuple(f"v{place}" for place in places)
    learned = {int(text[1:]) for text in train.inputs.texts()}
    assert learned | set(places) == set(range(40)) and len(train.inputs.vocabulary) == 30 + 2
    _, other = _split(source, target, "words", 100, 1, 25, 1)
    assert other is not None and other.inputs.texts() != heldout.inputs.texts()


def test_a_tagger_goes_on_after_ctrl_c(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was compared until then is saved, and the exit code says so."""
    from stepahead.cli.shared import Console
    from stepahead.outputs import cache_folder

    monkeypatch.setenv("STEPAHEAD_CACHE", str(folder / "cache"))
    say = Console.say

    def stop(console: Console, text: str) -> None:
        say(console, text)
        if text.startswith("compared hmm"):
            raise KeyboardInterrupt

    fit = ("tag", "fit", "@words.conllu", "--save", "@left.stepahead")
    with monkeypatch.context() as patched:
        patched.setattr(Console, "say", stop)
        code, out, said = run(capsys, folder, *fit)
    assert code == 130 and "The same command continues where it was interrupted." in said
    assert "hmm," in out and "crf," not in out and (folder / "left.stepahead").exists()
    assert len(list((cache_folder() / "runs").glob("*.run"))) == 1
    code, out, said = run(capsys, folder, *fit)
    assert code == 0 and "Resuming from the checkpoint" in said and "crf," in out
    assert not list((cache_folder() / "runs").glob("*.run"))


@pytest.mark.slow
def test_a_translator_goes_on_after_ctrl_c(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bytes of one that was left alone; and what was learned until then is saved."""
    from stepahead.cli.shared import Console

    fit = ("translate", "fit", "@source.txt", "@target.txt", "--width", "4", "--epochs", "3")
    code, _, _ = run(capsys, folder, *fit, "--save", "@alone.stepahead")
    assert code == 0

    def stop(event: Any) -> None:
        if event.number == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Console, "epochs", lambda *words: nullcontext(stop))
        code, _, said = run(capsys, folder, *fit, "--save", "@again.stepahead")
    assert code == 130 and "interrupted after 2 epochs" in said and "(Ctrl-C)" in said
    assert "The same command continues where it was interrupted." in said
    alone, again = folder / "alone.stepahead", folder / "again.stepahead"
    assert again.read_bytes() != alone.read_bytes()
    code, _, said = run(capsys, folder, *fit, "--save", "@again.stepahead")
    assert code == 0 and "Resuming from the checkpoint" in said
    assert again.read_bytes() == alone.read_bytes()


def test_tags(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plain command compares, combines, and is judged with the baseline beside."""
    fit = ("tag", "fit", "@words.conllu", "--save", "@w.stepahead")
    code, out, said = run(capsys, folder, *fit)
    assert code == 0 and "then fitted on all 24." in said and "held-out words" in said
    assert out.startswith("model,accuracy,unknown,sentences,log_loss,weight,seconds\n")
    assert {"hmm", "crf", "most-frequent"} <= {line.split(",")[0] for line in out.splitlines()}
    evaluate = ("tag", "evaluate", "@w.stepahead", "@new.conllu")
    code, out, said = run(capsys, folder, *evaluate, "--quiet", "--report", "@w.html")
    assert code == 0 and not said and "Tags of new.conllu" in (folder / "w.html").read_text()
    measures, tags = out.split("\n\n")
    assert measures.startswith("measure,value,low,high,baseline\naccuracy,1.0,1.0,1.0,0.")
    assert tags.startswith("tag,words,precision,recall,f1\nDET,1,1.0,1.0,1.0\n")
    _, out, said = run(capsys, folder, *evaluate, "--json", "--out", "@tags.csv")
    held = json.loads(out)
    assert held["tags"][0]["words"] == 1 and len(held["confusion"]) == 3
    assert (folder / "tags.csv").read_text().startswith("tag,words")
    assert "Accuracy 100.00% on 3 words; 100.00% of those that training did not have" in said


def test_tags_by_a_network(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ("--model", "gru", "--epochs", "1", "--width", "2", "--letters", "0")
    fit = ("tag", "fit", "@new.conllu", *sizes, "--save", "@n.stepahead")
    code, _, said = run(capsys, folder, *fit)
    assert code == 0 and "There is one sentence alone" in said
    _, out, _ = run(capsys, folder, "tag", "apply", "@n.stepahead", "the cat", "--json")
    assert [row["word"] for row in json.loads(out)] == ["the", "cat"]


def test_tags_by_a_hidden_markov_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit = ("tag", "fit", "@words.conllu", "--model", "hmm", "--save", "@h.stepahead")
    code, _, said = run(capsys, folder, *fit)
    assert code == 0 and "100% hmm" in said
    _, out, _ = run(capsys, folder, "tag", "apply", "@h.stepahead", "a dig sits", "--json")
    assert [row["tag"] for row in json.loads(out)] == ["DET", "NOUN", "VERB"]
    _, _, said = run(capsys, folder, "tag", "evaluate", "@h.stepahead", "@words.conllu")
    assert "Accuracy 100.00% on 72 words; 100.0% of the sentences are all right." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("label", "fit", "@names.tsv", "--model", "bays"), "Did you mean 'bayes'"),
        (("label", "fit", "@names.tsv", "--budget", "soon"), "--budget"),
        (("label", "fit", "@names.tsv", "--model", "nearest"), "reads series of numbers"),
        (("label", "fit", "@short.txt", "--text-first", "--save", "m.h5"), "--save"),
        (("label", "predict", "@names.tsv", "x"), "not a whole stepahead file"),
        (("translate", "fit", "@source.txt", "@short.txt"), "none beside it"),
        (("translate", "fit", "@none.txt", "@none.txt", "--model", "a:B"), "at the shell"),
        (("tag", "fit", "@short.txt"), "ine 1"),
        (("tag", "fit", "@words.conllu", "--model", "hm"), "Did you mean 'hmm'"),
        (("tag", "fit", "@words.conllu", "--model", "hmm", "--order", "3"), "1 or 2"),
        (("generate", "fit", "@names.tsv", "--tokenizer", "letters"), "tokenizer"),
    ],
)
def test_bad_input_gets_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, _, err = run(capsys, folder, *words)
    assert code == 2 and said in err and "Traceback" not in err
