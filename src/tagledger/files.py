"""Files: written whole or not at all, and read with errors that say where.

A file is written beside its place under a temporary name, flushed to the disk and renamed; a
reader or a killed process finds the earlier file or the new one, never a part of one. What is read
may come from anybody: YAML is limited before it is parsed, and a name is no path until
`is_inside` says so.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeGuard

import orjson
import yaml

from tagledger.errors import TagledgerError, os_errors

# More than any document of people or of DVC: a lock of 2 MB records about 10,000 outputs.
MOST_YAML_BYTES = 2 * 2**20
MOST_YAML_DEPTH = 64
MOST_YAML_NODES = 200_000
MOST_YAML_WORD = 2**16

# A drive of Windows, its slashes, a path from the root, characters that cannot be seen.
_NO_PATH = re.compile(r"^[A-Za-z]:|^/|[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_GITS_OWN = ".git"

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):
    """YAML as people mean it.

    A date stays the text they wrote, and so does 010, 1:30 or 1_000, which are 8, 90 and 1000 in
    YAML 1.1 and other things in YAML 1.2, which DVC reads; a key given twice is an error.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be one word", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return dict(super().construct_mapping(node, deep=deep))


_TIMESTAMP = "tag:yaml.org,2002:timestamp"
# A lone = has a type of its own in YAML 1.1, which nothing constructs.
_AS_TEXT = {_TIMESTAMP, "tag:yaml.org,2002:value"}
# Numbers that mean the same to everybody.
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"
        r"|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
    ),
}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, _NUMBERS.get(tag, pattern)) for tag, pattern in resolvers if tag not in _AS_TEXT]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}
_Loader.add_constructor(_TIMESTAMP, lambda loader, node: loader.construct_scalar(node))


# What git writes where both sides of a merge changed the same lines. No line of YAML or JSON begins
# like that: text of several lines is indented there.
_CONFLICT = re.compile(rb"^(?:<{7}|\|{7}|>{7})(?:[ \t].*)?\r?$|^={7}\r?$", re.MULTILINE)
_MARKS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on leaving, move it to `path` in one step.

    When the block raises, the temporary file goes and `path` stays as it was.

    Raises
    ------
    TagledgerError
        The folder cannot be written to, or the disk is full.
    """
    with replacing_all([path]) as temporary:
        yield temporary[path]


@contextmanager
def replacing_all(paths: Iterable[Path]) -> Iterator[Mapping[Path, Path]]:
    """Yield a temporary path for each path; on leaving, move all of them in.

    Nothing moves before all are on the disk. A process that is killed between the first move and
    the last leaves a note in the folder, by which readers know that its files do not belong
    together: see `refuse_unfinished`.

    Raises
    ------
    TagledgerError
        A folder cannot be written to, or the disk is full.
    """
    wanted = list(paths)
    folders = list(dict.fromkeys(path.parent for path in wanted))
    with ExitStack() as stack, os_errors(wanted[0] if len(wanted) == 1 else folders[0]):
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
        made = {path: stack.enter_context(_temporary_file(path)) for path in wanted}
        yield {path: temporary for path, (temporary, _) in made.items()}
        for _, handle in made.values():
            os.fsync(handle)
            os.fchmod(handle, 0o666 & ~_umask())
        moves = {path: temporary for path, (temporary, _) in made.items()}
        notes = [_write_note(folder, moves) for folder in folders] if len(moves) > 1 else []
        for path, temporary in moves.items():
            temporary.replace(path)
        for note in notes:
            note.unlink()


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; on leaving, it takes the place of the folder `path`.

    Between two renames `path` is missing for an instant; a process killed there leaves the
    earlier folder beside it, and the next call brings it back first.

    Raises
    ------
    TagledgerError
        The parent folder cannot be written to, or the disk is full.
    """
    earlier = path.with_name(f".{path.name}.earlier.part")
    with os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        if earlier.exists():
            if path.exists():
                _remove(earlier)
            else:
                earlier.rename(path)
        with _held(lambda: _new_folder(path)) as (temporary, _):
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            if path.exists():
                path.rename(earlier)
            try:
                temporary.rename(path)
            except BaseException:
                if earlier.exists():
                    earlier.rename(path)
                raise
        if earlier.exists():
            _remove(earlier)


def sweep(folder: Path) -> None:
    """Remove the temporary files and folders that killed processes left in a folder.

    What a living process writes to is locked, and stays.
    """
    for entry in folder.glob(".*.part"):
        if entry.name == _NOTE:
            if not _is_unfinished(entry):
                entry.unlink(missing_ok=True)
        elif _TEMPORARY.fullmatch(entry.name):
            with suppress(OSError), _locked(entry):
                _remove(entry)


