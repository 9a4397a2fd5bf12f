"""The command line: what it takes and refuses, before any data is looked at."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from tagledger.cli import app
from tagledger.errors import EXIT_INTERRUPTED


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), prog_name="tagledger")


def test_commands_are_listed_in_the_order_of_a_days_work_each_with_its_whole_sentence() -> None:
    listed = run("--help").output.partition("Commands:\n")[2]
    names = [line.split()[0] for line in listed.splitlines() if line[2:3].strip()]
    assert names == [
        *("summary", "versions", "compare", "blame", "history"),
        *("freeze", "rebuild", "check", "release", "init", "add", "sources"),
        *("inspect", "annotate", "agreement", "taxonomy", "upgrade", "dashboard"),
    ]
    assert "..." not in listed


def test_a_command_says_what_its_arguments_are() -> None:
    text = run("compare", "--help").output
    assert text.startswith("Usage: tagledger compare [OPTIONS] A [B]\n")
    for words in ("The earlier version.", "The later version; by default the workspace."):
        assert words in text
    assert "[raw|clean|annotated|filtered]" in text
    assert "[default: filtered]" in text


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("rebuild --timeout 0", "0.0 is not in the range x>=1."),
        ("rebuild --timeout nan", "'nan' is not a number of seconds."),
        ("rebuild --timeout soon", "'soon' is not a valid number of seconds."),
        ("dashboard --port x", "'x' is not a valid integer."),
        (
            "compare a b --layer dirty",
            "'dirty' is not one of 'raw', 'clean', 'annotated', 'filtered'.",
        ),
        ("compare a b --format xml", "'xml' is not one of 'text', 'json', 'md'."),
        ("release v1.0.0", "Missing option '--message' / '-m'."),
        ("blame", "Missing argument 'ID'."),
        ("history one two", "Got unexpected extra argument (two)"),
        ("versions --jsn", "No such option '--jsn'. Did you mean '--json'?"),
        ("version", "No such command 'version'. Did you mean 'versions'?"),
        ("annotate exprt", "No such command 'exprt'. Did you mean 'export'?"),
        ("annotate start one --items all", "Missing option '--annotators'."),
        ("annotate start one --items all --annotators a --overlap 0", "not in the range x>=1."),
        ('annotate start one --items all --annotators "a', "has a quote that is never closed."),
        ("annotate import", "Missing argument 'FILE...'."),
        ("annotate import a --asked some", "'some' is not 'all'."),
        ("taxonomy merge a b --by ann", "Missing option '--into'."),
    ],
)
def test_what_a_command_cannot_take_is_refused_in_plain_words(words: str, complaint: str) -> None:
    done = run(*words.split())
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].endswith(complaint)


def test_an_interrupted_command_is_not_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tagledger.release.version_list.overview", interrupted)
    done = run("versions")
    assert (done.exit_code, done.output) == (EXIT_INTERRUPTED, "")
