"""`stepahead text`: a model from a file, and what it is asked."""

import json
import math
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LINES = ["the cat sat on the mat", "the dog sat on the cat", "a cat ran", "the dog ran"] * 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text, and a model of it."""
    from stepahead.cli import main

    folder = tmp_path_factory.mktemp("text")
    (folder / "lines.txt").write_text("\n".join(LINES))
    with pytest.raises(SystemExit) as left:
        main(
            [
                "text",
                "fit",
                str(folder / "lines.txt"),
                "--model",
                "ngram",
                "--order",
                "3",
                "--save",
                str(folder / "m.stepahead"),
                "--quiet",
            ]
        )
    assert left.value.code == 0
    return folder


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and what was said."""
    from stepahead.cli import main

    with pytest.raises(SystemExit) as left:
        main(["text", *words])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_a_model_is_asked_what_it_knows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(folder / "m.stepahead")
    _, out, _ = ask(capsys, "next", model, "sat on", "--json", "--top", "2")
    assert json.loads(out)[0]["token"] == "the"
    _, out, said = ask(capsys, "score", model, "cat the sat", "the cat sat on the mat", "--rank")
    measures, ranked = out.split("\n\n")
    assert ranked.splitlines()[1].startswith("the cat sat on the mat,") and "Perplexity" in said
    assert "95 % interval" in said and "bits per character" in said and "frequencies of" in said
    assert [line.split(",")[0] for line in measures.splitlines()] == [
        "measure",
        "perplexity",
        "bits_per_token",
        "bits_per_character",
        "unknown_tokens",
    ]
    _, quiet, said = ask(capsys, "score", model, "a cat", "--quiet")
    assert quiet.split("\n\n")[1].startswith("text,log_prob,per_token\na cat,") and not said
    value, tokens = float(quiet.splitlines()[1].split(",")[1]), ["a", "cat", "</s>"]
    code, out, _ = ask(capsys, "score", model, "a cat", "--tokens", "--json")
    told = json.loads(out)
    assert [row["token"] for row in told["tokens"]] == tokens and code == 0
    mean = sum(row["log_prob"] for row in told["tokens"]) / len(tokens)
    assert value == pytest.approx(math.exp(-mean), abs=1e-3)
    assert told["measures"][0]["value"] == pytest.approx(math.exp(-mean))
    once, again = (
        ask(capsys, "sample", model, "the", "--seed", "4", "--count", "3")[1] for _ in range(2)
    )
    assert once == again and all(line.startswith("the") for line in once.splitlines())
    assert ask(capsys, "search", model, "the dog sat", "--width", "3")[1].startswith(
        "the dog sat on the "
    )
    _, out, said = ask(capsys, "fill", model, "the dog _ on _ cat", "--top", "1")
    assert [line.split(",")[1] for line in out.splitlines()[1:]] == [
        "sat",
        "the",
    ] and "the dog sat on the cat" in said


