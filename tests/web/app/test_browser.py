"""The app in a real browser: the flow from a file to its answer, and what must hold on every
page."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("starlette")

from web.app.browser import CHROMIUM, Browser

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here; .ci/run installs it with apt-get"
)

EVIL = "<img src=x onerror=document.title='taken'>"
"""The id of a series that would like to be an element."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The launch address of a running app."""
    command = [sys.executable, "-m", "stepahead", "app", "--no-browser"]
    app = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert app.stderr is not None
    yield app.stderr.readline().split(" at ")[1].split(" ")[0]
    app.terminate()
    assert app.wait(20) == 0
    app.stderr.close()


@pytest.fixture(scope="module")
def browser(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        browser.open(address)
        yield browser


@pytest.fixture(autouse=True)
def nothing_amiss(browser: Browser, address: str) -> Iterator[None]:
    """On every page: no complaint of the console, no request to elsewhere, nothing that runs."""
    yield
    assert browser.errors == []
    own = address.split("?", maxsplit=1)[0]
    assert [each for each in browser.requests if not each.startswith((own, "data:"))] == []
    assert browser.run("document.title") != "taken"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draws = np.random.default_rng(0)
    rows = ["shop,month,sales"]
    for shop in ("north", EVIL):
        for n in range(48):
            value = 100 + n + 15 * np.sin(n * np.pi / 6) + draws.normal()
            rows.append(f"{shop},{2020 + n // 12}-{n % 12 + 1:02d}-01,{value:.1f}")
    path = tmp_path_factory.mktemp("data") / "sales <b>.csv"
    path.write_text("\n".join(rows))
    return path


COLOURS = {False: "rgb(255, 255, 255)", True: "rgb(17, 21, 27)"}
"""The page's background, light and dark."""


def page_fits(browser: Browser, dark: bool) -> None:
    """The page as it is, then in the other theme and at the other width, where it stays: every
    change draws all figures anew. Nothing is wider than the page, and the colours turn."""
    for theme in (not dark, dark):
        if theme == dark:
            browser.theme(dark)
            browser.size(*((390, 800) if dark else (1000, 1200)))
        assert browser.run("getComputedStyle(document.body).backgroundColor") == COLOURS[theme]
        browser.until("document.documentElement.scrollWidth <= innerWidth")


def labelled(browser: Browser) -> None:
    """Every control has a name for screen readers, every figure a description."""
    assert (
        browser.run(
            "[...document.querySelectorAll('input,select,textarea,button,progress')]"
            ".filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).length"
        )
        == 0
    )
    assert browser.run(
        "[...document.querySelectorAll('.chart')].every(e => e.ariaLabel.length > 10)"
    )


def test_from_a_file_to_its_answer(browser: Browser, file: Path) -> None:
    browser.give("#file", file)
    browser.until("location.pathname.startsWith('/files/')")
    browser.until("document.querySelector('#drawn svg')", 60)
    assert "2 series, 96 steps" in browser.text() and EVIL in browser.text("#series")
    labelled(browser)
    page_fits(browser, dark=True)
    browser.click("tbody tr:nth-child(2) button")
    browser.until(f"document.querySelector('#caption').textContent === {json.dumps(EVIL)}")
    browser.fill("#horizon", "3")
    browser.fill("#budget", "2")
    browser.click("button.main")
    browser.until("location.pathname.startsWith('/answers/')")
    browser.until("document.querySelectorAll('#board tbody tr').length > 1", 60)
    browser.until("document.querySelector('#drawn svg')")
    browser.until("document.querySelector('#headline').textContent", 60)
    browser.until("document.querySelector('#tiles dd')")
    assert "The forecast is" in browser.text("#headline")
    browser.until("document.querySelector('.downloads a')", 60)
    link = browser.run("document.querySelector('.downloads a').href")
    table = browser.run(f"fetch({json.dumps(link)}).then(answer => answer.text())")
    assert table.splitlines()[0] == "unique_id,ds,forecast,lo-80,hi-80,lo-95,hi-95"
    assert len(table.splitlines()) == 1 + 2 * 3
    labelled(browser)
    page_fits(browser, dark=False)


def test_a_reload_finds_it_again_and_cancel_ends_it(browser: Browser) -> None:
    before = browser.text("#headline")
    browser("Page.reload")
    browser.until(f"document.querySelector('#headline').innerText === {json.dumps(before)}")
    if browser.run("!document.querySelector('#stop').hidden"):
        browser.click("button[value=cancel]")
    browser.until("/Cancelled|Done/.test(document.querySelector('#status').textContent)", 60)


def test_a_bad_file_gets_a_sentence(browser: Browser, address: str, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("one\ntwo\n")
    browser.open(address.split("?", maxsplit=1)[0])
    browser.give("#file", path)
    browser.until("document.querySelector('[role=alert]:not([hidden])')", 60)
    assert "words.csv" in browser.text("[role=alert]")


def test_text_answers_while_one_writes(browser: Browser, address: str) -> None:
    browser.open(f"{address.split('?', maxsplit=1)[0]}text")
    browser.fill("#text", "the cat sat\nthe cat ran\n" * 9)
    browser.click("button.main")
    browser.until("document.querySelector('#bars table')", 60)
    browser.fill("#prompt", "the")
    browser.until("document.querySelector('#bars tbody th').textContent === 'cat'")
    browser.until("document.querySelector('#samples li')")
    labelled(browser)
    page_fits(browser, dark=True)


def test_without_the_token_nothing_comes(address: str) -> None:
    import urllib.error
    import urllib.request

    for path in ("", "static/app.css", "text", "jobs/x/events"):
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(address.split("?", maxsplit=1)[0] + path)
            pytest.fail(f"{path} came without the token")
