from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagledger import documents, errors, files
from tagledger.errors import TagledgerError, nearest, os_errors

# Errors.


def test_an_error_says_what_where_and_what_next() -> None:
    error = TagledgerError("the file is empty", where=Path("data/a.json"), hint="fetch it again")
    assert str(error).splitlines() == [
        "error: the file is empty",
        "where: data/a.json",
        " next: fetch it again",
    ]


def test_an_error_without_a_place_has_no_line_for_it() -> None:
    error = TagledgerError("no tag is left", hint="lower filter.min_tag_count")
    assert str(error) == "error: no tag is left\n next: lower filter.min_tag_count"


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        pytest.param("smaple", ["sample", "madewithml"], "did you mean sample?", id="a slip"),
        pytest.param("x", ["b", "a"], "known: a, b", id="nothing like it"),
        pytest.param("x", [], "none is known", id="nothing at all"),
    ],
)
def test_nearest(word: str, known: list[str], said: str) -> None:
    assert nearest(word, known) == said


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOENT, "check that the file exists"),
        (errno.EACCES, "chmod"),
        (errno.EPERM, "chmod"),
        (errno.EROFS, "read-only"),
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EISDIR, "not a folder"),
        (errno.EIO, "check the path and the disk"),
    ],
    ids=lambda value: errno.errorcode.get(value, "") if isinstance(value, int) else "",
)
def test_a_fault_of_the_disk_comes_with_its_remedy(number: int, advice: str) -> None:
    with pytest.raises(TagledgerError) as caught, os_errors(Path("data/x")):
        raise OSError(number, os.strerror(number))
    assert os.strerror(number).lower() in caught.value.what
    assert caught.value.where == "data/x"
    assert advice in caught.value.hint


def test_a_fault_without_a_number_is_told_in_its_words() -> None:
    with pytest.raises(TagledgerError, match="the cable is out"), os_errors(Path("data/x")):
        raise OSError("The cable is out")


@pytest.mark.parametrize(
    ("kind", "advice"),
    [(FileNotFoundError, "check that the file exists"), (PermissionError, "chmod")],
)
def test_a_fault_is_known_by_its_class_where_it_has_no_number(
    kind: type[OSError], advice: str
) -> None:
    with pytest.raises(TagledgerError) as caught, os_errors(Path("data/x")):
        raise kind("as Arrow raises it")
    assert advice in caught.value.hint


@pytest.mark.parametrize(
    ("named", "where"),
    [
        pytest.param("other/y", "other/y", id="the file that the system names"),
        pytest.param("data/.x.ab12.part", "data/x", id="never a temporary file"),
    ],
)
def test_a_fault_of_the_disk_names_a_file_that_the_user_knows(named: str, where: str) -> None:
    with pytest.raises(TagledgerError) as caught, os_errors(Path("data/x")):
        raise OSError(errno.EACCES, "denied", named)
    assert caught.value.where == where


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(KeyError), os_errors(Path("x")):
        raise KeyError
    with pytest.raises(TagledgerError, match="no tag"), os_errors(Path("x")):
        raise TagledgerError("no tag", hint="none")


def test_run_prints_an_error_and_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise TagledgerError("it broke", where="here", hint="mend it")

    with pytest.raises(SystemExit) as caught:
        errors.run(main)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "error: it broke\nwhere: here\n next: mend it\n")


def test_run_exits_130_when_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as caught:
        errors.run(main)
    assert caught.value.code == 130
    assert "interrupted" in capsys.readouterr().err


def test_run_lets_a_bug_keep_its_traceback() -> None:
    def main() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        errors.run(main)


def test_run_returns_when_all_is_well() -> None:
    called = []
    errors.run(lambda: called.append(1))
    assert called == [1]


# Files are written whole or not at all.


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_replacing_makes_the_folders_on_the_way(tmp_path: Path) -> None:
    files.write_bytes(tmp_path / "a" / "b" / "c.bin", b"\x00\r\n")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"\x00\r\n"
    assert names(tmp_path / "a" / "b") == {"c.bin"}


