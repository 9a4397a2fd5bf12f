"""The dashboard as people see it: every page, light and dark, on a desk and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, product
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.chromium import PATIENCE, Visit
from tests.dashboard.ledger import REPOSITORY

pytestmark = pytest.mark.browser

Go = Callable[..., Visit]
PAIR = {"base": "v1.1.0", "target": "v1.2.0", "layer": "filtered"}
PAGES = sorted(
    "" if path.stem == "overview" else path.stem
    for path in (REPOSITORY / "dashboard" / "tagledger_dashboard" / "screens").glob("*.py")
)
BOXES = "[data-testid=stException], [data-testid=stAlertContentError]"

# What is drawn wider than its page would be cut off, or scroll the page sideways. A table in a
# closed expander keeps its width until people open it.
TOO_WIDE = """() => {
    const room = document.querySelector('[data-testid=stMain]').clientWidth
    const wide = [...document.querySelectorAll('[data-testid=stMain] h1, [data-testid=stMain] p, '
        + '[data-testid=stVegaLiteChart], [data-testid=stDataFrame]')]
    return wide.filter(one => one.checkVisibility())
        .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 200))
}"""
# A text that its chart cuts off, and a table of less than half the page that must be scrolled
# sideways. A chart that is wider than its part of the page has still to be drawn anew.
CUT_OFF = """() => {
    const cut = []
    for (const svg of document.querySelectorAll('[data-testid=stVegaLiteChart] svg')) {
        const edges = svg.getBoundingClientRect()
        if (edges.width > svg.closest('[data-testid=stVegaLiteChart]').clientWidth + 12)
            cut.push(svg.outerHTML.slice(0, 200))
        for (const text of svg.querySelectorAll('text')) {
            const own = text.getBoundingClientRect()
            if (own.width && (own.left < edges.left - 3 || own.right > edges.right + 3))
                cut.push(text.textContent)
        }
    }
    const room = document.querySelector('[data-testid=stMainBlockContainer]').clientWidth
    for (const table of document.querySelectorAll('[data-testid=stDataFrame]')) {
        const rows = table.checkVisibility() && table.querySelector('.dvn-scroller')
        if (rows && rows.clientWidth < room / 2 && rows.scrollWidth > rows.clientWidth)
            cut.push(table.outerHTML.slice(0, 200))
    }
    return cut
}"""
EMPTY_CHARTS = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
    .filter(one => !one.querySelector('canvas, svg') || one.clientHeight < 60)
    .map(one => one.outerHTML.slice(0, 200))"""


def assert_none(page: Page, script: str) -> None:
    """Assert that what a script finds in a page is, or comes to be, nothing."""
    with suppress(NotInTime):
        page.wait_for_function(f"() => !({script})().length")
    assert page.evaluate(script) == []


def assert_sound(seen: Visit) -> None:
    expect(seen.page.locator(BOXES)).to_have_count(0)
    assert seen.complaints == []
    scheme, host = urlsplit(seen.page.url)[:2]
    own = (f"{scheme}://{host}/", "data:", "blob:")
    assert any(url.startswith(own) for url in seen.asked)
    assert [url for url in seen.asked if not url.startswith(own)] == []
    assert_none(seen.page, TOO_WIDE)
    assert_none(seen.page, CUT_OFF)


COLOURS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 29)"}
WIDTHS = {"desk": 1440, "phone": 420}
LAPTOP = 1200


# With each change a page is seen in one look, the first one light on a desk, the next one dark on
# a phone, and so on; at night in all four. Label and Adjudicate say here that labelling is off.
QUIET = {"label", "adjudicate"}
LOOKS = [
    pytest.param(
        *(page, mode, width),
        id=f"{page or 'overview'}-{mode}-{device}",
        marks=[] if (mode, device) == seen and page not in QUIET else pytest.mark.long,
    )
    for page, seen in zip(PAGES, cycle([("light", "desk"), ("dark", "phone")]), strict=False)
    for mode, (device, width) in product(("light", "dark"), WIDTHS.items())
]


@pytest.mark.parametrize(("page", "mode", "width"), LOOKS)
def test_every_page_is_sound(page: str, mode: str, width: int, visit: Go) -> None:
    seen = visit(page, mode=mode, width=width, **PAIR)
    assert_sound(seen)
    assert_none(seen.page, EMPTY_CHARTS)
    app = seen.page.get_by_test_id("stApp")
    expect(app).to_have_css("background-color", COLOURS[mode])  # as people want it
    expect(seen.page.locator("h1")).to_be_visible()
    expect(seen.page.get_by_text("v1.2.0 has 2 items fewer than v1.1.0")).to_be_visible()
    if width == WIDTHS["desk"]:
        seen.page.set_viewport_size({"width": LAPTOP, "height": 1000})
        assert_sound(seen)


@pytest.mark.long
def test_a_click_through_the_pages_keeps_the_versions(visit: Go) -> None:
    seen = visit("", **PAIR)
    seen.page.get_by_role("link", name="Label changes").click()
    expect(seen.page.locator("h1")).to_have_text("Label changes")
    seen.settle()
    expect(seen.page).to_have_url(re.compile("changes.*target=v1.2.0"))
    expect(seen.page.get_by_text("v1.2.0 has 2 items fewer than v1.1.0")).to_be_visible()
    assert_sound(seen)


