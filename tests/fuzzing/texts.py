"""Texts, labelled and parallel lines, CoNLL-U, `.ts` and ARPA files as nobody would write them on
purpose, drawn from a generator."""

import gzip

import numpy as np

from .tables import hurt

WORDS = (
    *(
        "a",
        "b",
        "the",
        "dog",
        "Dog",
        "ä",
        "a\u0308",
        "ﬁ",
        "中文",
        "中",
        "👩\u200d👧",
        "नि",
        "שלום",
        "مرحبا",
        "1,5",
        "don't",
        "...",
        "<unk>",
        "</s>",
    ),
    *(
        "<s>",
        "a\u00a0b",
        "x\u2028y",
        "\u200b",
        "\ufeff",
        "\x00",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\x1b[1m",
        "_",
        "",
        " ",
        "  ",
        "w" * 300,
        "=",
    ),
)
SEPARATORS = (" ", " ", " ", "\t", "  ", "\u3000", ":", ",")
ENDS = ("\n", "\n", "\n", "\r\n", "\r", "\n\n")


def line(rng: np.random.Generator, most: int = 7) -> str:
    """Some words, seldom very many."""
    count = int(rng.integers(0, most)) if rng.random() < 0.98 else 2000
    words = rng.choice(WORDS[:12] if rng.random() < 0.6 else WORDS, count)
    return str(rng.choice(SEPARATORS)).join(words) if rng.random() < 0.3 else " ".join(words)


def encoded(text: str, rng: np.random.Generator) -> bytes:
    """In UTF-8, seldom in another encoding, packed, or damaged."""
    encoding = str(
        rng.choice(
            ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"],
            p=[0.8, 0.08, 0.05, 0.02, 0.05],
        )
    )
    content = text.encode(encoding, "replace")
    content = gzip.compress(content, mtime=0) if rng.random() < 0.06 else content
    return hurt(content, rng) if rng.random() < 0.15 else content


def text(rng: np.random.Generator) -> dict[str, bytes]:
    """Lines of words of many scripts."""
    lines = [line(rng) for _ in range(rng.integers(0, 12))]
    return {
        "text.txt": encoded(
            str(rng.choice(ENDS)).join([*lines, ""][: len(lines) + int(rng.integers(2))]), rng
        )
    }


def labels(rng: np.random.Generator) -> dict[str, bytes]:
    """Lines of a label and a text, in either order, parted by a tab, a space or nothing; some have
    only one."""
    first, by = rng.random() < 0.7, str(rng.choice(["\t", "\t", " ", "  ", ",", ""]))
    rows = []
    for _ in range(rng.integers(0, 12)):
        pair = [
            str(
                rng.choice(["pos", "neg", "1", "x y", "", "中"], p=[0.3, 0.3, 0.2, 0.05, 0.05, 0.1])
            ),
            line(rng),
        ]
        rows.append(by.join(pair if first else pair[::-1]))
    if rng.random() < 0.2:
        rows.insert(0, by.join(["label", "text"]))
    return {"labels.tsv": encoded(str(rng.choice(ENDS)).join(rows), rng)}


def parallel(rng: np.random.Generator) -> dict[str, bytes]:
    """Two texts of mostly as many lines."""
    count = int(rng.integers(0, 8))
    sides = [
        [line(rng, 5) or ("a" if rng.random() < 0.8 else "") for _ in range(count)]
        for _ in range(2)
    ]
    if rng.random() < 0.15:
        sides[int(rng.integers(2))].append(line(rng, 4))
    return {
        name: encoded("\n".join(side), rng)
        for name, side in zip(("source.txt", "target.txt"), sides, strict=True)
    }


def conllu(rng: np.random.Generator) -> dict[str, bytes]:
    """Sentences in ten columns, with comments, words written together and words that are not there;
    now and then a wrong cell."""
    rows = []
    for _ in range(rng.integers(0, 5)):
        if rng.random() < 0.4:
            rows.append(f"# text = {line(rng, 3)}")
        for number in range(1, int(rng.integers(1, 6))):
            if rng.random() < 0.1:
                rows.append(f"{number}-{number + 1}" + "\t_" * 9)
            tag = str(rng.choice(["NOUN", "VERB", "X", "_", ""], p=[0.5, 0.3, 0.16, 0.02, 0.02]))
            cells = [str(number), str(rng.choice(WORDS[:12])), "_", tag, tag, *"_" * 5]
            if rng.random() < 0.03:
                cells[int(rng.integers(10))] = str(rng.choice(WORDS))
            rows.append("\t".join(cells[: 10 if rng.random() < 0.98 else int(rng.integers(10))]))
            if rng.random() < 0.05:
                rows.append(f"{number}.1" + "\t_" * 9)
        rows.append("")
    return {"words.conllu": encoded("\n".join(rows), rng)}


def series(rng: np.random.Generator) -> dict[str, bytes]:
    """A `.ts` file: a header, and lines of numbers with a label; channels and lengths that mostly
    fit."""
    header = [
        "@problemName x",
        "@timeStamps false",
        "@univariate true",
        "@classLabel true a b",
        "@data",
    ]
    if rng.random() < 0.2:
        header[int(rng.integers(5))] = str(
            rng.choice(["@timestamps true", "@classLabel false", "# a comment", "", "@DATA"])
        )
    channels, rows = int(rng.choice([1, 1, 2, 3])), []
    for _ in range(rng.integers(0, 6)):
        length = int(rng.integers(1, 6)) if rng.random() < 0.98 else 0
        parts = [
            ",".join(number(rng) for _ in range(length))
            for _ in range(channels if rng.random() < 0.97 else channels + 1)
        ]
        rows.append(
            ":".join(
                [*parts, str(rng.choice(["a", "b", "1", "", " "], p=[0.45, 0.4, 0.11, 0.02, 0.02]))]
            )
        )
    return {"series.ts": encoded("\n".join([*header, *rows]), rng)}


def number(rng: np.random.Generator) -> str:
    """A number, seldom one that is none."""
    if rng.random() < 0.97:
        return f"{rng.normal():.4g}"
    return str(
        rng.choice(
            [
                "?",
                "NaN",
                "inf",
                "-inf",
                "1e400",
                "1e-400",
                "",
                " ",
                "x",
                "(1,2)",
                "0x1",
                "1_000",
                "١",
            ]
        )
    )


def arpa(rng: np.random.Generator) -> dict[str, bytes]:
    """An ARPA file of up to three words a line, whose counts, contexts and numbers mostly fit."""
    words = [
        "<unk>",
        "<s>",
        "</s>",
        *dict.fromkeys(rng.choice(WORDS[:16], int(rng.integers(1, 5))).tolist()),
    ]
    order = int(rng.integers(1, 4))
    grams: list[list[tuple[str, ...]]] = [[(word,) for word in words]]
    for _ in range(order - 1):
        longer = [
            (*gram, word)
            for gram in grams[-1]
            for word in words[2:]
            if gram[-1] != "</s>" and rng.random() < 0.4
        ]
        grams.append(longer)
    odd = rng.random() < 0.3
    rows = [
        "\\data\\",
        *(
            f"ngram {n}={len(part) + (odd and rng.random() < 0.1)}"
            for n, part in enumerate(grams, 1)
        ),
        "",
    ]
    for n, part in enumerate(grams, 1):
        rows.append(f"\\{n}-grams:")
        for gram in part:
            cells = [
                weight(rng, odd),
                str(rng.choice([" ", "\t"], p=[0.97, 0.03]) if odd else " ").join(gram),
            ]
            rows.append("\t".join(cells + ([weight(rng, odd)] if n < order else [])))
        rows.append("")
    return {"model.arpa": encoded("\n".join([*rows, "\\end\\", ""]), rng)}


def weight(rng: np.random.Generator, odd: bool) -> str:
    """A logarithm, seldom something else."""
    if odd and rng.random() < 0.03:
        return str(
            rng.choice(["-99", "0", "1", "nan", "-inf", "inf", "x", "", "-1e300", "1e9", "-1,5"])
        )
    return f"{-rng.exponential():.6f}"
