"""Documents: YAML and JSON, written whole, and read within limits and with errors that say where.

What is read may come from anybody: YAML is limited before it is parsed, and what looks like a
number or a date is one only if it is the same to every program that reads the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import orjson
import yaml

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import refuse_unfinished, write_bytes

PARAMS = Path("params.yaml")
LOCK = "dvc.lock"
PIPELINE = "dvc.yaml"
MOST_ITEMS = 10**9  # a count of more items is a slip

# More than any document of people or of DVC: a lock of 2 MB records about 10,000 outputs.
MOST_YAML_BYTES = 2 * 2**20
MOST_YAML_DEPTH = 64
MOST_YAML_NODES = 200_000
MOST_YAML_WORD = 2**16


@dataclass(frozen=True)
class YamlLimits:
    """How much a YAML document may hold.

    Attributes
    ----------
    size
        Most bytes, or characters of text.
    nodes
        Most values, each alias as all that it stands for.
    word
        Most characters of a value; one with an explicit tag has at most `MOST_YAML_WORD`.
    """

    size: int = MOST_YAML_BYTES
    nodes: int = MOST_YAML_NODES
    word: int = MOST_YAML_WORD


_LIMITS = YamlLimits()
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):
    """YAML as people mean it, and as DVC reads and writes it.

    A date stays the text they wrote, and so does 010, 1:30, 1_000 or `no`, which are 8, 90, 1000
    and false in YAML 1.1 and other things in YAML 1.2, which DVC reads; a key given twice is an
    error.
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
_NULL, _MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
# A lone = has a type of its own in YAML 1.1, which nothing constructs.
_AS_TEXT = {_TIMESTAMP, "tag:yaml.org,2002:value"}
# Numbers that mean the same to everybody, and truth as DVC has it: `no` may name a tag.
_PLAIN = {
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"),
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"
        r"|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
    ),
}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, _PLAIN.get(tag, pattern)) for tag, pattern in resolvers if tag not in _AS_TEXT]
    for first, resolvers in _BASE.yaml_implicit_resolvers.items()
}
_Loader.add_constructor(_TIMESTAMP, lambda loader, node: loader.construct_scalar(node))


class _TextLoader(_Loader):
    """The same with every value that is not null as the text that people wrote."""


_TextLoader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] in {_NULL, _MERGE}]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


# What git writes where both sides of a merge changed the same lines. No line of YAML or JSON begins
# like that: text of several lines is indented there.
_CONFLICT = re.compile(rb"^(?:<{7}|\|{7}|>{7})(?:[ \t].*)?\r?$|^={7}\r?$", re.MULTILINE)
_MARKS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")


