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

LIFT = 30
"""How much a promotion adds."""

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
    """Two series that a promotion lifts by 30; the promotions of three more months are known."""
    draws = np.random.default_rng(0)
    rows = ["shop,month,sales,promo"]
    for shop in ("north", EVIL):
        for n in range(51):
            promo = int(n < 48 and draws.random() < 0.4)
            value = f"{100 + n / 2 + LIFT * promo + draws.normal():.1f}" if n < 48 else ""
            rows.append(f"{shop},{2020 + n // 12}-{n % 12 + 1:02d}-01,{value},{promo}")
    path = tmp_path_factory.mktemp("data") / "sales <b>.csv"
    path.write_text("\n".join(rows))
    return path


COLOURS = {False: "rgb(255, 255, 255)", True: "rgb(17, 21, 27)"}
"""The page's background, light and dark."""


def looks(browser: Browser, dark: bool) -> list[tuple[str, bool]]:
    """The background, and whether nothing is wider than the page: dark on a phone, light on a desk,
    the one that is asked for last, for every change draws all figures anew."""
    seen = []
    for theme in (not dark, dark):
        browser.theme(theme)
        browser.size(*((390, 800) if theme else (1000, 1200)))
        fits = "document.documentElement.scrollWidth <= innerWidth"
        with contextlib.suppress(TimeoutError):
            browser.until(fits, 10)
        colour = browser.run("getComputedStyle(document.body).backgroundColor")
        seen.append((colour, browser.run(fits)))
    return seen


def fitting(dark: bool) -> list[tuple[str, bool]]:
    """The value of `looks` on a page that turns its colours and fits the phone."""
    return [(COLOURS[not dark], True), (COLOURS[dark], True)]


UNNAMED = (
    "[...document.querySelectorAll('input,select,textarea,button,progress')]"
    ".filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).map(e => e.outerHTML)"
    ".concat([...document.querySelectorAll('.chart')].filter(e => !(e.ariaLabel?.length > 10))"
    ".map(e => e.parentElement.id))"
)
"""Controls without a name for screen readers, and figures without a description."""


def test_from_a_file_to_its_answer(browser: Browser, file: Path) -> None:
    browser.give("#file", file)
    browser.until("location.pathname.startsWith('/files/')")
    browser.until("document.body.dataset.state === 'failed'", 60)
    assert "Say which to forecast: “Values” 'sales'" in browser.text("[role=alert]")
    browser.choose("#target", "sales")
    browser.choose("#known", "promo")
    browser.click("form[action$=read] button")
    browser.until("document.querySelector('#drawn svg')", 60)
    assert "2 series, 96 steps" in browser.text() and EVIL in browser.text("#series")
    assert browser.run(UNNAMED) == []
    assert looks(browser, dark=True) == fitting(dark=True)
    browser.click("tbody tr:nth-child(2) button")
    browser.until(f"document.querySelector('#caption').textContent === {json.dumps(EVIL)}")
    browser.fill("#horizon", "3")
    browser.fill("#budget", "12")
    browser.click("button.main")
    browser.until("location.pathname.startsWith('/answers/')")
    browser.until("document.querySelectorAll('#board tbody tr').length > 1", 60)
    browser.until("document.querySelector('#drawn svg')")
    browser.until("document.querySelector('#headline').textContent", 60)
    browser.until("document.querySelector('#tiles dd')")
    assert "The forecast is" in browser.text("#headline")
    browser.until("document.querySelectorAll('.downloads a').length === 4", 60)
    link = browser.run("document.querySelector('.downloads a').href")
    table = browser.run(f"fetch({json.dumps(link)}).then(answer => answer.text())")
    assert table.splitlines()[0] == "unique_id,ds,forecast,lo-80,hi-80,lo-95,hi-95"
    assert len(table.splitlines()) == 1 + 2 * 3
    assert browser.run(UNNAMED) == []
    assert looks(browser, dark=False) == fitting(dark=False)


def what_if(browser: Browser, promo: str) -> np.ndarray:
    """Compare with other promotions; the last three numbers of every row of the grid."""
    for step, value in enumerate(promo):
        browser.fill(f"#grid tr:nth-child({step + 1}) input", value)
    browser.run("document.querySelector('#difference').textContent = ''")
    browser.click("#compare")
    browser.until("document.querySelector('#difference').textContent", 60)
    cells = "[...row.children].slice(-3).map(cell => Number(cell.textContent.replace(/,/g, '')))"
    rows = browser.run(f"[...document.querySelectorAll('#grid tbody tr')].map(row => {cells})")
    return np.array(rows)


