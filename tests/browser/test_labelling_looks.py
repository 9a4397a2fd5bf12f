"""The labelling tool as people see it: hostile texts, many tags, disputes, narrow and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Visit
from tests.browser.test_dashboard_in_chromium import assert_sound
from tests.dashboard import labelling
from tests.dashboard.labelling import RARE, TAGS
from tests.dashboard.story import NASTY

pytestmark = pytest.mark.browser

TAG = "<b>bold</b> :red[x]"
ARABIC = "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645 nlp (1)"
LONG = "w" * 400
GUIDE = f"# What it is\n- **never** ![a cat](http://evil.test/x.png)\n\n{NASTY}\n\nhttp://evil.test"
# What sticks out of the desk or is cut off at its side.
STICKS_OUT = """desk => {
    const box = desk.getBoundingClientRect()
    const wide = [...desk.querySelectorAll('*')].filter(one => {
        const own = one.getBoundingClientRect()
        return own.width && (own.right > box.right + 1 || own.left < box.left - 1)
    })
    return wide.map(one => one.outerHTML.slice(0, 120))
}"""

Open = Callable[..., Visit]
REST = 500  # milliseconds: more than all that the desk does a moment later (keys.js: PAUSE)


def rows() -> list[dict[str, object]]:
    return [
        labelling.row(1, title=NASTY, tags=[TAG, "nlp"]),
        labelling.row(2, title=ARABIC, description=f"{ARABIC} " * 20, tags=[TAG]),
        labelling.row(3, title=LONG, description=f"{LONG} word " * 200),
        labelling.row(4, title=""),
        *(labelling.row(number) for number in range(5, 21)),
    ]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("looks") / "repo"
    labelling.repository(root, rows(), *TAGS, TAG, *RARE)
    labelling.campaign(root, tags=[*TAGS, TAG], ann=range(1, 21))
    labelling.campaign(root, "wide", tags=[*TAGS, TAG, *RARE], guideline=GUIDE, ann=range(1, 21))
    labelling.campaign(root, "short", tags=[*TAGS, TAG], ann=[19, 20])
    labelling.disputes(
        root, (1, TAG, "ann bob", "cara"), (1, "nlp", "cara", "ann"), (5, "nlp", "ann", "bob")
    )
    return root


def desk(page: Page) -> Locator:
    return page.get_by_test_id("desk")


@pytest.mark.parametrize(
    ("campaign", "width", "mode"),
    [
        ("spring", 420, "light"),
        ("wide", 800, "dark"),
        pytest.param("spring", 800, "dark", marks=pytest.mark.long),
        pytest.param("spring", 1280, "light", marks=pytest.mark.long),
        pytest.param("wide", 420, "light", marks=pytest.mark.long),
        pytest.param("wide", 1280, "light", marks=pytest.mark.long),
    ],
)
def test_texts_of_others_are_shown_as_text_from_their_side_and_nothing_sticks_out(
    campaign: str, width: int, mode: str, label: Open
) -> None:
    seen = label(width=width, mode=mode, campaign=campaign)
    page = seen.page
    title = desk(page).locator(".title")
    expect(title).to_have_text(NASTY)
    expect(desk(page).locator(".chip .name", has_text=TAG).first).to_be_visible()
    assert desk(page).locator("svg, b, a").count() == 0
    for item in ("1", "2", "3", "4"):
        expect(desk(page)).to_have_attribute("data-item", item)
        assert desk(page).evaluate(STICKS_OUT) == []
        if item == "2":
            expect(title).to_have_text(ARABIC)
            expect(title).to_have_css("direction", "rtl")
        page.keyboard.press("ArrowRight")
    assert_sound(seen)


def test_a_guideline_is_markdown_that_fetches_nothing_and_a_tag_is_added_by_keyboard(
    root: Path, label: Open
) -> None:
    seen = label(campaign="wide")
    page = seen.page
    page.get_by_text("Guideline").click()
    guide = page.get_by_test_id("stExpanderDetails")
    expect(guide.get_by_role("heading", name="What it is")).to_be_visible()
    expect(guide.locator("li strong")).to_have_text("never")
    expect(guide.get_by_text("<svg onload=alert(1)>")).to_be_visible()
    assert guide.locator("img, svg[onload], a[href*=evil]").count() == 0
    assert not [url for url in seen.asked if "evil" in url]
    for key in ("ArrowRight",) * 5:
        page.keyboard.press(key)
    expect(desk(page)).to_have_attribute("data-item", "6")
    page.keyboard.press("/")
    page.keyboard.type("rare-1")  # also 1, c and r are letters here, and no keys
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("audi")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(desk(page)).to_have_attribute("data-waiting", "0")
    event = labelling.standing(root)["6"]
    assert event.yes == tuple(sorted({labelling.source_of(6), "rare-10", "audio"}))
    assert event.campaign == "wide"
    assert_sound(seen)


def test_disputes_are_decided_by_keyboard_and_then_names_are_shown(root: Path, label: Open) -> None:
    seen = label("adjudicate", width=1280)
    page = seen.page
    expect(desk(page)).to_have_attribute("data-item", "1")
    sides = desk(page).locator(".side")
    expect(sides).to_have_count(3)
    for name in ("ann", "bob", "cara"):
        expect(sides.filter(has_text=name)).to_have_count(0)
    assert desk(page).evaluate(STICKS_OUT) == []
    expect(page.get_by_text("you are one of those who differ")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("none of them applies, → to leave the dispute open")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Decided. ← goes back to it, and shows who said what")).to_be_visible()
    expect(desk(page)).to_have_attribute("data-item", "5")
    page.keyboard.press("0")
    expect(page.get_by_text("Every dispute of this list is decided")).to_be_visible()
    expect(desk(page)).to_have_attribute("data-waiting", "0")
    decided = [event for event in labelling.events(root) if event.act == "adjudicate"]
    assert [(event.item, event.asked, event.yes) for event in decided] == [
        ("1", (TAG, "nlp"), (TAG,)),
        ("5", ("nlp",), ()),
    ]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    for name in ("ann", "bob", "cara"):
        expect(sides.filter(has_text=name)).to_have_count(1)
    assert_sound(seen)


@pytest.mark.parametrize("by", [pytest.param("mouse", marks=pytest.mark.long), "keyboard"])
def test_once_a_campaign_is_chosen_keys_answer_its_items(by: str, root: Path, label: Open) -> None:
    before = labelling.events(root)
    seen = label(campaign="spring")
    page = seen.page
    box = page.get_by_role("combobox", name="Campaign")
    box.click()
    if by == "mouse":
        page.get_by_role("option", name="short").click()
    else:
        page.keyboard.type("short")
        expect(page.get_by_role("option", name="short")).to_be_visible()
        page.keyboard.press("Enter")
    # As fast as this the item of before may still be there: these keys count for neither.
    for key in ("2", "4", "Enter"):
        page.keyboard.press(key)
    seen.settle()
    expect(desk(page)).to_have_attribute("data-item", re.compile("19|20"))  # those of this campaign
    expect(desk(page)).to_have_attribute("data-waiting", "0")
    item = desk(page).get_attribute("data-item")
    assert item is not None
    assert labelling.events(root) == before
    page.wait_for_timeout(REST)
    for key in ("2", "4", "Enter"):
        page.keyboard.press(key)
    expect(desk(page)).to_have_attribute("data-waiting", "0")
    (event,) = (one for one in labelling.events(root) if one.item == item)
    tags = sorted([*TAGS, TAG])
    toggled = {tags[1], tags[3]}
    assert event.campaign == "short"
    assert event.yes == tuple(sorted({labelling.source_of(int(item))} ^ toggled))
    expect(box).not_to_be_focused()
    assert_sound(seen)


def test_keys_go_to_a_field_that_has_the_focus_and_to_the_search(root: Path, label: Open) -> None:
    before = len(labelling.events(root))
    seen = label(campaign="spring")
    page = seen.page
    page.get_by_role("combobox", name="Campaign").click()
    page.keyboard.type("s0u")
    page.keyboard.press("Escape")
    expect(desk(page)).to_have_attribute("data-waiting", "0")
    assert len(labelling.events(root)) == before
    # A tag is found where each has a key, too.
    desk(page).locator(".title").click()
    item = desk(page).get_attribute("data-item")
    assert item is not None
    page.keyboard.press("/")
    page.keyboard.type("s")  # skips nothing: it is a letter here
    expect(page.get_by_test_id("desk").locator("#find")).to_have_value("s")
    expect(desk(page)).to_have_attribute("data-item", item)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("audi")
    page.wait_for_timeout(REST)  # that the field was left a moment ago does not end this search
    page.keyboard.press("Enter")
    expect(page.get_by_text("audio is on")).to_be_visible()
    assert len(labelling.events(root)) == before
