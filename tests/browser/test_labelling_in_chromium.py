"""The labelling tool by keyboard in a real browser: fast keys, two windows, a killed server."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tagledger import documents, tables
from tests.browser.chromium import (
    SERVER,
    Visit,
    free_port,
    running,
    serving,
    settings_for,
    visiting,
)
from tests.browser.test_dashboard_in_chromium import assert_sound
from tests.dashboard import labelling
from tests.dashboard.labelling import TAGS, source_of

pytestmark = pytest.mark.browser

KEY = 0.06  # seconds from one key to the next
REST = 500  # milliseconds: more than keys must rest after one that came too early (keys.js: PAUSE)
ITEMS = 200


@pytest.fixture
def root(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose campaign gives ann all items."""
    root = tmp_path / "repo"
    shutil.copytree(labelling.made_once_of(tmp_path_factory, ITEMS), root)
    labelling.campaign(root, ann=range(1, ITEMS + 1))
    return root


Open = Callable[..., Visit]


def desk(page: Page) -> Locator:
    return page.get_by_test_id("desk")


def press(page: Page, keys: list[str], gap: float = KEY) -> None:
    """Press keys at a pace, whatever the page does meanwhile."""
    due = time.monotonic()
    for key in keys:
        page.keyboard.press(key)
        due += gap
        time.sleep(max(0.0, due - time.monotonic()))


def answer(number: int) -> tuple[list[str], list[str]]:
    """Keys that answer an item, and the tags of the answer."""
    toggled = number * 3 % len(TAGS)
    yes = sorted({source_of(number)} ^ {TAGS[toggled]})
    return [str(toggled + 1), "Enter" if yes else "0"], yes


def all_saved(page: Page) -> None:
    expect(desk(page)).to_have_attribute("data-waiting", "0")


def assert_right(root: Path, numbers: range) -> None:
    found = labelling.standing(root)
    assert {int(item): list(event.yes or ()) for item, event in found.items()} == {
        number: answer(number)[1] for number in numbers
    }
    assert len(labelling.events(root)) == len(numbers)


@pytest.mark.parametrize("items", [40, pytest.param(ITEMS, marks=pytest.mark.long)])
def test_at_a_key_each_60_ms_each_answer_is_right_and_none_is_lost(
    items: int, root: Path, label: Open
) -> None:
    seen = label()
    expect(desk(seen.page)).to_have_attribute("data-item", "1")
    numbers = range(1, items + 1)
    press(seen.page, [key for number in numbers for key in answer(number)[0]])
    all_saved(seen.page)
    assert_right(root, numbers)
    assert_sound(seen)


def test_keys_answer_what_was_shown_and_each_press_once(root: Path, label: Open) -> None:
    seen = label()
    # Nothing chosen is not that none applies.
    press(seen.page, [str(TAGS.index(source_of(1)) + 1), "Enter"])
    expect(seen.page.get_by_text("Press 0 if none of them applies")).to_be_visible()
    expect(desk(seen.page)).to_have_attribute("data-item", "1")
    assert labelling.events(root) == []
    press(seen.page, [str(TAGS.index(source_of(1)) + 1)])
    # Enter, and at the very same time a 1, which a person pressed while the page was busy.
    seen.page.evaluate(
        """() => {
            const key = (name) => new KeyboardEvent('keydown', {key: name, bubbles: true})
            const [enter, one, again] = ['Enter', '1', 'Enter'].map(key)
            for (const event of [enter, one, again]) document.body.dispatchEvent(event)
        }"""
    )
    expect(seen.page.get_by_text("A key came before this item was shown")).to_be_visible()
    expect(desk(seen.page)).to_have_attribute("data-item", "2")
    all_saved(seen.page)
    assert list(labelling.standing(root)) == ["1"]
    seen.page.wait_for_timeout(REST)
    press(seen.page, ["Enter"])
    all_saved(seen.page)
    assert labelling.standing(root)["2"].yes == (source_of(2),)
    # A key that is held down answers one item.
    for _ in range(5):
        seen.page.keyboard.down("Enter")  # from the second on these are repeats
    seen.page.keyboard.up("Enter")
    all_saved(seen.page)
    assert list(labelling.standing(root)) == ["1", "2", "3"]
    # The first key of the row of digits writes & in France; the key of S writes a letter of its
    # own in Russia: they are known by where they are.
    dispatch = """([key, code]) => document.body.dispatchEvent(
        new KeyboardEvent('keydown', {key, code, bubbles: true}))"""
    seen.page.wait_for_timeout(REST)
    seen.page.evaluate(dispatch, ["\u044b", "KeyS"])
    seen.page.evaluate(dispatch, ["&", "Digit1"])
    press(seen.page, ["Enter"])
    all_saved(seen.page)
    found = labelling.standing(root)
    assert found["4"].act == "skip"
    assert found["5"].yes == tuple(sorted({TAGS[0], source_of(5)}))


