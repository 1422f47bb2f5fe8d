"""Hidden states in series and text: the level of the Nile, the seat-belt law, eruptions of Old
Faithful, recessions, calm and volatile markets, vowels and consonants.

Source: Durbin & Koopman (2012) for the state-space models, see `_state_space`; for the others the
standard examples of hidden Markov models. Old Faithful (Azzalini & Bowman 1990): a short eruption
is never followed by another short one. Hamilton (1989): the growth of output switches between
expansions and recessions. Daily returns of an index: two persistent volatilities (Rydén, Teräsvirta
& Åsbrink 1998). Letters: two states of a text's characters become vowels and consonants (Cave &
Neuwirth 1980). The hidden Markov models are compared with those findings; no digits are printed.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...data import Characters, Panel, Tokens, identity
from ...models import HMM, Autoregressive, FullGaussian, NGram
from ...plots import Figure, bars_plot, save_figure, states_plot
from ...readers import read
from ...training import BaumWelch
from ...workflow import HiddenStates, fit, states
from .._result import Result, Row, Table, number, numbers_to_hit
from ._state_space import drivers, nile

GEYSER, CLOSES, PTB = "classics/geyser.csv.gz", "ftse100/FTSE.csv.gz", "text/ptb"
DRIVERS = "classics/Seatbelts.csv.gz"
LETTERS, JUDGED = 200_000, 50_000
VOWELS, LETTERS_JUDGED = "aeiou", "abcdefghijklmnoprstuvw"


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Six findings, each if its data are available."""
    recipe = BaumWelch(restarts=2, iterations=20) if quick else BaumWelch()
    rows, tables, notes, files = recessions(out, recipe)
    say("growth is split into regimes")
    river, pictures = nile(out)
    rows.extend(river)
    files.extend(pictures)
    say("the level of the Nile is estimated")
    parts = ((DRIVERS, belted), (GEYSER, eruptions), (CLOSES, markets), (PTB, letters))
    for name, part in parts:
        path = None if data is None else data / name
        if path is None or not path.exists():
            notes.append(f"Skipped: there is no {name} in a folder of data files.")
            continue
        more = part(path, out, recipe, quick)
        say(f"{name} is done")
        for held, found in zip((rows, tables, notes, files), more, strict=True):
            held.extend(found)  # type: ignore[attr-defined]
    return Result(
        tuple(rows),
        (numbers_to_hit("Hidden states", rows), *tables),
        tuple(notes),
        tuple(files),
    )


Found = tuple[list[Row], list[Table], list[str], list[Path]]


def table_of(title: str, found: HiddenStates) -> Table:
    """A table of the states of a model."""
    frame = found.summary()
    lines = [tuple(str(name) for name in frame.columns)]
    lines += [
        (str(int(row.iloc[0])), *(number(v) for v in row.iloc[1:])) for _, row in frame.iterrows()
    ]
    return Table(title, lines)


def recessions(out: Path, recipe: BaumWelch) -> Found:
    """Quarterly growth of output, in percent: two regimes, each with its own mean and variance and
    one lag."""
    panel = read("sample:macrodata", target="realgdp")
    growth = 100 * np.diff(np.log(panel.values[:, 0]))
    series = Panel.from_arrays([growth])
    fitted = fit(HMM(2, Autoregressive(1)), series, 1, key=0, scaler=identity(), training=recipe)
    found = states(fitted)
    days = panel.times[1:]
    recession = found.posterior[:, 0]
    crisis = (days >= np.datetime64("2008-07-01")) & (days < np.datetime64("2009-04-01"))
    calm = (days >= np.datetime64("1995-01-01")) & (days < np.datetime64("2000-01-01"))
    rows = [
        Row(
            "growth: probability of the low regime, end of 2008",
            [recession[crisis].mean()],
            "high",
            (0.5, 1.0),
        ),
        Row("growth: the same, 1995 to 1999", [recession[calm].mean()], "low", (0.0, 0.5)),
        Row("growth: quarters that the low regime lasts", [1 / (1 - found.transition[0, 0])]),
    ]
    path = save_figure(
        states_plot(found.table(), target="growth, %", title="Two regimes of growth"),
        out / "latent-states-growth.png",
    )
    return rows, [table_of("Growth of output, % a quarter", found)], [], [path]


