"""The laws of the fold, on events made up: it is what its rules say, in any order of lines."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.events.canonical import taxonomy_hash, text_hash
from tagledger.events.event import Event
from tagledger.events.store import digest
from tagledger.events.writing import keep_taxonomy
from tagledger.params import AnnotateParams
from tagledger.verdicts.fold import Folded, fold
from tagledger.verdicts.policies import POLICIES
from tests.conftest import examples
from tests.plain_fold import Plain, plain_fold
from tests.said import event, folded, label_set, source, verdict_rows, write

PEOPLE, TAGS, ITEMS = ("ann", "bob", "cat"), "abcde", ("p-1", "p-2", "p-3")
TEXTS = {item: f"title {item}" for item in ITEMS}
HASHES = {item: text_hash(text, "") for item, text in TEXTS.items()}
SHOWN = ["a", "b", "d"]
TAX = taxonomy_hash(SHOWN)
DECIDING = ("label", "adjudicate", "gold")

tag_sets = st.sets(st.sampled_from(TAGS), max_size=4).map(sorted)
times = st.sampled_from([f"2026-11-25T10:00:0{n}Z" for n in range(4)] + ["2026-11-25T10:00:01.5Z"])


@st.composite
def answers(draw: Any, tax: str) -> Event:
    act = draw(
        st.sampled_from(["label"] * 6 + ["suggest", "skip", "comment", "adjudicate", "gold"])
    )
    said: dict[str, Any] = {"item": draw(st.sampled_from([*ITEMS, *ITEMS, "nobody"]))}
    if act in DECIDING:
        said["yes"] = tuple(draw(tag_sets))
        if draw(st.booleans()):
            said["asked"] = tuple({*said["yes"], *draw(tag_sets)})
        else:
            said["tax"] = draw(st.sampled_from([tax, tax, "0123456789abcdef"]))
    elif act == "suggest":
        said["yes"] = tuple(draw(tag_sets))
    if draw(st.booleans()):
        text = HASHES.get(said["item"], "0" * 16)
        said["text"] = draw(st.sampled_from([text, text, "f" * 16]))
    if draw(st.booleans()):
        said["campaign"] = draw(st.sampled_from(["first", "second"]))
    if draw(st.booleans()):
        said["tool"] = draw(st.sampled_from(["t:1", "t:2"]))
    return Event(act, draw(st.sampled_from(PEOPLE)), draw(times), **said)


@st.composite
def tag_events(draw: Any) -> Event:
    act = draw(st.sampled_from(["rename", "merge", "split", "retire", "withdraw"]))
    by, at = draw(st.sampled_from(PEOPLE)), draw(times)
    if act == "withdraw":
        campaign = draw(st.sampled_from([None, "first"]))
        return Event(act, by, at, of=draw(st.sampled_from(PEOPLE)), campaign=campaign)
    names = draw(st.permutations([*TAGS, "f", "g"]))
    before, after = {"rename": (1, 1), "merge": (2, 1), "split": (1, 2), "retire": (1, 0)}[act]
    sources, to = tuple(names[:before]), tuple(names[before : before + after])
    return Event(act, by, at, sources=sources, to=to)


@st.composite
def histories(draw: Any, tax: str) -> list[Event]:
    found = draw(st.lists(answers(tax), max_size=14))
    found += draw(st.lists(tag_events(), max_size=4))
    for _ in range(draw(st.integers(0, 2)) if found else 0):
        old = draw(st.sampled_from(found))
        again = draw(answers(tax))
        said = {name: getattr(again, name) for name in ("item", "yes", "asked", "tax", "text")}
        by = draw(st.sampled_from([old.by, old.by, "bob"]))
        found.append(Event(again.act, by, draw(times), replaces=(old.id,), **said))
    return found


label_sets = st.sets(st.tuples(st.sampled_from(ITEMS), st.sampled_from(TAGS)), max_size=8)
policies = st.sampled_from([one.name for one in POLICIES if one.name != "dawid-skene"])
parameters = st.builds(
    AnnotateParams,
    policy=policies,
    quorum=st.integers(1, 3),
    adjudicators=st.sampled_from(["anyone", ["ann"], ["ann", "bob"]]),
)


def of_labels(pairs: set[tuple[str, str]], **said: Any) -> Any:
    labels: dict[str, list[str]] = {}
    for item, tag in sorted(pairs):
        labels.setdefault(item, []).append(tag)
    return source(labels, TEXTS, **said)


def run(events: list[Event], of: Any, rules: AnnotateParams, chance: random.Random) -> Folded:
    with tempfile.TemporaryDirectory() as folder:
        keep_taxonomy(Path(folder), SHOWN)
        write(Path(folder), events, chance)
        made = fold(Path(folder), of, rules)
        assert made.rows["digest"] == digest(Path(folder))
    return made


def assert_is(made: Folded, plain: Plain, of: Any) -> None:
    assert label_set(made, of) == plain.labels
    assert verdict_rows(made.verdicts) == plain.verdicts
    assert dict(zip(made.rejected["event"], made.rejected["reason"], strict=True)) == plain.rejected
    assert made.rows["used"] == len(plain.used)
    assert made.rows["superseded"] == len(plain.superseded)
    assert made.rows["rejected"] == len(plain.rejected)


@examples(80)
@given(histories(TAX), label_sets, parameters, st.integers(0, 2**32))
def test_the_fold_is_what_its_rules_say(
    events: list[Event], pairs: set[tuple[str, str]], rules: AnnotateParams, seed: int
) -> None:
    of = of_labels(pairs)
    plain = plain_fold(events, {i: (t, "") for i, t in TEXTS.items()}, pairs, rules, {TAX: SHOWN})
    assert_is(run(events, of, rules, random.Random(seed)), plain, of)


@examples(60)
@given(histories(TAX), label_sets, parameters, st.integers(0, 2**32))
def test_answers_by_an_alias_are_answers_by_its_tag(
    events: list[Event], pairs: set[tuple[str, str]], rules: AnnotateParams, seed: int
) -> None:
    aliases = {"d": "a", "e": "a"}
    clean = {(item, aliases.get(tag, tag)) for item, tag in pairs}
    names = {"a": {"aliases": ["d", "e"]}, "b": {}, "c": {}}
    of = of_labels(clean, taxonomy=names, resolve_aliases=True)
    texts = {i: (t, "") for i, t in TEXTS.items()}
    plain = plain_fold(events, texts, clean, rules, {TAX: SHOWN}, aliases)
    assert_is(run(events, of, rules, random.Random(seed)), plain, of)


@pytest.mark.parametrize(("resolve", "expected"), [(True, "cat"), (False, "kitty")])
def test_an_answer_by_an_alias_is_of_its_tag_as_in_clean(
    tmp_path: Path, resolve: bool, expected: str
) -> None:
    of = source(taxonomy={"cat": {"aliases": ["kitty"]}}, rule="words", resolve_aliases=resolve)
    made = folded(tmp_path, [event(yes=["Kitty"])], of)
    assert label_set(made, of) == {("p-1", expected)}


def test_a_tag_may_be_renamed_to_what_was_its_alias(tmp_path: Path) -> None:
    of = source({"p-2": ["cat"]}, taxonomy={"cat": {"aliases": ["kitty"]}}, resolve_aliases=True)
    renamed = event("rename", sources=("cat",), to=("kitty",))
    made = folded(tmp_path, [event(yes=["kitty"]), renamed], of)
    assert label_set(made, of) == {("p-1", "kitty"), ("p-2", "kitty")}