def json_bytes(value: object) -> bytes:
    """`value` as indented JSON with sorted keys and a final newline."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, option=options | orjson.OPT_SERIALIZE_NUMPY)


def write_json(path: Path, value: object) -> None:
    """Write `value` as `json_bytes` has it."""
    write_bytes(path, json_bytes(value))


def line_of_conflict(text: bytes) -> int | None:
    """The number of the first line that is a mark of a merge in conflict; None where none is."""
    if not any(mark in text for mark in _MARKS):
        return None
    match = _CONFLICT.search(text)
    return None if match is None else text.count(b"\n", 0, match.start()) + 1


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
    document = read_json(path, hint=hint)
    if not isinstance(document, dict):
        raise TagledgerError(
            f"this is not a JSON object but {type(document).__name__}", where=path, hint=hint
        )
    return document


def read_counts(path: Path, names: Sequence[str], *, hint: str) -> dict[str, Any]:
    """Read a JSON object in which some names stand for whole numbers from 0 on.

    Raises
    ------
    TagledgerError
        As `read_object`; or it lacks one, or has something else in its place.
    """
    document = read_object(path, hint=hint)
    for name in names:
        if not is_count(document.get(name)):
            raise TagledgerError(
                f"{name} is no count here: {document.get(name)!r:.60}", where=path, hint=hint
            )
    return document


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value from a document is a whole number from 0 on, that other programs take too."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value from a document is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


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


def parse_yaml(
    data: bytes | str,
    path: Path,
    *,
    limits: YamlLimits = _LIMITS,
    hint: str | None = None,
    convert: Callable[[Any], Any] = lambda value: value,
) -> Any:
    """Parse one YAML document as `read_yaml` does.

    Parameters
    ----------
    data
        The document.
    path
        Where errors say that it is.
    limits
        How much it may hold.
    hint
        What to do where it is no YAML.
    convert
        What it stands for becomes what this gives; it may raise a `yaml.YAMLError`.
    """
    with _as_yaml_error(data, path, hint):
        return convert(load_yaml(data, limits=limits))


def compose_yaml(data: bytes | str, path: Path) -> yaml.Node | None:
    """The nodes of a YAML document, which know their lines; None for an empty one.

    Raises
    ------
    TagledgerError
        `parse_yaml` would refuse it.
    """
    with _as_yaml_error(data, path):
        limit_yaml(data)
        return _load(data, _Loader)[0]


def load_yaml(
    data: bytes | str,
    *,
    aliases: bool = True,
    limits: YamlLimits = _LIMITS,
    as_text: bool = False,
) -> Any:
    """Parse one YAML document, for callers who have words of their own for what is wrong.

    Parameters
    ----------
    data
        The document.
    aliases
        Whether it may have any: what programs write has none.
    limits
        How much it may hold.
    as_text
        Whether each value is the text that people wrote, 1.10 and `yes` too; null stays null.

    Raises
    ------
    yaml.YAMLError
        It is no YAML, or more than `limit_yaml` lets through.
    ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError
        A value does not fit its explicit tag.
    """
    limit_yaml(data, aliases=aliases, limits=limits)
    return _load(data, _TextLoader if as_text else _Loader)[1]


def _load(data: bytes | str, kind: Any) -> tuple[yaml.Node | None, Any]:
    """The nodes of a document and what they stand for."""
    loader = kind(data)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


@contextmanager
def _as_yaml_error(data: bytes | str, path: Path, hint: str | None = None) -> Iterator[None]:
    try:
        yield
    except (yaml.YAMLError, *_UNFIT, RecursionError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        if isinstance(error, _UNFIT) and not isinstance(error, UnicodeError):
            problem = f"a value does not fit the type that `!!` gives it: {problem:.100}"
        raise TagledgerError(
            f"this is not YAML: {problem}",
            where=f"{path}{at}",
            hint=hint
            or _hint_for(data, path, f"mend {path.name}; `git diff` shows what changed in it"),
        ) from error


def _hint_for(data: bytes | str, path: Path, otherwise: str) -> str:
    text = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return otherwise if line_of_conflict(text) is None else merge_hint(path)


def limit_yaml(data: bytes | str, *, aliases: bool = True, limits: YamlLimits = _LIMITS) -> None:
    """Refuse a document that would take the parser's stack, or minutes, or all memory.

    Composing is recursive in C, and an alias may stand for a million nodes; listing the events
    is neither, and stops at the first that is too much. It takes a quarter of the time of parsing.

    Parameters
    ----------
    data
        The document.
    aliases
        Whether it may have any: what programs write has none.
    limits
        How much it may hold.

    Raises
    ------
    yaml.YAMLError
        It is too long, or too deep, or its aliases stand for too much; or it is no YAML.
    """
    if len(data) > limits.size:
        raise _too_much(f"it is longer than {limits.size >> 20} MB")
    counted = _Counted(limits.word)
    for event in yaml.parse(data, Loader=_BASE):
        if isinstance(event, yaml.AliasEvent) and not aliases:
            raise _too_much("it has an alias, which DVC never writes", event)
        counted.add(event)
        if len(counted.open) > MOST_YAML_DEPTH:
            raise _too_much(f"it is nested deeper than {MOST_YAML_DEPTH} levels", event)
        if counted.nodes > limits.nodes:
            raise _too_much(f"it stands for more than {limits.nodes:,} values", event)


class _Counted:
    """The depth and the nodes of a document so far, each alias as all that it stands for."""

    def __init__(self, longest_word: int) -> None:
        self.nodes = 0
        self._longest_word = longest_word
        self.open: list[tuple[str | None, int]] = []  # the anchor of a node, nodes before it
        self.sizes: dict[str, int] = {}

    def add(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self.nodes += 1
            if event.anchor is not None:
                self.sizes[event.anchor] = 1
            # A number of 60 to the power of a million is a word as well.
            most = self._longest_word if event.tag is None else MOST_YAML_WORD
            if len(event.value) > most:
                raise _too_much(f"a word is longer than {most >> 10} kB", event)
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
