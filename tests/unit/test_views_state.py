"""Which versions are shown when nobody has chosen, and what an address chooses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tagledger.versions import Version
from tagledger.versions.version import Kind
from tagledger_dashboard.state import (
    Choice,
    base_for,
    between,
    chronological,
    default_choice,
    from_params,
)
from tagledger_dashboard.theme import CHIPS, DARK, LIGHT, palette
from tagledger_dashboard.ui import escape, with_code


def version(name: str, day: int, kind: Kind = "release", *also: str) -> Version:
    workspace = kind == "workspace"
    return Version(
        name=name,
        names=(name, *also),
        commit=None if workspace else name,
        revision=None if workspace else name,
        date=None if workspace else datetime(2024, 1, day, tzinfo=UTC),
        author=None,
        subject=None,
        kind=kind,
        outputs={},
    )


# As list_versions gives them: releases, then commits, then the workspace.
V1, V2 = version("v1", 1), version("v2", 3, "release", "v2-final")
COMMIT, WORKSPACE = version("abc1234", 2, "commit"), version("workspace", 0, "workspace")
ALL = [V2, V1, COMMIT, WORKSPACE]


def unknown(name: str) -> None:
    return None


def test_versions_are_in_the_order_of_time_with_the_workspace_last() -> None:
    assert chronological(ALL) == [V1, COMMIT, V2, WORKSPACE]


def test_later_releases_of_one_second_come_later() -> None:
    same = [version("v1.10", 1), version("v1.9", 1)]
    assert [one.name for one in chronological(same)] == ["v1.9", "v1.10"]


@pytest.mark.parametrize(
    ("target", "base"),
    [
        pytest.param("workspace", "v2", id="the last release before the workspace"),
        pytest.param("v2", "v1", id="the release before, not the commit in between"),
        pytest.param("abc1234", "v1", id="the release before a commit"),
        pytest.param("v1", "v1", id="nothing before the first"),
    ],
)
def test_a_version_is_compared_with_the_release_before_it(target: str, base: str) -> None:
    assert base_for(target, ALL) == base


def test_without_releases_the_version_before_is_the_base() -> None:
    commits = [version("b", 2, "commit"), version("a", 1, "commit")]
    assert default_choice(commits) == Choice("a", "b")


def test_an_address_is_read_back_as_it_was_written() -> None:
    choice = Choice("v1", "abc1234", "raw")
    assert from_params(choice.to_params(), ALL, unknown) == (choice, [])


def test_an_address_that_names_the_target_alone_gets_the_base_for_it() -> None:
    assert from_params({"target": "v2"}, ALL, unknown) == (Choice("v1", "v2"), [])


def test_any_name_of_a_version_will_do() -> None:
    choice, _ = from_params({"target": "v2-final"}, ALL, unknown)
    assert choice.target == "v2"


def test_other_names_are_resolved() -> None:
    choice, missing = from_params({"base": "main"}, ALL, lambda name: "abc1234")
    assert choice.base == "abc1234"
    assert missing == []


def test_what_is_not_there_is_named_and_replaced() -> None:
    choice, missing = from_params({"base": "v9", "layer": "fog"}, ALL, unknown)
    assert missing == ["v9", "fog"]
    assert choice == Choice("v2", "workspace")


def test_between_is_the_same_in_both_directions() -> None:
    assert between(V1, V2, ALL) == between(V2, V1, ALL) == [V1, COMMIT, V2]


@pytest.mark.parametrize(("mode", "expected"), [("dark", DARK), ("light", LIGHT), (None, LIGHT)])
def test_a_page_has_the_palette_of_its_mode(mode: str | None, expected: object) -> None:
    assert palette(mode) is expected


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours by the Web Content Accessibility Guidelines."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_stand_out_from_the_page(mode: str) -> None:
    found = palette(mode)
    marks = [found.gained, found.lost, found.base, found.target, found.good, found.bad]
    assert min(contrast(mark, found.ground) for mark in marks) >= 3
    assert contrast(found.text, found.ground) >= 7


def test_white_words_on_chips_can_be_read() -> None:
    assert min(contrast(colour, "#FFFFFF") for colour in CHIPS.values()) >= 4.5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("**bold**", r"\*\*bold\*\*", id="emphasis"),
        pytest.param("<b>", r"\<b\>", id="markup"),
        pytest.param("$x$", r"\$x\$", id="formula"),
        pytest.param(":tada:", "\\:\u2060tada\\:", id="emoji"),
        pytest.param("one\n\n# two", r"one \# two", id="one paragraph"),
        pytest.param("größer 12 %", r"größer 12 \%", id="other letters stay"),
    ],
)
def test_text_of_others_is_escaped(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            "run `dvc repro *`, then *look*", r"run `dvc repro *`\, then \*look\*", id="code"
        ),
        pytest.param("a ` alone", r"a \` alone", id="one backtick is text"),
        pytest.param("no `` code", r"no  code", id="nothing between"),
    ],
)
def test_commands_in_messages_are_shown_as_code(text: str, shown: str) -> None:
    assert with_code(text) == shown