def eruptions(path: Path, out: Path, recipe: BaumWelch, quick: bool) -> Found:
    """Waiting time and duration of 299 eruptions, two and three states with covariances."""
    raw = read(str(path), time="rownames", target=["waiting", "duration"])
    rows, tables = [], []
    for count in (2, 3):
        fitted = fit(HMM(count, FullGaussian()), raw, 1, key=0, scaler=identity(), training=recipe)
        found = states(fitted)
        total = float(found.log_likelihood.sum())
        free = count * count - 1 + count * 5
        rows.append(Row(f"geyser, {count} states: log likelihood", [total]))
        rows.append(
            Row(f"geyser, {count} states: BIC", [free * np.log(len(raw.values)) - 2 * total])
        )
        tables.append(table_of(f"Old Faithful, {count} states", found))
        if count == 2:
            short = int(found.summary()["mean of duration"].to_numpy().argmin())
            stays = found.transition[short, short]
            rows.append(
                Row("geyser: a short eruption follows a short one", [stays], "never", (0, 0.05))
            )
    return rows, tables, [], []


def markets(path: Path, out: Path, recipe: BaumWelch, quick: bool) -> Found:
    """Daily returns of the FTSE 100 in percent: two volatilities."""
    panel = read(str(path), time="Date", target="Close")
    there = panel.observed[:, 0]
    closes, days = panel.values[there, 0], panel.times[there]
    series = Panel.from_arrays([100 * np.diff(np.log(closes))])
    fitted = fit(HMM(2), series, 1, key=0, scaler=identity(), training=recipe)
    found = states(fitted)
    spread = found.summary()["deviation"].to_numpy()
    wild = int(spread.argmax())
    crash = (days[1:] >= np.datetime64("2008-10-01")) & (days[1:] < np.datetime64("2008-12-01"))
    rows = [
        Row(
            "FTSE: deviation of wild days over calm ones",
            [spread.max() / spread.min()],
            "about 2",
            (1.7, 3.5),
        ),
        Row(
            "FTSE: probability of the wild state, October 2008",
            [found.posterior[crash, wild].mean()],
            "high",
            (0.9, 1),
        ),
        Row("FTSE: days that the wild state lasts", [1 / (1 - found.transition[wild, wild])]),
    ]
    picture = save_figure(
        states_plot(found.table(), target="return, %", title="Two volatilities of the FTSE 100"),
        out / "latent-states-ftse.png",
    )
    return rows, [table_of("FTSE 100, daily returns in percent", found)], [], [picture]


def belted(path: Path, out: Path, recipe: BaumWelch, quick: bool) -> Found:
    """The effects of the petrol price and of the seat-belt law; `recipe` is not used."""
    rows, files = drivers(path, out)
    return rows, [], [], files


def letters(path: Path, out: Path, recipe: BaumWelch, quick: bool) -> Found:
    """The characters of the Penn Treebank: two states, and bits per character compared with
    n-grams."""
    text = gzip.decompress((path / "ptb.train.txt.gz").read_bytes()).decode()
    kept = "".join(
        c for c in text.replace("<unk>", " ").replace("\n", " ").lower() if c.isalpha() or c == " "
    )
    size = 20_000 if quick else LETTERS
    train = Tokens.from_texts([" ".join(kept[:size].split())], Characters())
    test = Tokens.from_texts(
        [" ".join(kept[size : size + JUDGED].split())], vocabulary=train.vocabulary
    )
    model = fit(HMM(2), train, key=0, training=recipe)
    words, emission = train.vocabulary.words, np.exp(model.model.log_emission)  # type: ignore[attr-defined]
    share = emission / emission.sum(axis=0)
    vowel = int(np.argmax(share[:, words.index("e")]))
    right = [(share[vowel, words.index(c)] > 0.5) == (c in VOWELS) for c in LETTERS_JUDGED]
    bits = [("hidden Markov, 2 states", model.score(test).bits)]
    for count in () if quick else (8,):
        bits.append(
            (
                f"hidden Markov, {count} states",
                fit(HMM(count), train, key=0, training=recipe).score(test).bits,
            )
        )
    for order in (1, 2):
        bits.append((f"n-gram of order {order}", fit(NGram(order), train).score(test).bits))
    rows = [
        Row(
            "letters recognised as vowel or consonant, of 22",
            [float(sum(right))],
            "nearly all",
            (19, 22),
        )
    ]
    lines = [("", "bits per character"), *((name, number(value)) for name, value in bits)]
    share_of_one = {c: float(share[vowel, words.index(c)]) for c in LETTERS_JUDGED}
    picture = save_figure(letters_plot(share_of_one), out / "latent-states-letters.png")
    return rows, [Table("Letters of the Penn Treebank", lines)], [], [picture]


def letters_plot(share: dict[str, float]) -> Figure:
    """Share of each letter's probability in one of the two states, largest first."""
    ordered = sorted(share, key=lambda letter: -share[letter])
    return bars_plot(
        {
            "share of the state that writes e": {
                letter: round(share[letter], 3) for letter in ordered
            }
        },
        title="Two states of English letters",
        subtitle="a, e, i, o, u and the letters between them, found from the text alone",
    )