def test_the_report_of_scores_shows_where_a_text_was_least_expected(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, table = folder / "scores.html", folder / "scores.csv"
    lines, model = folder / "lines.txt", str(folder / "m.stepahead")
    wanted = "--report", str(page), "--out", str(table)
    code, out, said = ask(capsys, "score", model, "--file", str(lines), *wanted)
    assert code == 0 and "\n\n" not in out and "Report written to" in said
    assert table.read_text().startswith("text,log_prob,per_token\n")
    html = page.read_text()
    for part in ("Scores of lines.txt", "Bits a token by text", "least expected", "How far ahead"):
        assert part in html, part
    assert "Along the text" not in html
    code, _, said = ask(capsys, "score", model, "--file", str(lines), "--one-text", *wanted)
    assert code == 0 and "Along the text" in page.read_text()
    assert len(table.read_text().splitlines()[1]) < 120 and " …" in table.read_text()
    assert "Bits a token by text" not in page.read_text()


def test_few_places_tell_nothing_of_the_distance() -> None:
    from stepahead.cli.text._ahead import ahead_sentence
    from stepahead.generation import BitsAhead

    def said(places: int, *bits: float) -> str:
        return ahead_sentence(
            BitsAhead(np.array([1, 2]), np.array(bits), np.full(2, 4.0), np.full(2, 0.1), places)
        )

    assert "cannot be told from 8 places" in said(8, 1.0, 1.0)
    assert "At 200 places of these texts, not even the next token" in said(200, 3.9, 1.0)
    assert "up to 1 step ahead (1.00 bits beside 4.00 there)" in said(200, 1.0, 3.9)


def test_a_remark_names_options_of_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = str(folder / "remark.stepahead")
    fit = ("fit", str(folder / "lines.txt"), "--model", "ngram", "--save", saved)
    _, _, said = ask(capsys, *fit)
    assert "`--smoothing witten-bell` needs none" in said and "WittenBell" not in said


def test_the_plain_command_counts_mixes_and_looks_ahead(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    code, out, said = ask(capsys, "fit", "lines.txt")
    header, best, baseline = (line.split(",") for line in out.splitlines())
    assert code == 0 and header[:2] == ["model", "perplexity"] and baseline[0] == "frequencies"
    assert best[0].endswith("-grams") and float(best[1]) < float(baseline[1])
    assert (
        "24 lines, independent of each other (detected from their words; else --one-text)" in said
    )
    assert "bits per character" in said and "ahead" in said and "alone" in said
    bits, per_character = float(best[2]), float(best[3])
    assert abs(per_character / bits - 8 / (len("a cat ran") + len("the dog ran") + 2)) < 1e-3
    code, out, said = ask(capsys, "fit", "lines.txt", "-q", "--save", "quiet.stepahead")
    assert code == 0 and len(out.splitlines()) == 3 and not said
    code, out, said = ask(
        capsys, "score", "lines.stepahead", "--file", "lines.txt", "--one-text", "--ahead", "3"
    )
    assert code == 0 and [line.split(",")[0] for line in out.splitlines()[1:]] == ["1", "2", "3"]
    assert "How far to trust it" in said
    code, out, said = ask(capsys, "score", "lines.stepahead", "a cat", "--ahead", "30")
    assert code == 2 and "look less far" in said


ARPA = """\\data\\
ngram 1=6
ngram 2=4
ngram 3=3

\\1-grams:
-1.2041199	<unk>	0
0	<s>	-0.30103
-0.90308994	</s>	0
-0.69897	the	-0.2218487
-0.69897	cat	-0.2218487
-0.90308994	sat	-0.30103

\\2-grams:
-0.30103	<s> the	-0.30103
-0.39794	the cat	-0.30103
-0.39794	cat sat	-0.30103
-0.2218487	sat </s>	0

\\3-grams:
-0.17609	<s> the cat
-0.30103	the cat sat
-0.17609	cat sat </s>

\\end\\
"""
"""Small, in the form in which lmplz of KenLM writes it."""


def test_an_arpa_file_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.arpa"
    path.write_text(ARPA)
    code, out, _ = ask(capsys, "score", str(path), "the cat sat", "the dog", "--quiet")
    rows = out.split("\n\n")[1].splitlines()[1:]
    whole, backed_off = (float(line.split(",")[1]) for line in rows)
    assert code == 0 and whole == pytest.approx(-0.95424 * math.log(10), abs=1e-4)
    unknown = -0.30103 + (-0.30103 - 0.2218487 - 1.2041199) + (0 - 0.90308994)
    assert backed_off == pytest.approx(unknown * math.log(10), abs=1e-4)
    path.write_text("no n-grams")
    code, _, said = ask(capsys, "next", str(path))
    assert code == 2 and "is not an ARPA file" in said


def test_ctrl_c_keeps_what_there_is_and_leaves_with_130(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal itself, in the first epoch; its checkpoint stays, so that the command goes on."""
    from stepahead.cli.shared import Console
    from stepahead.outputs import cache_folder

    def stop(event: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    (folder / "few.txt").write_text("\n".join(LINES * 12))
    saved = str(folder / "few.stepahead")
    monkeypatch.setenv("STEPAHEAD_CACHE", str(folder / "cache"))
    monkeypatch.setattr(Console, "epochs", lambda *words: nullcontext(stop))
    fit = ("fit", str(folder / "few.txt"), "--lines", "--budget", "10m", "--save", saved)
    code, out, said = ask(capsys, *fit)
    assert code == 130 and "The same command continues from there." in said
    assert "Traceback" not in said and "-grams," in out and "lstm," in out
    assert len(list((cache_folder() / "runs").glob("*.run"))) == 1
    code, _, _ = ask(capsys, "next", saved, "the")
    assert code == 0


def test_a_net_is_fitted_judged_and_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = str(folder / "n.stepahead")
    words = (
        "--model",
        "gru",
        "--width",
        "4",
        "--epochs",
        "1",
        "--tokenizer",
        "characters",
        "--backward",
        "--half-precision",
        "--save",
        saved,
    )
    code, _, said = ask(capsys, "fit", str(folder / "lines.txt"), *words)
    assert b"F16" in Path(saved).read_bytes()
    assert code == 0 and "bits per character" in said
    assert len(json.loads(ask(capsys, "next", saved, "at", "--json")[1])) == 10
    code, _, said = ask(capsys, "fill", saved, "the _ sat")
    assert code == 2 and "n-gram" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("next", "{m}", "zebra"), "not in the vocabulary"),
        (("score", "{m}"), "--file"),
        (("fill", "{m}", "the cat"), "no gap"),
        (("search", "{m}", "--width", "500000000"), "--width"),
        (("sample", "{m}", "--temperature", "-1"), "--temperature"),
        (("fit", "{t}", "--model", "gur"), "Did you mean 'gru'"),
        (("fit", "{t}", "--model", "my:Step"), "Use it in Python"),
        (("fit", "{t}", "--model", "ngram", "--order", "0"), "--order"),
        (("fit", "{t}", "--budget", "soon"), "--budget"),
        (("fit", "{t}", "--held-out", "99"), "--held-out"),
        (("fit", "{t}", "--tokenizer", "subwords", "--pieces", "100000"), "subwords"),
        (("fit", "{t}", "--save", "x.pkl"), "--save"),
        (("fit", "{e}"), "empty"),
        (("fit", "{b}"), "byte 1"),
        (("next", "{t}"), "not a whole stepahead file"),
    ],
)
def test_bad_input_gets_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    (folder / "e.txt").write_text("\n")
    (folder / "b.txt").write_bytes(b"a\xff b")
    place = {"{m}": "m.stepahead", "{t}": "lines.txt", "{e}": "e.txt", "{b}": "b.txt"}
    code, out, err = ask(
        capsys, *(str(folder / place[word]) if word in place else word for word in words)
    )
    assert code == 2 and said in err and "Traceback" not in err and not out


def test_a_language_model_forecasts_no_series(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from stepahead.cli import main

    with pytest.raises(SystemExit) as left:
        main(["predict", str(folder / "m.stepahead")])
    assert left.value.code == 2 and "holds a LanguageModel" in capsys.readouterr().err


def test_too_few_pairs_are_said_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from stepahead.cli import main

    texts = {"de": "ein hund\neine katze\n", "en": "a dog\na cat\n", "short": "a\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    for target, wanted in [
        ("en", "5 % of 2 examples are none to hold out"),
        ("short", "which begins 'eine katze', has none beside it"),
    ]:
        pair = [str(tmp_path / name) for name in ("de", target)]
        with pytest.raises(SystemExit) as left:
            main(["translate", "fit", *pair, "--save", str(tmp_path / "m.stepahead")])
        assert left.value.code == 2 and wanted in capsys.readouterr().err