def test_every_key_does_what_its_button_says(root: Path, label: Open) -> None:
    seen = label(width=1280)
    page = seen.page
    press(page, ["0", "s", "ArrowRight", "n"])
    page.keyboard.type("see s, 0 and u")
    press(page, ["Enter", "Enter"])
    expect(desk(page)).to_have_attribute("data-item", "5")
    press(page, ["Enter", "u"])
    expect(page.get_by_text("The answer is taken back")).to_be_visible()
    expect(desk(page)).to_have_attribute("data-item", "5")
    press(page, ["ArrowLeft", "ArrowLeft"])
    expect(desk(page)).to_have_attribute("data-item", "3")
    all_saved(page)
    found = labelling.standing(root)
    assert {item: (one.act, one.yes, one.note) for item, one in found.items()} == {
        "1": ("label", (), None),
        "2": ("skip", None, None),
        "4": ("label", (source_of(4),), "see s, 0 and u"),
    }
    undone = labelling.events(root)[-1]
    assert undone.act == "comment"
    assert len(undone.replaces) == 1
    # A window that is opened anew knows all of it.
    seen.settle()  # what is still being fetched would fail
    page.reload()
    seen.settle()
    expect(page.get_by_text("2 of 200 answered, 1 skipped")).to_be_visible()
    expect(desk(page)).to_have_attribute("data-item", "3")
    press(page, ["ArrowLeft", "ArrowLeft", "2", "Enter"])
    all_saved(page)
    assert labelling.standing(root)["2"].yes == tuple(sorted({source_of(2), TAGS[1]}))
    assert_sound(seen)


@pytest.mark.parametrize("items", [10, pytest.param(20, marks=pytest.mark.long)])
def test_two_windows_at_once_lose_nothing_and_see_each_other(
    items: int, root: Path, label: Open
) -> None:
    first, second = label(), label()
    for number in range(1, items + 1):
        press(first.page, answer(number)[0], gap=0)
        press(second.page, answer(number)[0], gap=0)
    for window in (first, second):
        all_saved(window.page)
    assert {int(item) for item in labelling.standing(root)} >= set(range(1, items + 1))
    before = len(labelling.standing(root))
    press(first.page, ["Enter"])
    all_saved(first.page)
    now = f"{before + 1} of 200 answered"
    expect(second.page.get_by_text(now)).to_be_visible()
    for item, event in labelling.standing(root).items():
        assert list(event.yes or ()) in ([source_of(int(item))], answer(int(item))[1])
    assert_sound(second)


def test_a_killed_server_loses_nothing_that_was_saved_and_takes_the_rest_later(
    root: Path, tmp_path: Path, browser: Browser
) -> None:
    port = free_port()

    def serve() -> AbstractContextManager[subprocess.Popen[bytes]]:
        return running(SERVER, tmp_path, port, **settings_for(root, "ann"))

    def serve_by_command() -> AbstractContextManager[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "tagledger", "dashboard", "--repo", str(root)]
        return running([*command, "--annotator", "ann", "--port"], tmp_path, port)

    def kill(server: subprocess.Popen[bytes]) -> None:
        server.send_signal(signal.SIGKILL)
        server.wait()

    with ExitStack() as stack:
        with serve() as server:
            seen = stack.enter_context(visiting(browser, f"http://127.0.0.1:{port}", "label"))
            expect(desk(seen.page)).to_be_visible()
            for number in range(1, 16):
                press(seen.page, answer(number)[0])
            kill(server)
            saved = labelling.standing(root)
            shown = int(desk(seen.page).get_attribute("data-waiting") or 0)
            assert len(saved) >= 15 - max(shown, 1)
        press(seen.page, [key for number in (16, 17) for key in answer(number)[0]])
        expect(seen.page.get_by_text("not saved yet")).to_be_visible()
        with serve() as server:
            all_saved(seen.page)
            assert_right(root, range(1, 18))
            kill(server)
        # What was not saved waits for a new page, too.
        press(seen.page, answer(18)[0])
        seen.page.on("dialog", lambda dialog: dialog.accept())
        with serve_by_command():
            fresh = seen.page.context.new_page()
            seen.page.close()
            fresh.goto(f"http://127.0.0.1:{port}/label")
            expect(desk(fresh)).to_be_visible()
            all_saved(fresh)
            expect(fresh.get_by_text("18 of 200 answered")).to_be_visible()
            assert_right(root, range(1, 19))