def refuse_unfinished(path: Path) -> None:
    """Refuse a file of a folder whose files were replaced in part when the process was killed.

    Raises
    ------
    TagledgerError
        The folder holds new files beside old ones.
    """
    note = path.parent / _NOTE
    if note.exists() and _is_unfinished(note):
        raise TagledgerError(
            "a run was stopped while it replaced the files of this folder: some are new, some old",
            where=path.parent,
            hint="`dvc repro` makes them again; `dvc checkout --force` brings back the recorded",
        )


_NOTE = ".unfinished.part"
# As `tempfile` names what is made with the prefix and the suffix of this module.
_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.part")


@contextmanager
def _temporary_file(path: Path) -> Iterator[tuple[Path, int]]:
    """A new file beside `path` and its open handle; when the block raises, it goes."""

    def make() -> Path:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
        return Path(name)

    with _held(make) as held:
        yield held


def _new_folder(path: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))


@contextmanager
def _held(make: Callable[[], Path]) -> Iterator[tuple[Path, int]]:
    """A temporary file or folder, locked as long as this process lives; it goes on an error."""
    while True:
        path = make()
        handle = os.open(path, os.O_RDONLY)
        # Where the file system knows no locks, nothing is swept either.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():
            break
        os.close(handle)  # another process took it for a leftover before it was locked
    try:
        yield path, handle
    except BaseException:
        _remove(path)
        raise
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock a leftover.

    Raises
    ------
    OSError
        A living process holds it, or the file system knows no locks.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _write_note(folder: Path, moves: Mapping[Path, Path]) -> Path:
    """Write down how the new files of a folder are known: by what a rename does not change."""
    note = folder / _NOTE
    new = {
        path.name: _identity(temporary)
        for path, temporary in moves.items()
        if path.parent == folder
    }
    note.write_bytes(orjson.dumps(new))
    return note


def _is_unfinished(note: Path) -> bool:
    """Whether some of the files that a note speaks of are the new ones, and some are not."""
    try:
        new = orjson.loads(note.read_bytes())
        moved = [_identity(note.parent / name) == known for name, known in new.items()]
    except (OSError, ValueError, AttributeError):
        return False  # cut short before the first move
    return any(moved) and not all(moved)