@pytest.mark.long
def test_versions_are_picked_and_the_link_shows_others_the_same(visit: Go) -> None:
    seen = visit("changes", **PAIR)
    seen.choose("Compared with", "v1.0.0")
    expect(seen.page.get_by_text("v1.2.0 has 2 items more than v1.0.0")).to_be_visible()
    expect(seen.page).to_have_url(re.compile("base=v1.0.0"))
    path, _, query = seen.page.url.rpartition("/")[2].partition("?")
    shared = visit(path, **dict(part.split("=") for part in query.split("&")))
    expect(shared.page.get_by_text("v1.2.0 has 2 items more than v1.0.0")).to_be_visible()
    assert_sound(shared)


def assert_chosen(seen: Visit, versions: list[str]) -> None:
    seen.settle()
    for name, version in zip(("Version", "Compared with"), versions, strict=True):
        box = seen.page.get_by_role("combobox", name=name).first
        expect(box).to_have_value(re.compile(rf"^{re.escape(version)}( |$)"))


def test_back_and_forward_show_what_was_shown(visit: Go) -> None:
    seen = visit("changes", **PAIR)
    page = seen.page
    steps = [("Label changes", ["v1.2.0", "v1.1.0"], "filtered")]
    page.get_by_role("button", name="Swap").click()
    expect(page).to_have_url(re.compile("base=v1.2.0"))
    turned = page.get_by_text("v1.1.0 has 2 items more than v1.2.0")
    expect(turned).to_be_visible()
    steps.append(("Label changes", ["v1.1.0", "v1.2.0"], "filtered"))
    seen.choose("Compared with", "v1.0.0")
    expect(page).to_have_url(re.compile("base=v1.0.0"))
    steps.append(("Label changes", ["v1.1.0", "v1.0.0"], "filtered"))
    seen.choose("Layer", "clean")
    expect(page).to_have_url(re.compile("layer=clean"))
    steps.append(("Label changes", ["v1.1.0", "v1.0.0"], "clean"))
    page.get_by_role("link", name="Quality").click()
    steps.append(("Quality", ["v1.1.0", "v1.0.0"], "clean"))

    def assert_shows(step: tuple[str, list[str], str]) -> None:
        title, versions, layer = step
        expect(page.locator("h1")).to_have_text(title)
        named = f"base={versions[1]}.*layer={layer}.*target={versions[0]}"
        mixed = f"base={versions[1]}.*target={versions[0]}.*layer={layer}"
        expect(page).to_have_url(re.compile(f"{named}|{mixed}"))
        assert_chosen(seen, versions)

    assert_shows(steps[-1])
    for step in steps[-2::-1]:
        page.go_back()
        assert_shows(step)
    for step in steps[1:]:
        page.go_forward()
        assert_shows(step)
    assert_sound(seen)


@pytest.mark.long
def test_a_tag_narrows_the_changes(visit: Go) -> None:
    seen = visit("changes", **PAIR)
    seen.choose("Tags", "segmentation")
    expect(seen.page.get_by_text("segmentation changed most: 1 gained, 0 lost")).to_be_visible()
    assert_sound(seen)


def test_a_tag_opens_and_closes(visit: Go) -> None:
    seen = visit("tags", width=LAPTOP, **PAIR)
    seen.choose("Open a tag", "nlp")
    panel = seen.page.get_by_role("dialog")
    expect(panel.get_by_text("nlp is on")).to_be_visible()
    expect(seen.page).to_have_url(re.compile("about=nlp"))
    assert_sound(seen)
    seen.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(seen.page).not_to_have_url(re.compile("about=nlp"))
    assert_sound(seen)


@pytest.mark.long
def test_the_slider_of_the_threshold_is_followed(visit: Go) -> None:
    seen = visit("tags", **PAIR)
    seen.page.get_by_role("slider").first.focus()
    seen.page.keyboard.press("ArrowLeft")
    told = seen.page.get_by_text("A threshold of 3 instead of 4 would")
    expect(told).to_be_visible()
    assert_sound(seen)


def test_an_items_history_can_be_linked_to_and_text_of_others_is_shown_as_text(visit: Go) -> None:
    seen = visit("changes", item="7", **PAIR)
    shown = "<svg onload=alert(1)> **bold** [link](http://x.test)"
    title = seen.page.locator("strong", has_text=shown)
    expect(title).to_be_visible()
    assert ":\u2060tada:" in (title.text_content() or "")
    assert seen.page.locator("svg[onload]").count() == 0
    assert_sound(seen)


OPEN_A_SOCKET = """address => new Promise(resolve => {
    const socket = new WebSocket(address, ['streamlit'])
    socket.onopen = () => resolve('open')
    socket.onerror = () => resolve('refused')
})"""


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[str]:
    """The address of another server of this machine, with a page that is not the dashboard's."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def framed(page: Page) -> str:
    """The address that a page's frame has come to."""
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        for frame in page.main_frame.child_frames:
            if frame.url not in {"", "about:blank"}:
                return frame.url
        page.wait_for_timeout(100)
    raise AssertionError("the page's frame stays empty")


def test_another_local_page_neither_talks_to_the_dashboard_nor_frames_it(
    stranger: str, address: str, browser: Browser
) -> None:
    stream = f"{address.replace('http:', 'ws:')}/_stcore/stream"
    with closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(stranger)
        assert page.evaluate(OPEN_A_SOCKET, stream) == "refused"
        page.set_content(f"<iframe src='{address}'></iframe>")
        assert framed(page).startswith("chrome-error:")
        page.goto(f"{address}/_stcore/health")  # of the dashboard too, and quickly there
        assert page.evaluate(OPEN_A_SOCKET, stream) == "open"
