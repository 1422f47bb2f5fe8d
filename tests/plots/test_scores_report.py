"""The report of scores on texts and translations: every value on the page is one that was given,
and a part without enough in it is left out."""

import html
import re

import numpy as np

from stepahead.plots import Course, Provenance, ScoresReport, Spread, scores_report_html

MEASURES = [
    {"measure": "perplexity", "value": 7.25, "low": 7.0, "high": 7.5, "baseline": 20.0},
    {"measure": "unknown_tokens", "value": 0.125, "low": np.nan, "high": np.nan, "baseline": 1.0},
]


def page_of(*parts) -> str:
    told = Provenance("stepahead text score")
    report = ScoresReport("Model", "Scores of <a>", ["Fact."], "How.", MEASURES, parts, told)
    return scores_report_html(report, drawing="")


def said(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_measures_pictures_and_examples_are_those_given() -> None:
    curve = Course({"bits": np.array([1.0, 2.5, 4.0])}, np.arange(1.0, 4), "bits", "steps ahead")
    values = np.repeat([1.0, 2.0], [5, 3])
    rows = [{"text": "<i>x</i>", "bits_per_token": 3.5}]
    page = page_of(
        ("Spread", "", Spread(values, "bits")), ("Ahead", "So far.", curve), ("Rows", "", rows)
    )
    text = said(page)
    assert "Scores of <a>" in text and "<a>" not in page and "<i>x</i>" not in page
    assert "perplexity 7.25 7 7.5 20" in text and "unknown_tokens 0.125 1" in text
    assert "bits per token <i>x</i> 3.5" in text and "Ahead So far." in text
    assert page.count('role="img"') == 2 and '"loss":2.5' in page
    heights = [int(each) for each in re.findall(r'"count":(\d+)', page)]
    assert sum(heights) == 8 and heights[0] == 5 and heights[-1] == 3


def test_few_values_have_no_histogram_and_no_rows_no_table() -> None:
    page = page_of(("Few", "", Spread(np.ones(7), "bits")), ("None", "", []))
    assert "Few" not in page and ">None<" not in page and 'role="img"' not in page
    assert "<h2>Few</h2>" in page_of(("Few", "", Spread(np.ones(8), "bits")))
