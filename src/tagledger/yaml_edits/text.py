"""Values as YAML text that people would write: short mappings on one line, the rest in blocks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import yaml

from tagledger.documents import load_yaml

_WIDTH = 88  # of a mapping on one line
# What begins with a digit is a number or a date to some programs, if it is no longer than this.
_LONGEST_NUMBER = 30
STEP = 2


def block(value: Mapping[str, Any], indent: int = 0) -> str:
    r"""A mapping as lines, each with its line feed.

    >>> block({"labels": {"list": "tags"}, "files": {"a.csv": {"bytes": 1, "sha256": "00"}}}, 2)
    '  labels: {list: tags}\n  files:\n    a.csv:\n      bytes: 1\n      sha256: "00"\n'
    """
    margin = " " * indent
    lines = []
    for key, inner in value.items():
        head = f"{margin}{scalar(key)}:"
        if isinstance(inner, Mapping) and inner and not _on_one_line(inner, len(head)):
            lines.append(f"{head}\n{block(inner, indent + STEP)}")
        else:
            lines.append(f"{head} {flow(inner)}\n")
    return "".join(lines)


def _on_one_line(value: Mapping[str, Any], before: int) -> bool:
    """Whether a mapping is short and has no other in it; a file's identity has two lines."""
    if "sha256" in value or any(isinstance(one, Mapping) for one in value.values()):
        return False
    return before + 1 + len(flow(value)) <= _WIDTH


def flow(value: Any) -> str:
    """A value on one line.

    >>> flow({"a": [1, "x, y"], "b": None})
    '{a: [1, "x, y"], b: null}'
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(key)}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A single value, quoted where a program would read another one than it is.

    >>> scalar("words"), scalar("2026-02"), scalar("0o17"), scalar(1e5), scalar("a: b")
    ('words', '"2026-02"', '"0o17"', '100000.0', '"a: b"')
    """
    if not isinstance(value, str):
        return _dumped(value)
    plain = _dumped(value)
    looks_like_a_number = value[:1].isdigit() and len(value) <= _LONGEST_NUMBER
    if (
        plain == value
        and not looks_like_a_number
        and load_yaml(f"[{plain}]") == [value]
        and load_yaml(plain) == value
    ):
        return plain
    return _dumped(value, style='"')


def _dumped(value: Any, style: str | None = None) -> str:
    # In a list it is written so that it may stand in brackets.
    text: str = yaml.safe_dump(
        [value], default_flow_style=True, default_style=style, allow_unicode=True, width=math.inf
    )
    return text.strip()[1:-1]
