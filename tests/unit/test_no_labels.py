"""`labels: none`: sources in which nothing is labelled yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from tagledger.commands import asking
from tagledger.errors import TagledgerError
from tagledger.guess.answers import Answers
from tagledger.guess.guess import NoLabelsFoundError, guess
from tagledger.params import CleanParams, FilterParams
from tagledger.readers.raw import Raw, read
from tagledger.sources.labels import NoLabels
from tagledger.sources.reading import Reading
from tagledger.stages.clean import clean
from tagledger.stages.filter import filter_labels
from tests.factories import taxonomy

ITEMS = {"file": "a.json", "columns": {"id": "id", "title": "title"}}
ROWS = [{"id": at, "title": f"The text {at}"} for at in range(5)]
PROSE = [
    f"Nobody has read {'or heard ' * (at % 3)}of number {at} and {at * 7919} so far."
    for at in range(30)
]
# No separator stands between labels here, and no text is short enough to be one.
ALONE = "text\n" + "".join(
    f"Nobody has read of number {at} or of {at * 7919} so far\n" for at in range(30)
)
FILES = {
    "a.csv": "id,text\n" + "".join(f"{at},{text}\n" for at, text in enumerate(PROSE)),
    "a.jsonl": "".join(
        json.dumps({"id": f"p-{at}", "body": text}) + "\n" for at, text in enumerate(PROSE)
    ),
    "b.csv": "text\n" + "".join(f"{text}\n" for text in PROSE),
    "a.txt": "".join(f"{text}\n" for text in PROSE),
}


def raw(folder: Path, labels: Any = "none", **more: Any) -> Raw:
    (folder / "a.json").write_text(json.dumps(ROWS))
    return read(Reading.model_validate({"items": ITEMS, "labels": labels, **more}), folder)


def test_a_reading_without_labels_is_written_as_it_was_said() -> None:
    reading = Reading.model_validate({"items": ITEMS, "labels": "none"})
    assert isinstance(reading.labels, NoLabels)
    said = json.loads(json.dumps(reading.model_dump(exclude_defaults=True)))
    assert said["labels"] == "none"
    assert Reading.model_validate(said) == reading
    assert reading.files == {"items.file": ["a.json"]}


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (None, "or be the word `none`, where nothing is labelled yet"),
        ("nothing", "or be the word `none`"),
        ({"none": ["x"]}, "this must have one of the keys"),
        ({"file": "b.json", "each": "none"}, "write `labels: none`"),
    ],
)
def test_what_is_no_way_to_say_labels_is_refused(labels: Any, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Reading.model_validate({"items": ITEMS, "labels": labels})


def test_items_without_labels_are_clean_items(tmp_path: Path) -> None:
    made = clean(raw(tmp_path), CleanParams())
    assert made.items["id"].tolist() == [0, 1, 2, 3, 4]
    assert made.labels.empty
    assert made.rows.as_json()["unlabelled"] is True
    assert set(made.rows.labels.values()) == {0}


def test_only_a_source_that_says_so_may_have_no_label(tmp_path: Path) -> None:
    made = clean(raw(tmp_path), CleanParams())
    tags = taxonomy({"a": {}, "b": {}})
    left = filter_labels(made.labels, tags, FilterParams(), unlabelled=True)
    assert left.labels.empty
    assert left.tags[["tag", "count", "decision"]].to_numpy().tolist() == [
        ["a", 0, "below_threshold"],
        ["b", 0, "below_threshold"],
    ]
    assert filter_labels(made.labels, tags.iloc[:0], FilterParams(), unlabelled=True).tags.empty
    with pytest.raises(TagledgerError, match="no item has a label") as caught:
        filter_labels(made.labels, tags, FilterParams())
    assert "`labels: none`" in caught.value.hint


def test_with_the_first_labels_the_threshold_holds() -> None:
    labels = pd.DataFrame({"id": [1, 2], "tag": pd.Categorical(["a", "a"])})
    with pytest.raises(TagledgerError, match="the most used, a, has 2") as caught:
        filter_labels(labels, taxonomy({}), FilterParams(min_tag_count=3), unlabelled=True)
    assert caught.value.hint == "set filter.min_tag_count to 2 or less"


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_texts_alone_can_be_read_without_labels(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name])
    found = guess([str(tmp_path / name)], Answers(labels="none"))
    assert found.reading["labels"] == "none"
    assert found.certain
    assert found.proof.raw is not None
    assert len(found.proof.raw.items) == 30
    assert found.proof.labels == frozenset()
    assert "Nobody" in str(found.proof.raw.items["description"][0])


def test_where_labels_are_doubtful_another_reading_has_none(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(FILES["b.csv"])
    found = guess([str(tmp_path / "b.csv")])
    assert found.questions == ["nothing in the file says that these are its labels: are they?"]
    (other,) = found.alternatives
    assert (other.reading["labels"], other.question) == ("none", 1)


def test_where_no_labels_are_found_it_is_said_how_to_do_without(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(ALONE)
    with pytest.raises(NoLabelsFoundError) as caught:
        guess([str(tmp_path / "b.csv")])
    assert "`--labels none`" in caught.value.hint


@pytest.mark.parametrize(("answer", "taken"), [(True, True), (False, False)])
def test_on_a_terminal_it_is_asked_whether_nothing_is_labelled_yet(
    answer: bool, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.csv").write_text(ALONE)
    asked: list[str] = []

    def confirm(text: str, **_: Any) -> bool:
        asked.append(text)
        return answer

    monkeypatch.setattr(asking, "on_a_terminal", lambda: True)
    monkeypatch.setattr(asking.click, "confirm", confirm)
    files = [str(tmp_path / "b.csv")]
    if taken:
        assert asking.settled(files, Answers(), yes=False).reading["labels"] == "none"
        assert asked == ["Is nothing labelled yet?", "Is this reading right for your data?"]
        return
    with pytest.raises(NoLabelsFoundError):
        asking.settled(files, Answers(), yes=False)
    asked.clear()
    with pytest.raises(NoLabelsFoundError):
        asking.settled(files, Answers(), yes=True)
    assert asked == []
