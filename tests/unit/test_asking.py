"""What somebody says of files holds, and the rest is guessed, shown and asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tagledger.commands import asking
from tagledger.errors import TagledgerError
from tagledger.guess.answers import Answers
from tagledger.guess.guess import guess
from tests.guess_shapes import table

ROWS: list[list[Any]] = [["nr", "ticket", "when", "subject", "body", "topics", "area", "state"]]
ROWS += [
    [
        at,
        f"T-{at}",
        f"0{at % 9 + 1}/02/2024",
        f"login {at}",
        f"The page number {at} does not open any more",
        "web;login" if at % 2 else "tax",
        "north;south" if at % 3 else "east",
        "open",
    ]
    for at in range(1, 31)
]
TICKETS = table(ROWS)


def written(folder: Path, content: str | bytes = TICKETS, name: str = "tickets.csv") -> list[str]:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return [str(folder / name)]


def items(folder: Path, **said: Any) -> dict[str, Any]:
    found: dict[str, Any] = guess(written(folder), Answers(**said)).reading["items"]
    return found


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        ({"id": "ticket"}, {"id": "ticket"}),
        ({"title": "area"}, {"title": "area", "description": "body"}),
        ({"title": "", "text": "subject"}, {"text": "subject"}),
        ({"text": "subject"}, {"text": "subject"}),
        ({"title": "body", "text": "subject"}, {"title": "body", "description": "subject"}),
    ],
    ids=str,
)
def test_a_column_that_is_named_is_taken(
    tmp_path: Path, said: dict[str, str], columns: dict[str, str]
) -> None:
    found = items(tmp_path, labels="topics", **said)["columns"]
    assert {key: found.get(key) for key in columns} == columns
    unwanted = (
        {"title", "description", "text"} - set(columns) if {"title", "text"} & set(said) else set()
    )
    assert not unwanted & set(found)


def test_no_column_can_be_said(tmp_path: Path) -> None:
    assert "id" not in items(tmp_path, id="")["columns"]
    assert "created_on" not in items(tmp_path, date="")["columns"]


def test_what_is_said_is_not_asked(tmp_path: Path) -> None:
    files = written(tmp_path)
    asked = " ".join(guess(files).questions)
    for words in ("are the labels those of", "day first or month first"):
        assert words in asked
    said = Answers(id="ticket", date="when", date_format="%d/%m/%Y", labels="topics")
    found = guess(files, said)
    assert found.questions == []
    assert found.reading["items"]["date_format"] == "%d/%m/%Y"
    assert found.proof.raw is not None
    assert found.proof.raw.items["created_on"][0].as_py().month == 2


def test_a_column_of_labels_is_read_in_the_likeliest_way(tmp_path: Path) -> None:
    found = guess(written(tmp_path), Answers(labels="area"))
    assert found.reading["labels"] == {"delimited": "area", "separator": ";"}
    assert guess(written(tmp_path), Answers(labels="state")).reading["labels"] == {
        "column": "state"
    }


def test_labels_can_be_said_as_a_reading_has_them(tmp_path: Path) -> None:
    labels = {"column": "topics"}
    found = guess(written(tmp_path), Answers(labels=labels))
    assert found.reading["labels"] == labels
    assert found.proof.raw is not None
    assert set(found.proof.raw.labels["tag"].to_pylist()) == {"web;login", "tax"}


def test_a_delimiter_that_is_said_divides_the_rows(tmp_path: Path) -> None:
    rows = "".join(f"{at}~a, b, c~x;y\n" for at in range(9))
    files = written(tmp_path, f"id~text~tags\n{rows}")
    assert guess(files, Answers(delimiter="~")).reading["items"]["delimiter"] == "~"
    files = written(tmp_path, TICKETS.replace(",", "\t"))
    found = guess(files, Answers(delimiter="tab", labels="topics", id="nr"))
    assert found.reading["items"]["format"] == "tsv"


def test_an_encoding_that_is_said_is_taken(tmp_path: Path) -> None:
    text = TICKETS.replace("login", "Größe").encode("mac-roman")
    found = guess(written(tmp_path, text), Answers(encoding="mac-roman"))
    assert found.reading["items"]["encoding"] == "mac-roman"
    assert found.proof.raw is not None
    assert "Größe" in found.proof.raw.items["title"][0].as_py()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"id": "tiket"}, "did you mean ticket?"),
        ({"labels": "topic"}, "did you mean topics?"),
        ({"labels": {"delimited": "topic", "separator": ";"}}, "topic"),
        ({"labels": {"delimited": "topics"}}, "--labels, key separator"),
        ({"labels": {"wrong": "topics"}}, "must have one of the keys"),
        ({"encoding": "klingon"}, "no encoding"),
        ({"date": "when", "date_format": "soon"}, "soon"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(tmp_path: Path, said: dict[str, Any], words: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        guess(written(tmp_path), Answers(**said))
    assert words in str(caught.value)


# The command line.


@click.command()
@click.argument("files", nargs=-1)
@click.option("--yes", is_flag=True)
@asking.reading_options
def take(files: tuple[str, ...], *, answers: Answers, yes: bool) -> None:
    """Show and ask, and print what is taken."""
    found = asking.settled(files, answers, yes=yes)
    click.echo(f"taken: {found.reading['labels']}")


def run(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(take, list(words), input=answer, prog_name="tagledger")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "on_a_terminal", lambda: True)


SURE = ("--id", "nr", "--date", "", "--labels", "topics")


def test_without_a_terminal_only_what_is_certain_is_taken(tmp_path: Path) -> None:
    files = written(tmp_path)
    done = run(*files)
    assert isinstance(done.exception, TagledgerError)
    assert "only a person can say" in str(done.exception)
    assert "taken" not in done.output
    assert "taken: {'delimited'" in run(*files, "--yes").output
    certain = run(*files, *SURE)
    assert "The first 3 items" in certain.output
    assert "taken: {'delimited': 'topics', 'separator': ';'}" in certain.output


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_even_a_certain_reading_is_asked_about(tmp_path: Path) -> None:
    files = written(tmp_path)
    assert "taken: " in run(*files, *SURE, answer="\n").output
    refused = run(*files, *SURE, answer="n\n\n")
    assert "taken: " not in refused.output
    assert "--labels" in str(refused.exception)
    assert "taken: " in run(*files, *SURE, "--yes").output


@pytest.mark.usefixtures("terminal")
def test_what_is_not_right_is_said_in_place_and_the_rest_is_guessed_again(tmp_path: Path) -> None:
    files = written(tmp_path)
    done = run(*files, *SURE, answer="n\n--nonsense\n--labels '{column: topics}'\ny\n")
    assert "taken: {'column': 'topics'}" in done.output
    assert "say it again" in done.output
    assert done.output.count("The first 3 items") == 2
    assert "the labels are --labels '{delimited: topics" in done.output
    picked = run(*files, "--labels", "topics", "--id", "ticket", answer="0\n--id nr --date ''\ny\n")
    assert "taken: " in picked.output


@pytest.mark.usefixtures("terminal")
def test_another_reading_can_be_picked_and_shows_its_items(tmp_path: Path) -> None:
    done = run(*written(tmp_path), "--labels", "topics", "--id", "ticket", answer="2\n")
    assert done.output.count("The first 3 items") == 2
    assert "T-1  login 1" in done.output


def test_labels_are_a_column_or_yaml(tmp_path: Path) -> None:
    files = written(tmp_path)
    assert (
        "taken: {'column': 'topics'}" in run(*files, "--yes", "--labels", "{column: topics}").output
    )
    broken = run(*files, "--labels", "{column: topics")
    assert isinstance(broken.exception, TagledgerError)
    assert "--labels" in str(broken.exception)
