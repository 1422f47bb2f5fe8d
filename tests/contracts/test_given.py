"""The rules of every model that makes a sequence of a source or of a vector: translators,
generators of text and of series."""

import dataclasses
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import stepahead as sa
from stepahead import data, generation, models, training
from stepahead.data import END, Pairs, Tokens

SOURCES = Tokens.from_texts(["a b c a", "b", "c c b", "a b a c b a"])
TARGETS = Tokens.from_texts(["x y", "y", "y y x", "x"])
PAIRS = Pairs(SOURCES, TARGETS)
VECTORS = np.array([[0.5, -1.0], [1.0, 0.0], [-0.3, 2.0], [0.0, 0.0]], np.float32)
DESCRIBED = data.ConditionalSequences(VECTORS, TARGETS)
PANEL = sa.Panel.from_arrays(
    [
        np.arange(6.0).reshape(3, 2),
        np.ones((1, 2)),
        np.arange(8.0).reshape(4, 2) % 3,
        np.zeros((2, 2)),
    ]
)
STRONG = 20.0
"""Weights are made so large that what must not matter would show."""


def _translator(attention: object) -> sa.TranslationModel:
    spec = models.Translator(
        models.Encoder(models.GRU(3), bidirectional=True, dropout=0.3),
        models.Decoder(models.LSTM(4)),
        attention,
    )
    model = spec.build(len(TARGETS.vocabulary), 0, tokens=len(SOURCES.vocabulary)).with_bias(
        jnp.array([0.0, 1.0, 0.2, 0.1])
    )
    model = model if attention is None else _louder(model)
    return sa.TranslationModel(spec, model, SOURCES.vocabulary, None, TARGETS.vocabulary)


def _louder(model: models.TranslatorModel) -> models.TranslatorModel:
    places = [
        lambda m: m.encoder.embedding,
        lambda m: m.attention.query,
        lambda m: m.decoder.net.weight,
    ]
    for place in places:
        model = eqx.tree_at(place, model, replace_fn=lambda leaf: leaf * STRONG)
    return model


def _generator(feed: object) -> sa.Generator:
    spec = models.Decoder(models.Embedded(models.GRU(3, layers=2), width=2), feed)
    return sa.Generator(spec, spec.of_tokens(len(TARGETS.vocabulary), 2, 0), TARGETS.vocabulary, 2)


@pytest.fixture(scope="module")
def translators() -> dict[str, sa.TranslationModel]:
    return {"attention": _translator(models.DotProduct()), "none": _translator(None)}


@pytest.fixture(scope="module")
def series() -> sa.SeriesGenerator:
    spec, head = models.Decoder(models.GRU(3)), models.Gaussian()
    return sa.SeriesGenerator(
        spec, spec.of_rows(2, 2, head, 0), head, data.row_scale(PANEL), PANEL.names, 2
    )