def test_two_scenarios_stand_side_by_side(browser: Browser) -> None:
    browser.until("document.querySelectorAll('#grid tbody tr').length === 3", 60)
    first = what_if(browser, "010")
    np.testing.assert_allclose(first[:, 2], [0, LIFT, 0], atol=4)
    np.testing.assert_allclose(first[:, 1] - first[:, 0], first[:, 2], atol=0.2)
    browser.click("#keep")
    second = what_if(browser, "011")
    assert browser.text("#grid thead").strip().split("\t")[-3:] == [
        "first scenario",
        "second scenario",
        "second − first",
    ]
    np.testing.assert_allclose(second[:, 0], first[:, 1], atol=0.2)
    np.testing.assert_allclose(second[:, 2], [0, 0, LIFT], atol=4)
    browser.until("document.querySelector('#scenarios svg')")
    assert browser.text("#scenarios .legend").split("\n")[2:4] == [
        "first scenario",
        "second scenario",
    ]
    browser.fill("#grid input", "much")
    browser.click("#compare")
    browser.until("/is a number/.test(document.querySelector('#difference').textContent)")
    browser.errors.clear()  # the console tells of every answer that refuses


def test_a_reload_finds_it_again(browser: Browser) -> None:
    before = browser.text("#headline"), browser.text("#board")
    browser("Page.reload")
    browser.until("document.querySelectorAll('.downloads a').length === 4")
    browser.until("document.querySelector('#drawn svg')")
    assert (browser.text("#headline"), browser.text("#board")) == before


def test_the_picture_is_saved_as_it_is_drawn(browser: Browser) -> None:
    browser.run(
        "(() => { window.kept = []; const make = URL.createObjectURL; URL.createObjectURL = (blob)"
        " => { blob.text().then(text => window.kept.push(text)); return make(blob); }; })()"
    )
    browser.click("#picture")
    browser.until("window.kept.length")
    picture = browser.run("window.kept[0]")
    assert picture.startswith("<svg") and picture.count("<path") > 3


def test_cancel_ends_it(browser: Browser) -> None:
    browser.run("history.back()")
    browser.until("location.pathname.startsWith('/files/')")
    browser.until("document.querySelector('#budget')")
    browser.fill("#budget", "3000")
    browser.click("button.main")
    browser.until("location.pathname.startsWith('/answers/')")
    browser.until("document.querySelector('button[value=cancel]')")
    browser.click("button[value=cancel]")
    browser.until("/^Cancelled/.test(document.querySelector('#status')?.textContent)", 60)
    assert browser.run("document.querySelector('#stop').hidden")


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
    assert browser.text("#samples").startswith("the")
    assert browser.run(UNNAMED) == []
    assert looks(browser, dark=True) == fitting(dark=True)


PARTS = {
    "sine": ("#noise", "0.6"),
    "chain": ("#far", "30"),
    "gradients": ("#stretch", "0.5"),
    "unrolled": ("#cell", "RNN"),
}
"""The parts of the textbook, and a control of each with another value."""


def test_the_sliders_of_the_textbook_change_its_pictures(browser: Browser, address: str) -> None:
    browser.open(f"{address.split('?', maxsplit=1)[0]}learn")
    for name, (control, value) in PARTS.items():
        drawn = f"[...document.querySelectorAll('[id^={name}-] svg')].map(e => e.outerHTML).join()"
        browser.run(f"document.querySelector('#{name}').scrollIntoView()")
        browser.until(f"{drawn} && !document.querySelector('#{name}-status').textContent", 120)
        before = browser.run(drawn)
        browser.fill(control, value)
        browser.until(f"{drawn} !== {json.dumps(before)}", 120)
        assert len(browser.run(drawn)) > 1000, name
    assert browser.run("document.querySelector('#alarm').hidden")
    assert "can be below the noise, 0.6" in browser.text("#sine-words")
    assert browser.text("#equations").startswith("h′ = tanh")
    assert browser.run(UNNAMED) == []
    assert looks(browser, dark=False) == fitting(dark=False)


def test_the_keyboard_is_enough(browser: Browser, address: str) -> None:
    browser.open(address.split("?", maxsplit=1)[0])
    reached, at = [], "document.activeElement"
    for _ in range(6):
        browser.press("Tab")
        reached.append(browser.run(f"{at}.textContent || {at}.id"))
    assert reached == ["To the content", "stepahead", "Numbers", "Text", "Learn", "file"]
    outline = f"getComputedStyle({at}).outlineStyle"
    assert browser.run(outline) != "none"  # where one stands is seen


def test_without_the_token_nothing_comes(address: str) -> None:
    import urllib.error
    import urllib.request

    for path in ("", "static/app.css", "text", "jobs/x/events"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address.split("?", maxsplit=1)[0] + path)
        assert refused.value.code == 401, path
        refused.value.close()