def test_a_disk_that_refuses_an_answer_is_said_and_the_answer_waits(
    root: Path, label: Open
) -> None:
    seen = label()
    in_the_way = root / "data/annotations/ann"
    in_the_way.write_text("")  # where the folder of ann's events would be made
    press(seen.page, answer(1)[0])
    expect(seen.page.get_by_test_id("stAlertContentError")).to_be_visible()
    press(seen.page, answer(2)[0])
    expect(desk(seen.page)).to_have_attribute("data-waiting", "2")
    in_the_way.unlink()
    all_saved(seen.page)
    assert_right(root, range(1, 3))
    expect(seen.page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_a_text_that_changes_while_it_is_shown_is_asked_again(root: Path, label: Open) -> None:
    seen = label()
    expect(desk(seen.page)).to_have_attribute("data-item", "1")
    rows = [labelling.row(number) for number in range(1, ITEMS + 1)]
    rows[0]["description"] = "Another text, which nobody has seen"
    labelling.Ledger.at(root).build(labelling.state(rows))
    press(seen.page, answer(1)[0])  # what is shown is still the text of before
    all_saved(seen.page)
    (event,) = labelling.events(root)
    before = event.text
    press(seen.page, answer(2)[0])
    all_saved(seen.page)
    while desk(seen.page).get_attribute("data-item") != "1":
        press(seen.page, ["ArrowLeft"], gap=0.2)
    expect(seen.page.get_by_text("Another text, which nobody has seen")).to_be_visible()
    expect(seen.page.get_by_text("you answered it before its text changed")).to_be_visible()
    press(seen.page, answer(1)[0])
    all_saved(seen.page)
    after = labelling.standing(root)["1"]
    assert after.text != before
    assert after.replaces == (event.id,)


@pytest.mark.long
def test_the_loop_runs_with_the_dashboard_alone(tmp_path: Path, browser: Browser) -> None:
    root = tmp_path / "repo"
    labelling.repository(root, [labelling.row(number) for number in range(1, 9)])
    labelling.campaign(root, ann=range(1, 9), bob=range(1, 9))
    params = root / "params.yaml"
    params.write_text(f"{params.read_text()}annotate:\n  adjudicators: [cara]\n")

    def sit(name: str, page: str, keys: list[str], counts: str) -> None:
        with (
            serving(root, tmp_path, "--annotator", name) as address,
            visiting(browser, address, page) as seen,
        ):
            expect(desk(seen.page)).to_be_visible()
            press(seen.page, keys)
            all_saved(seen.page)
            expect(desk(seen.page).locator(".counts")).to_have_text(counts)

    def build() -> dict[str, int]:
        stage = [sys.executable, "-m", "tagledger.stages.annotate"]
        subprocess.run(stage, cwd=root, check=True, capture_output=True)
        rows = documents.read_object(root / tables.ANNOTATED_ROWS, hint="")
        assert rows["rejected"] == 0
        states: dict[str, int] = rows["states"]
        return states

    sit("ann", "label", ["Enter"] * 8, "8 of 8 answered")
    # bob differs in two items, skips one, and takes the answer to another one back.
    bob = ["0", "0", "Enter", "Enter", "s", "Enter", "u"]
    sit("bob", "label", bob, "4 of 8 answered, 1 skipped")
    assert build() == {"disputed": 2, "labelled": 8 * len(TAGS) - 2}
    sit("cara", "adjudicate", ["1", "Enter", "0"], "2 of 2 decided")
    assert build() == {"adjudicated": 2, "labelled": 8 * len(TAGS) - 2}
    sit("cara", "adjudicate", [], "0 of 0 decided")