NAMES = ("attention", "none")


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_behind_the_end_of_a_source_does_not_matter(
    translators: dict[str, sa.TranslationModel], name: str
) -> None:
    model = translators[name].model
    short, long = (
        np.array([[2, 3, 0, 4, 4], [3, 4, 2, 2, 2]], np.int32),
        np.array([[2, 3, 4, 2, 2], [3, 4, 2, 2, 2]], np.int32),
    )
    lengths = np.array([2, 5], np.int32)
    (state, said), (other, told) = (
        model.start(models.Source(inputs, lengths)) for inputs in (short, long)
    )
    np.testing.assert_array_equal(said, told)
    np.testing.assert_array_equal(
        model.step(state, np.array([2, 3]))[1], model.step(other, np.array([2, 3]))[1]
    )
    if name != "none":
        weights = model.attended(
            models.Source(jnp.asarray(short), jnp.asarray(lengths)),
            jnp.array([[2, 1], [3, 1]]),
            jnp.array([2, 2]),
        )
        np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
        assert (np.asarray(weights)[0, :, 2:] == 0).all() and (
            np.asarray(weights)[0, :, :2] > 0
        ).all()


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_independent_of_each_other_and_steps_make_the_whole(
    translators: dict[str, sa.TranslationModel], name: str
) -> None:
    fitted = translators[name]
    score = fitted.score(PAIRS)
    third = score.log_probs[score.offsets[2] : score.offsets[3]]
    np.testing.assert_allclose(fitted.score(PAIRS.take(np.array([2]))).log_probs, third, atol=1e-5)
    assert (
        fitted.translate(SOURCES, width=2)[2]
        == fitted.translate(SOURCES.take(np.array([2])), width=2)[0]
    )
    state, said = fitted.model.start(models.Source(SOURCES[2][None], np.array([3], np.int32)))
    by_step = []
    for token in [*TARGETS[2], END]:
        by_step.append(float(said[0, token]))
        state, said = fitted.model.step(state, np.array([token], np.int32))
    np.testing.assert_allclose(third, by_step, atol=1e-5)
    other = fitted.score(Pairs(SOURCES.take(np.array([1, 0, 3, 2])), TARGETS))
    assert np.abs(other.log_probs - score.log_probs).max() > 1e-3


def test_a_beam_that_keeps_everything_finds_the_most_probable_translation(
    translators: dict[str, sa.TranslationModel],
) -> None:
    fitted = translators["attention"]
    possible = ["", *TARGETS.vocabulary.words[2:], *(f"{a} {b}" for a in "xy" for b in "xy")]
    targets = Tokens(
        *_flat([TARGETS.vocabulary.encode(text) for text in possible]), TARGETS.vocabulary
    )
    sources = SOURCES.take(np.zeros(len(possible), int))
    totals = fitted.score(Pairs(sources, targets)).totals
    assert fitted.translate("a b c a", width=4, length=3, penalty=0.0)[0] in possible
    state, said = fitted.model.start(models.Source(SOURCES[0][None], np.array([4], np.int32)))
    beams = generation.beam_search(fitted.model.step, state, said, 27, 3, forbidden=(0,))
    ended = [
        (row, value)
        for row, value in zip(beams.tokens[0], beams.log_probs[0], strict=True)
        if row[-1] == END and np.isfinite(value)
    ]
    assert TARGETS.vocabulary.decode(ended[0][0].tolist()) == possible[int(np.argmax(totals))]
    np.testing.assert_allclose(
        sorted((value for _, value in ended), reverse=True), np.sort(totals)[::-1], atol=1e-5
    )


def test_a_translation_that_does_not_end_is_as_long_as_its_own_source_allows(
    translators: dict[str, sa.TranslationModel],
) -> None:
    fitted = translators["attention"]
    endless = dataclasses.replace(
        fitted, model=fitted.model.with_bias(jnp.array([0.0, -1e4, 0.2, 0.1]))
    )
    said = endless.translate(SOURCES, width=2)
    assert [len(text.split()) for text in said] == [2 * int(n) + 10 for n in SOURCES.lengths]
    assert endless.translate(SOURCES.take(np.array([2])), width=2) == said[2:3]