def _identity(path: Path) -> list[int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return []
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def json_bytes(value: object) -> bytes:
    """`value` as indented JSON with sorted keys and a final newline."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, option=options | orjson.OPT_SERIALIZE_NUMPY)


def write_json(path: Path, value: object) -> None:
    """Write `value` as `json_bytes` has it."""
    write_bytes(path, json_bytes(value))


def is_inside(path: object) -> bool:
    """Whether a text from data is a path to something below the folder that it is joined to.

    Such as data/raw/items.csv: relative, with forward slashes, no part that is empty, a dot or
    two, nothing of git's own, no control characters, and no longer than a disk can hold.
    """
    if not isinstance(path, str) or len(path) > 1024 or _NO_PATH.search(path):
        return False
    parts = path.split("/")
    return all(
        part not in {"", ".", ".."}
        and part.lower() != _GITS_OWN
        and len(part.encode("utf-8", "replace")) <= 255
        for part in parts
    )


def line_of_conflict(text: bytes) -> int | None:
    """The number of the first line that is a mark of a merge in conflict; None where none is."""
    if not any(mark in text for mark in _MARKS):
        return None
    found = _CONFLICT.search(text)
    return None if found is None else text.count(b"\n", 0, found.start()) + 1


def merge_hint(path: Path) -> str:
    """What to do about a file that a merge left in conflict."""
    return (
        f"finish the merge: take either side of the file, e.g. `git checkout --ours {path}`, then "
        "`dvc repro`"
    )


def read_json(path: Path, *, hint: str = "mend the file, or take a fresh copy of it") -> Any:
    """Read one JSON document; `hint` says what to do where it is none.

    Raises
    ------
    TagledgerError
        There is no such file, or it is not JSON: with the line and the column; or its folder is
        unfinished.
    """
    with os_errors(path):
        refuse_unfinished(path)
        data = path.read_bytes()
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise TagledgerError(
            f"this is not JSON: {error.msg}",
            where=f"{path}, line {error.lineno}, column {error.colno}",
            hint=_hint_for(data, path, hint),
        ) from error


def read_object(path: Path, *, hint: str) -> dict[str, Any]:
    """Read a JSON document that is an object, such as a report; `hint` says how to make it anew.

    Raises
    ------
    TagledgerError
        As `read_json`; or it is something else, such as a list.
    """
    found = read_json(path, hint=hint)
    if not isinstance(found, dict):
        raise TagledgerError(
            f"this is not a JSON object but {type(found).__name__}", where=path, hint=hint
        )
    return found


def read_counts(path: Path, names: Sequence[str], *, hint: str) -> dict[str, Any]:
    """Read a JSON object in which some names stand for whole numbers from 0 on.

    Raises
    ------
    TagledgerError
        As `read_object`; or it lacks one, or has something else in its place.
    """
    found = read_object(path, hint=hint)
    for name in names:
        if not is_count(found.get(name)):
            raise TagledgerError(
                f"{name} is no count here: {found.get(name)!r:.60}", where=path, hint=hint
            )
    return found


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value from a document is a whole number from 0 on, that other programs take too."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def read_yaml(path: Path) -> Any:
    """Read one YAML document; dates stay text, and a repeated key is an error.

    Raises
    ------
    TagledgerError
        There is no such file, or it is not YAML: with the line and the column.
    """
    with os_errors(path):
        data = path.read_bytes()
    return parse_yaml(data, path)


# What the constructors raise of a value that its explicit tag does not fit: `!!int x`, `!!bool 5`.
_UNFIT = (ValueError, LookupError, AttributeError, TypeError)


def parse_yaml(data: bytes | str, path: Path) -> Any:
    """Parse one YAML document as `read_yaml` does; `path` is where errors say it is."""
    try:
        limit_yaml(data)
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - _Loader is a safe loader
    except (yaml.YAMLError, *_UNFIT, RecursionError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        if isinstance(error, _UNFIT) and not isinstance(error, UnicodeError):
            problem = f"a value does not fit the type that `!!` gives it: {problem:.100}"
        raise TagledgerError(
            f"this is not YAML: {problem}",
            where=f"{path}{place}",
            hint=_hint_for(data, path, f"mend {path.name}; `git diff` shows what changed in it"),
        ) from error


def _hint_for(data: bytes | str, path: Path, otherwise: str) -> str:
    text = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return otherwise if line_of_conflict(text) is None else merge_hint(path)


def limit_yaml(data: bytes | str, *, aliases: bool = True) -> None:
    """Refuse a document that would take the parser's stack, or minutes, or all memory.

    Composing is recursive in C, and an alias may stand for a million nodes; listing the events
    is neither, and stops at the first that is too much. It takes a quarter of the time of parsing.

    Parameters
    ----------
    data
        The document.
    aliases
        Whether it may have any: what programs write has none.

    Raises
    ------
    yaml.YAMLError
        It is too long, or too deep, or its aliases stand for too much; or it is no YAML.
    """
    if len(data) > MOST_YAML_BYTES:
        raise _too_much(f"it is longer than {MOST_YAML_BYTES >> 20} MB")
    counted = _Counted()
    for event in yaml.parse(data, Loader=_BASE):
        if isinstance(event, yaml.AliasEvent) and not aliases:
            raise _too_much("it has an alias, which DVC never writes", event)
        counted.add(event)
        if len(counted.open) > MOST_YAML_DEPTH:
            raise _too_much(f"it is nested deeper than {MOST_YAML_DEPTH} levels", event)
        if counted.nodes > MOST_YAML_NODES:
            raise _too_much(f"it stands for more than {MOST_YAML_NODES:,} values", event)


class _Counted:
    """The depth and the nodes of a document so far, each alias as all that it stands for."""

    def __init__(self) -> None:
        self.nodes = 0
        self.open: list[tuple[str | None, int]] = []  # the anchor of a node, nodes before it
        self.sizes: dict[str, int] = {}

    def add(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self.nodes += 1
            if event.anchor is not None:
                self.sizes[event.anchor] = 1
            # A number of 60 to the power of a million is a word as well.
            if len(event.value) > MOST_YAML_WORD:
                raise _too_much(f"a word is longer than {MOST_YAML_WORD >> 10} kB", event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open.append((event.anchor, self.nodes))
            self.nodes += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self.open.pop()
            if anchor is not None:
                self.sizes[anchor] = self.nodes - before
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.sizes:
                raise _too_much(f"the alias {event.anchor!r} stands for nothing before it", event)
            self.nodes += self.sizes[event.anchor]


def _too_much(problem: str, event: Any = None) -> yaml.MarkedYAMLError:
    mark = None if event is None else event.start_mark
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
