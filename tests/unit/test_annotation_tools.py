"""Labelling tools: Tagledger's own, found by their folder, and those that a package brings."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Job, Options, Shown
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError

PLUGIN = Path(__file__).resolve().parents[1] / "plugin_tool"
CODE = (PLUGIN / "tagledger_poll" / "__init__.py").read_text()

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package on the path that says it brings a tool."""

    def make(
        package: str = "tagledger-poll", entry: str = "poll = {module}:Poll", code: str = CODE
    ) -> None:
        folder = tmp_path / f"site-{package}"
        module = package.replace("-", "_")
        info = folder / f"{module}-0.3.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.3\n")
        points = f"[tagledger.annotation_tools]\n{entry.format(module=module)}\n"
        (info / "entry_points.txt").write_text(points)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return make


def test_each_tool_of_tagledger_says_what_it_is() -> None:
    for name, tool in registry.own().items():
        assert name == tool.NAME
        assert tool.TITLE
        assert tool.LOSES
        assert tool.HOW
        assert all(ending.startswith(".") and ending == ending.lower() for ending in tool.FILES)
        assert all(one.endswith(".") for one in (*tool.LOSES, *tool.TRAPS))


def test_a_package_brings_a_tool(install: Install, tmp_path: Path) -> None:
    install()
    tool = registry.tools()["poll"]
    made = tool.write([Shown(id="p-1"), Shown(id="p-2"), Shown(id="p-3")], Job(tags=("a", "b")))
    assert made == {"items.poll": b"poll p-1\npoll p-2\npoll p-3\n"}
    path = tmp_path / "answered.txt"
    path.write_text("poll p-1 a,b\npoll p-2 -\npoll p-3\n")
    assert registry.recognise(path).NAME == "poll"
    options = Options(tags=frozenset({"a", "b"}))
    answers = list(tool.read(ToolFile(path), options, []))
    assert [(one.kind, one.item, one.yes) for one in answers] == [
        ("label", "p-1", ("a", "b")),
        ("label", "p-2", ()),
        ("unasked", "p-3", ()),
    ]


def test_a_file_that_several_tools_know_is_refused_until_one_is_named(
    install: Install, tmp_path: Path
) -> None:
    install()
    other = CODE.replace('"poll"', '"ballot"').replace('"Poll"', '"Ballot"')
    install("tagledger-ballot", "ballot = {module}:Poll", other)
    path = tmp_path / "a.poll"
    path.write_text("poll p-1 a\n")
    with pytest.raises(TagledgerError) as caught:
        registry.recognise(path)
    assert caught.value.what == "this may be a file of Ballot and Poll"
    assert caught.value.hint == "say which: `--tool ballot` or `--tool poll`"
    assert registry.tool("ballot").TITLE == "Ballot"


def test_a_file_of_no_tool_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    with pytest.raises(TagledgerError) as caught:
        registry.recognise(path)
    assert "no file of a labelling tool" in caught.value.what
    assert "a PNG picture" in caught.value.what
    assert "`--tool`" in caught.value.hint


@pytest.mark.parametrize("content", [b"", None], ids=["empty", "missing"])
def test_a_file_that_cannot_be_read_says_so(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TagledgerError) as caught:
        registry.recognise(path)
    assert caught.value.where == str(path)


def test_a_tool_that_is_not_known_names_the_nearest(install: Install) -> None:
    install()
    with pytest.raises(TagledgerError) as caught:
        registry.tool("pol")
    assert "did you mean poll?" in caught.value.hint


@pytest.mark.parametrize(
    ("entry", "code", "why"),
    [
        ("poll = {module}:Poll", "import a_library_that_is_not_there", "ModuleNotFoundError"),
        ("poll = {module}:Gone", CODE, "AttributeError"),
        ("poll = {module}:Poll", "class Poll: pass", "is not made from tagledger's Tool"),
        ("poll = {module}:Poll", CODE.replace('"poll"', '"pol"'), "has another NAME"),
    ],
)
def test_a_package_that_is_broken_is_named(
    entry: str, code: str, why: str, install: Install
) -> None:
    install(entry=entry, code=code)
    with pytest.raises(TagledgerError) as caught:
        registry.tools()
    assert "the labelling tool 'poll' of the package tagledger-poll 0.3" in caught.value.what
    assert why in caught.value.what
    assert "`pip uninstall tagledger-poll`" in caught.value.hint


TEXT = "id;Größe und Maß in €, schön gezählt\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_text_is_read_whatever_it_is_written_in(encoding: str, tmp_path: Path) -> None:
    assert ToolFile(tmp_path / "a", TEXT.encode(encoding)).text == TEXT


def test_files_in_an_archive_are_files(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ann/one.csv", "id\n1\n")
        archive.writestr("__MACOSX/ann/._one.csv", "x")
    (one,) = ToolFile(path).members.values()
    assert (one.name, one.stem, one.text) == ("one.csv", "one", "id\n1\n")
    assert ToolFile(tmp_path / "a.csv", b"id\n").members == {}


def test_an_archive_that_is_damaged_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", "id\n1\n" * 100)
    file = ToolFile(path, path.read_bytes()[:60])
    with pytest.raises(TagledgerError, match="this archive cannot be read"):
        _ = file.members


@pytest.mark.parametrize("kind", ["device", "folder", "pipe"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "answers.json"
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(TagledgerError, match="this is no file"):
        registry.recognise(path)