def _flat(rows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate(rows).astype(np.int32), np.cumsum([0, *map(len, rows)])


@pytest.mark.parametrize("feed", [models.FirstState(), models.FirstInput()])
def test_a_vector_sets_how_a_sequence_begins(feed: object, tmp_path: Path) -> None:
    fitted = _generator(feed)
    score = fitted.score(DESCRIBED)
    alone = fitted.score(DESCRIBED.take(np.array([2]))).log_probs
    np.testing.assert_allclose(
        score.log_probs[score.offsets[2] : score.offsets[3]], alone, atol=1e-6
    )
    swapped = fitted.score(data.ConditionalSequences(VECTORS[::-1].copy(), TARGETS))
    assert np.abs(swapped.log_probs[:1] - score.log_probs[:1]).max() > 1e-4
    net, body, state = (
        fitted.model.net,
        fitted.model.net.body,
        eqx.filter_jit(fitted.model.feed)(jnp.asarray(VECTORS), fitted.model.body),
    )
    if isinstance(feed, models.FirstState):
        for layer, maps in zip(state, fitted.model.feed.maps, strict=True):
            np.testing.assert_allclose(
                layer[0],
                np.tanh(VECTORS @ np.asarray(maps[0].weight).T + np.asarray(maps[0].bias)),
                atol=1e-6,
            )
    else:
        read = models.Observation(
            jnp.asarray(VECTORS) @ fitted.model.feed.map.weight.T + fitted.model.feed.map.bias
        )
        np.testing.assert_allclose(
            state[1][0], body.step(body.initial_state(4), read)[0][1][0], atol=1e-6
        )
    posterior = fitted.posterior(TARGETS, VECTORS[:2], np.array([0.3, 0.7]))
    joint = np.stack(
        [
            fitted.score(data.ConditionalSequences(np.tile(v, (4, 1)), TARGETS)).totals
            for v in VECTORS[:2]
        ],
        axis=1,
    )
    expected = np.exp(joint) * (0.3, 0.7)
    np.testing.assert_allclose(posterior, expected / expected.sum(axis=1, keepdims=True), atol=1e-6)
    sa.save(fitted, tmp_path / "model.stepahead")
    loaded = sa.load(tmp_path / "model.stepahead")
    assert (loaded.score(DESCRIBED).log_probs == score.log_probs).all()
    assert (
        loaded.sample(VECTORS, 5, key=1)
        == fitted.sample(VECTORS, 5, key=1)
        != fitted.sample(VECTORS, 5, key=2)
    )
    assert loaded.search(VECTORS, 4, width=2) == fitted.search(VECTORS, 4, width=2)
    assert net.size == 4


def test_a_series_made_of_a_vector_is_scored_in_its_own_unit_and_row_by_row(
    series: sa.SeriesGenerator, tmp_path: Path
) -> None:
    described = data.ConditionalSequences(VECTORS, PANEL)
    score = series.score(described)
    assert score.offsets.tolist() == [0, 3, 4, 8, 10] and np.isclose(
        score.per_row, score.log_probs.mean()
    )
    assert np.isclose(
        score.per_series,
        np.mean([part.mean() for part in np.split(score.log_probs, score.offsets[1:-1])]),
    )
    rows, vectors, lengths = (
        jnp.asarray(PANEL.values[4:8][None], jnp.float32),
        jnp.asarray(VECTORS[2:3]),
        jnp.array([4]),
    )
    out = eqx.filter_jit(series.model.out)
    (before, after) = (out(vectors, part, lengths, None) for part in (rows, rows.at[:, 2].add(1.5)))
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before[:, 3] - after[:, 3]).max() > 1e-3
    changed = PANEL.values.copy()
    changed[6:8] += 1.5
    later = series.score(data.ConditionalSequences(VECTORS, PANEL.with_values(changed)))
    np.testing.assert_allclose(later.log_probs[:6], score.log_probs[:6], atol=1e-6)
    assert np.abs(later.log_probs[6:8] - score.log_probs[6:8]).max() > 1e-3
    scale = data.RowScale(3 * series.scale.mean, 3 * series.scale.deviation, gaps=False)
    thrice = sa.SeriesGenerator(
        series.spec, series.model, series.head, scale, series.names, series.features
    )
    np.testing.assert_allclose(
        thrice.score(
            data.ConditionalSequences(VECTORS, PANEL.with_values(3 * PANEL.values))
        ).log_probs,
        score.log_probs - 2 * np.log(3),
        atol=1e-5,
    )
    sa.save(series, tmp_path / "model.stepahead")
    loaded = sa.load(tmp_path / "model.stepahead")
    opening = np.array([[1.0, 2.0]])
    drawn = series.sample(VECTORS, 3, key=0, opening=opening)
    assert (
        loaded.sample(VECTORS, 3, key=0, opening=opening) == drawn
    ).all() and loaded.names == series.names
    assert not np.allclose(drawn, series.sample(VECTORS, 3, key=0, opening=opening + 1))
    assert series.mean(VECTORS[0], 3).shape == (1, 3, 2)


