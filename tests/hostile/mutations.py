"""Texts of settings, changed as people, editors, merges and strangers change them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

# In place of a value: another type, a number that is none, words that YAML takes for something.
VALUES = (
    *("", "~", "null", "[]", "{}", "[x]", "{a: 1}", "''", '""', "' '", "x", "a b", "- a"),
    *("0", "-1", "1", "2", "3.5", "0.0", "-0.0", "1e3", "1.5e3", "1e400", "1.0e+400", "-1.0e+999"),
    *(".nan", ".inf", "-.inf", "nan", "inf", "9" * 30, "9" * 5000, "0." + "1" * 400),
    *("012", "0o17", "0x1F", "0b11", "1_000", "1:30", "1:30.5", "190:20:30", "+5", "1.", ".5"),
    *("yes", "no", "on", "off", "true", "True", "FALSE", "y", "n", "=", "<<", "<", "!", "|", ">"),
    *("2024-01-01", "2024-13-45", "2024-01-01 10:00:00", "'2024'", "2024", "12:30"),
    *("é", "日本", '"\\u202e"', '"\\0"', '"\\x1b[2J"', '"\\ud800"', "\u200b", "\ufeff", "\u2028"),
    *("!!python/object/apply:os.system [x]", "!!binary aGk=", "!!int x", "!!float x", "!!int '5'"),
    *("!!str 5", "!!set {a, b}", "!!omap [a: 1]", "!!timestamp x", "!!null x", "!mine x"),
    *("!!bool 5",),
    *("&a x", "*a", "&a [*a]", "<<: *a", "%TAG", "@x", "`x`", "# gone", "x # kept"),
    *("x: y", "'open"),
    *("../../etc/passwd", "/etc/passwd", "~/x", "$HOME", "C:\\x", "con", "x" * 300, "a/../b", "."),
    *("[" * 200, "{a: " * 70 + "1" + "}" * 70, "[" * 70 + "]" * 70),
)  # fmt: skip
PIECES = (b"\t", b"\r", b"\0", b"\x1b", b"\x7f", b"\xff", b"\xc2\x85", b"\xe2\x80\xa8", b":", b"-",
          b"#", b"'", b'"', b"{", b"[", b"&a ", b"*a", b"---\n", b"...\n", b"? ", b"<<<<<<< HEAD\n",
          b"%YAML 1.2\n---\n", b" ", b"\xef\xbb\xbf", b"\n\n")  # fmt: skip
_VALUE = re.compile(rb"(?<=: )[^\n]+|(?<=- )[^\n:]+$|(?<=[\w'\"]):[ ]?$", re.MULTILINE)
_FLOW = re.compile(rb"(?<=: )[^,{}\[\]\n]+(?=[,}])")

Change = Callable[[bytes, random.Random], bytes]


def mutate(text: bytes, chance: random.Random) -> bytes:
    """Change a text once, or a few times."""
    for _ in range(chance.choice([1, 1, 1, 1, 2, 3])):
        text = chance.choice(_CHANGES)(text, chance)
    return text


def _value(text: bytes, chance: random.Random) -> bytes:
    places = [*_VALUE.finditer(text), *_FLOW.finditer(text)]
    if not places:
        return text
    place = chance.choice(places)
    new = chance.choice(VALUES).encode("utf-8", "surrogatepass")
    return (
        text[: place.start()] + (b": " if place[0][:1] == b":" else b"") + new + text[place.end() :]
    )


def _flip(text: bytes, chance: random.Random) -> bytes:
    if not text:
        return text
    data = bytearray(text)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _piece(text: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at:]


def _lines(change: Callable[[list[bytes], int, random.Random], None]) -> Change:
    def of_text(text: bytes, chance: random.Random) -> bytes:
        lines = text.splitlines(keepends=True)
        if lines:
            change(lines, chance.randrange(len(lines)), chance)
        return b"".join(lines)

    return of_text


def _delete(lines: list[bytes], at: int, chance: random.Random) -> None:
    del lines[at : at + chance.choice([1, 1, 3, 10])]


def _repeat(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at:at] = lines[at : at + chance.choice([1, 1, 3])]


def _move(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), lines.pop(at))


def _indent(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at] = chance.choice([b"  ", b"\t", b" ", b"- ", b"    "]) + lines[at]


def _outdent(lines: list[bytes], at: int, chance: random.Random) -> None:
    lines[at] = lines[at].lstrip(b" ")


def _cut(text: bytes, chance: random.Random) -> bytes:
    return text[: chance.randrange(len(text) + 1)]


def _encode(text: bytes, chance: random.Random) -> bytes:
    readable = text.decode("utf-8", "replace")
    return chance.choice(
        [
            text.replace(b"\n", b"\r\n"),
            text.replace(b"\n", b"\r"),
            b"\xef\xbb\xbf" + text,
            readable.encode("utf-16"),
            readable.encode("utf-16-be", "surrogatepass"),
            readable.encode("latin-1", "replace"),
            text.replace(b"  ", b"\t"),
            text.replace(b"\n", b"\xc2\x85"),
            b"",
        ]
    )


_CHANGES: tuple[Change, ...] = (
    *(_value,) * 8,
    *(_flip,) * 3,
    *(_piece,) * 2,
    *map(_lines, (_delete, _delete, _repeat, _move, _indent, _outdent)),
    _cut,
    _encode,
)