def test_until_it_is_done_a_reader_sees_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("earlier")
    with files.replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "earlier"
        assert temporary.parent == path.parent  # a rename across disks would copy
    assert path.read_text() == "new"
    assert names(tmp_path) == {"x"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_earlier_file_alone(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_text("earlier")
    with pytest.raises(error), files.replacing(path) as temporary:  # noqa: PT012 - a block is due
        temporary.write_text("half")
        raise error
    assert path.read_text() == "earlier"
    assert names(tmp_path) == {"x"}


def test_a_file_gets_the_rights_that_any_new_file_gets(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        files.write_bytes(tmp_path / "x", b"")
        with files.replacing_folder(tmp_path / "f"):
            pass
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o750


@pytest.mark.parametrize("link", [os.link, os.symlink], ids=["hard link", "symbolic link"])
def test_a_link_into_the_cache_is_replaced_not_written_through(link, tmp_path: Path) -> None:
    cached, path = tmp_path / "cached", tmp_path / "x"
    cached.write_text("of another version")
    cached.chmod(0o444)
    link(cached, path)
    files.write_bytes(path, b"new")
    assert path.read_text() == "new"
    assert cached.read_text() == "of another version"


def test_a_folder_in_the_place_of_a_file_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(TagledgerError) as caught:
        files.write_bytes(tmp_path / "x", b"")
    assert caught.value.where == str(tmp_path / "x")
    assert names(tmp_path) == {"x"}


def test_a_file_in_the_place_of_a_folder_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(TagledgerError, match="cannot read or write") as caught:
        files.write_bytes(tmp_path / "data" / "x", b"")
    assert str(tmp_path / "data") in str(caught.value.where)


def test_a_read_only_folder_is_a_users_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*, prefix: str, suffix: str, dir: Path) -> tuple[int, str]:  # noqa: A002 - its name
        raise PermissionError(errno.EACCES, "Permission denied", f"{dir}/{prefix}ab12{suffix}")

    # Not a folder without the right to write: tests that run as root may write there all the same.
    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(TagledgerError, match="permission denied") as caught:
        files.write_bytes(tmp_path / "x", b"")
    assert caught.value.where == str(tmp_path / "x")
    assert "chmod" in caught.value.hint


def test_a_full_disk_is_a_users_error_and_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("earlier")
    script = f"""
        import resource, signal
        from pathlib import Path
        from tagledger import errors, files
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        errors.run(lambda: files.write_bytes(Path({str(path)!r}), bytes(5000)))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"where: {path}\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_text() == "earlier"
    assert names(tmp_path) == {"x"}


def killed_while(tmp_path: Path, statement: str) -> None:
    """Run a statement that calls `wait()` at the moment to be killed at; kill it there."""
    reached = tmp_path / "reached"
    script = f"""
        import time
        from pathlib import Path
        from tagledger import files
        here = Path({str(tmp_path)!r})
        def wait(*_):
            Path({str(reached)!r}).touch()
            time.sleep(60)
    """
    child = subprocess.Popen([sys.executable, "-c", dedent(script) + dedent(statement)])
    try:
        deadline = time.monotonic() + 30
        while not reached.exists():
            assert child.poll() is None, "the child ended before it was killed"
            assert time.monotonic() < deadline, "the child did not get there"
            time.sleep(0.01)
    finally:
        child.kill()
    assert child.wait() == -signal.SIGKILL
    reached.unlink()


def test_a_process_killed_while_it_writes_leaves_the_earlier_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("earlier")
    killed_while(
        tmp_path,
        """
        with files.replacing(here / "x") as temporary:
            temporary.write_text("half")
            wait()
        """,
    )
    assert (tmp_path / "x").read_text() == "earlier"
    files.write_bytes(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_text() == "new"


# Folders, too.


def fill(folder: Path, text: str) -> None:
    with files.replacing_folder(folder) as temporary:
        (temporary / text).write_text(text)


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    fill(tmp_path / "a" / "raw", "earlier")
    fill(tmp_path / "a" / "raw", "new")
    assert names(tmp_path / "a" / "raw") == {"new"}
    assert names(tmp_path / "a") == {"raw"}


def test_a_failure_leaves_the_earlier_folder_alone(tmp_path: Path) -> None:
    fill(tmp_path / "raw", "earlier")
    path = tmp_path / "raw"
    with pytest.raises(KeyError), files.replacing_folder(path) as temporary:  # noqa: PT012 - as above
        (temporary / "half").write_text("")
        raise KeyError
    assert names(tmp_path / "raw") == {"earlier"}
    assert names(tmp_path) == {"raw"}


def test_a_failure_between_the_two_renames_brings_the_earlier_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "raw", "earlier")
    rename = Path.rename

    def fails(path: Path, target: Path) -> Path:
        if (path / "new").exists():
            raise OSError(errno.EIO, "input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(TagledgerError, match="input/output error"):
        fill(tmp_path / "raw", "new")
    assert names(tmp_path / "raw") == {"earlier"}
    assert names(tmp_path) == {"raw"}


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        pytest.param("while it fills", {"earlier"}, id="while it fills"),
        pytest.param("between the renames", None, id="between the renames"),
        pytest.param("before it tidies", {"new"}, id="before it tidies"),
    ],
)
def test_a_killed_process_loses_no_folder(
    moment: str, left: set[str] | None, tmp_path: Path
) -> None:
    fill(tmp_path / "raw", "earlier")
    patch = {
        "while it fills": "",
        "between the renames": "files.Path.rename = lambda a, b: (a.replace(b), wait())",
        "before it tidies": "files.shutil.rmtree = lambda _: wait()",
    }[moment]
    killed_while(
        tmp_path,
        f"""
        {patch}
        with files.replacing_folder(here / "raw") as temporary:
            (temporary / "new").write_text("")
            {"wait()" if not patch else ""}
        """,
    )
    assert (names(tmp_path / "raw") if (tmp_path / "raw").exists() else None) == left

    # git ignores what lies about.
    assert all(name == "raw" or name.endswith(".part") for name in names(tmp_path))

    # The next call brings the earlier folder back before it does anything else.
    found = set()
    with pytest.raises(KeyError), files.replacing_folder(tmp_path / "raw"):  # noqa: PT012 - as above
        found |= names(tmp_path / "raw")
        raise KeyError
    assert found == names(tmp_path / "raw") == (left or {"earlier"})
    fill(tmp_path / "raw", "newest")
    assert names(tmp_path / "raw") == {"newest"}
    assert {name for name in names(tmp_path) if "earlier" in name} == set()


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_file_or_link_in_the_place_of_a_folder_gives_way_each_time(
    kind: str, tmp_path: Path
) -> None:
    path, elsewhere = tmp_path / "raw", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    if kind == "file":
        path.write_text("")
    else:
        path.symlink_to(elsewhere)
    fill(path, "one")
    fill(path, "two")
    assert names(path) == {"two"}
    assert names(elsewhere) == {"kept"}
    assert names(tmp_path) == {"raw", "elsewhere"}


def test_a_file_that_a_killed_process_set_aside_is_tidied_away(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("")
    killed_while(
        tmp_path,
        """
        files.Path.unlink = lambda *_, **__: wait()
        with files.replacing_folder(here / "raw") as temporary:
            (temporary / "new").write_text("")
        """,
    )
    fill(tmp_path / "raw", "newest")
    assert names(tmp_path) == {"raw"}


def test_temporary_names_are_ignored_by_git(tmp_path: Path) -> None:
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text().splitlines()
    assert "*.part" in ignored
    with files.replacing(tmp_path / "x") as temporary:
        assert temporary.suffix == ".part"
    with files.replacing_folder(tmp_path / "f") as temporary:
        assert temporary.suffix == ".part"


# JSON.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_json_that_is_written_is_read_back(value: object, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.json"
    documents.write_json(path, value)
    assert documents.read_json(path) == value
    assert json.loads(path.read_bytes()) == value


def test_json_is_written_for_people_and_for_git(tmp_path: Path) -> None:
    documents.write_json(tmp_path / "x", {"b": [1], "a": "é", "n": np.float64(0.5)})
    assert (tmp_path / "x").read_bytes() == (
        '{\n  "a": "é",\n  "b": [\n    1\n  ],\n  "n": 0.5\n}\n'.encode()
    )


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(b'{"a": 1,\n "b": }', "line 2, column 7", id="a value missing"),
        pytest.param(b"", "line 1, column 1", id="empty"),
        pytest.param(b'["caf\xe9"]', "line 1", id="Latin-1"),
    ],
)
def test_what_is_not_json_is_named_with_its_place(data: bytes, place: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(TagledgerError, match="not JSON") as caught:
        documents.read_json(tmp_path / "x.json")
    assert f"{tmp_path / 'x.json'}, {place}" in str(caught.value.where)


@pytest.mark.parametrize("read", [documents.read_json, documents.read_yaml])
def test_a_missing_file_is_a_users_error(read, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no such file") as caught:
        read(tmp_path / "gone")
    assert caught.value.where == str(tmp_path / "gone")
    assert "dvc repro" in caught.value.hint


@pytest.mark.parametrize("read", [documents.read_json, documents.read_yaml])
def test_a_folder_is_no_file(read, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="directory") as caught:
        read(tmp_path)
    assert "not a folder" in caught.value.hint


@given(data=st.binary(max_size=40))
def test_any_bytes_are_json_or_a_users_error(data: bytes, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    try:
        documents.read_json(path)
    except TagledgerError as error:
        assert "not JSON" in error.what  # noqa: PT017 - some bytes are JSON


# YAML.


def yaml_of(text: str | bytes, folder: Path) -> object:
    path = folder / "any.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return documents.read_yaml(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: 2020-12-23", {"a": "2020-12-23"}, id="a date is text"),
        pytest.param("2022-04-07: 1", {"2022-04-07": 1}, id="a date is text as a key too"),
        pytest.param("a: 2020-12-23T10:00:00Z", {"a": "2020-12-23T10:00:00Z"}, id="a time is text"),
        pytest.param("a: !!timestamp 2020-13-45", {"a": "2020-13-45"}, id="even on request"),
        pytest.param("separator: =", {"separator": "="}, id="a lone equals sign is text"),
        pytest.param("n: 30\nr: 0.7\nb: true\nx: null", {"n": 30, "r": 0.7, "b": True, "x": None}),
        pytest.param("tags: [no, on, Yes]", {"tags": ["no", "on", "Yes"]}, id="tags, not truth"),
        pytest.param(
            "a: &base {x: 1, y: 2}\nb:\n  <<: *base\n  y: 3",
            {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}},
            id="a merged mapping yields to the keys beside it",
        ),
        pytest.param("", None, id="empty"),
    ],
)
def test_yaml_is_read_as_people_mean_it(text: str, value: object, tmp_path: Path) -> None:
    assert yaml_of(text, tmp_path) == value


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        pytest.param("a: 1\nb: 2\na: 3", "'a' is given twice", "line 3, column 1", id="twice"),
        pytest.param("f:\n  n: 1\n  n: 1", "'n' is given twice", "line 3, column 3", id="inner"),
        pytest.param("a: 1\nb: ]", "not YAML", "line 2, column 4", id="never opened"),
        pytest.param("a: 1\n\tb: 2", "not YAML", "line 2, column 1", id="a tab"),
        pytest.param("a: {{x}}", "one word", "line 1", id="a template"),
        pytest.param("? !!set {a}\n: 1", "one word", "line 1", id="a set as a key"),
        pytest.param("a: !!int many", "invalid literal", "", id="not what its tag says"),
        pytest.param("!!python/name:os.system ", "constructor", "line 1", id="code"),
        pytest.param("a: 1\n---\nb: 2", "not YAML", "line 2", id="two documents"),
        pytest.param(b"a: caf\xe9", "not YAML", "", id="Latin-1"),
        pytest.param(b"a: \x01", "not YAML", "", id="a control character"),
    ],
)
def test_what_is_not_yaml_is_named_with_its_place(
    text: str | bytes, reason: str, place: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError, match=reason) as caught:
        yaml_of(text, tmp_path)
    assert str(caught.value.where).startswith(str(tmp_path / "any.yaml"))
    assert place in str(caught.value.where)
    assert "any.yaml" in caught.value.hint


@given(
    data=st.binary(max_size=40)
    | st.text("ab01:-?[]{}&*!<>|#'\"%@`, \n\t=~.", max_size=40).map(str.encode)
)
@example(data=b"a: 0b_")
@example(data=b"&a [*a]")
@example(data=b"&a {*a : b}")
def test_any_bytes_are_yaml_or_a_users_error(data: bytes, tmp_path_factory) -> None:
    try:
        yaml_of(data, tmp_path_factory.getbasetemp())
    except TagledgerError as error:
        assert "not YAML" in error.what  # noqa: PT017 - some bytes are YAML


def test_what_a_living_process_writes_to_is_not_swept_away(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.txt", tmp_path / "b"
    with files.replacing(path) as temporary, files.replacing_folder(folder) as new:
        (new / "c.txt").write_text("c")
        files.sweep(tmp_path)
        temporary.write_text("a")
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["a.txt", "b", "c.txt"]


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        (".a.txt.17j_a9js.part", True),
        (".a.txt.part", False),
        (".a.earlier.part", False),
        ("a.txt.17j_a9js.part", False),
        ("notes.part", False),
    ],
)
def test_only_what_this_module_names_is_swept_away(tmp_path: Path, name: str, goes: bool) -> None:
    (tmp_path / name).write_text("half")
    files.write_bytes(tmp_path / "b.txt", b"b")
    assert (tmp_path / name).exists() != goes


def test_a_leftover_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    (tmp_path / ".a.txt.17j_a9js.part").symlink_to(tmp_path / "mine")
    files.sweep(tmp_path)
    assert (tmp_path / "mine" / "file").read_text() == "mine"


def test_a_folder_that_is_half_new_is_refused_until_it_is_written_again(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.json", "b.json")]
    for path in paths:
        documents.write_json(path, "old")
    moves = []

    class StoppedError(BaseException):
        pass

    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        moves.append(target)
        if len(moves) == 2:
            raise StoppedError
        return real(self, target)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(StoppedError):  # noqa: PT012
        patch.setattr(Path, "replace", replace)
        with files.replacing_all(paths) as temporary:
            for path in paths:
                temporary[path].write_bytes(b'"new"')
    for path in paths:
        with pytest.raises(TagledgerError, match="some are new, some old"):
            documents.read_json(path)
    with files.replacing_all(paths) as temporary:
        for path in paths:
            temporary[path].write_bytes(b'"new"')
    assert [documents.read_json(path) for path in paths] == ["new", "new"]
    assert len(list(tmp_path.iterdir())) == 2


def test_whole_old_files_beside_a_note_are_read(tmp_path: Path) -> None:
    # `dvc checkout` brings them back, and knows nothing of the note.
    documents.write_json(tmp_path / "a.json", "old")
    (tmp_path / ".unfinished.part").write_text('{"a.json":[1,2,3],"b.json":[4,5,6]}')
    assert documents.read_json(tmp_path / "a.json") == "old"


def test_a_note_that_another_process_took_away_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    replace = Path.replace
    taken = []

    def also_takes_the_note(self: Path, target: Path) -> Path:
        for note in tmp_path.glob(".unfinished*"):
            taken.append(note)
            note.unlink()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", also_takes_the_note)
    with files.replacing_all(paths) as temporary:
        for path in paths:
            temporary[path].write_text("new")
    assert len(taken) == 1
    assert [path.read_text() for path in paths] == ["new", "new"]