def test_the_same_key_gives_the_same_translator_and_a_saved_one_answers_alike(
    tmp_path: Path,
) -> None:
    spec = models.Translator(models.Encoder(models.GRU(3)), models.Decoder(models.GRU(3)))
    recipe = training.BySequence(epochs=2, batch=2)
    first, again, other = (
        sa.fit(spec, PAIRS, key=key, training=recipe, smoothing=0.1, validation=PAIRS)
        for key in (0, 0, 1)
    )
    said = first.score(PAIRS).log_probs
    assert (again.score(PAIRS).log_probs == said).all() and not np.allclose(
        other.score(PAIRS).log_probs, said, atol=1e-4
    )
    np.testing.assert_allclose(first.learning.validation[-1], -said.mean(), rtol=1e-5)
    sa.save(first, tmp_path / "model.stepahead")
    loaded = sa.load(tmp_path / "model.stepahead")
    assert (loaded.score(PAIRS).log_probs == said).all()
    assert loaded.translate(SOURCES, width=2) == first.translate(SOURCES, width=2)
    seen = loaded.attention("a b", "x y")
    assert (
        seen.source == ("a", "b")
        and seen.target == ("x", "y", "</s>")
        and seen.weights.shape == (3, 2)
    )


def test_attention_is_what_its_formulas_say() -> None:
    draws = np.random.default_rng(0)
    hidden, memory = (
        jnp.asarray(draws.normal(size=shape), jnp.float32) for shape in ((2, 3, 4), (2, 5, 6))
    )
    inside = jnp.arange(5) < jnp.array([[2], [5]])
    for kind in (models.DotProduct(), models.Additive(3)):
        body = kind.build(4, 6, 0)
        query, key, vector = (np.asarray(part) for part in (body.query, body.key, body.vector))
        found = np.asarray(
            eqx.filter_jit(lambda body: body(hidden, body.keys(memory), memory, inside))(body)
        )
        for b in range(2):
            for s in range(3):
                q, keys = (
                    query @ np.asarray(hidden[b, s]),
                    np.asarray(memory[b, : (2, 5)[b]]) @ key.T,
                )
                scores = (
                    keys @ q / len(q) ** 0.5
                    if isinstance(kind, models.DotProduct)
                    else np.tanh(q + keys) @ vector
                )
                weights = np.exp(scores) / np.exp(scores).sum()
                both = np.concatenate([hidden[b, s], weights @ memory[b, : len(weights)]])
                np.testing.assert_allclose(
                    found[b, s], np.tanh(np.asarray(body.join.weight) @ both), atol=1e-5
                )


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda fitted: fitted.translate([""]), "Sequence 1 is empty|not one token"),
        (lambda fitted: fitted.translate(PANEL), "reads tokens"),
        (lambda fitted: _translator(None).attention("a", "x"), "no attention to look at"),
        (lambda fitted: sa.fit(models.GRU(3), PAIRS, key=0), "learned by a Translator"),
        (
            lambda fitted: _generator(models.FirstState()).sample(np.ones(3), key=0),
            "must have 2 numbers",
        ),
        (
            lambda fitted: _generator(models.FirstState()).score(
                data.ConditionalSequences(VECTORS, PANEL)
            ),
            "speaks tokens",
        ),
        (
            lambda fitted: sa.fit(
                models.Decoder(models.GRU(3)), DESCRIBED, key=0, head=models.Point()
            ),
            "`head` says how numbers",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    translators: dict[str, sa.TranslationModel], act: object, said: str
) -> None:
    with pytest.raises(sa.Refusal, match=said):
        act(translators["attention"])
