"""The guideline of a campaign as people see it: a part of Markdown that can fetch and run nothing.

Headings, lists, quotes, bold, italics and code are Markdown. All else is shown literally, as
`tagledger_dashboard.ui.escape` does it: HTML, formulas, shortcodes, tables. A picture is the words
that stand for it, and a link its words and its address, as code.
"""

from __future__ import annotations

import re

from tagledger.words import without_steering
from tagledger_dashboard import ui

_BLOCK = re.compile(r"(?P<lead>[ ]*)(?P<mark>\#{1,6}|[-*+]|[0-9]{1,9}[.)]|>)[ ]+(?P<rest>.*)")
_RULE = re.compile(r"[ ]{0,3}(?:-[ ]*){3,}|[ ]{0,3}(?:\*[ ]*){3,}")
_FENCE = re.compile(r"[ ]{0,3}(?:`{3,}|~{3,}).*")
_PICTURE = re.compile(r"!\[([^\[\]]*)\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()]*)\)")
_SPAN = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*\*(?P<bold>[^\s*](?:[^*]*[^\s*])?)\*\*"
    r"|\*(?P<italic>[^\s*](?:[^*]*[^\s*])?)\*"
    r"|(?<![^\W_])__(?P<bold_too>[^\s_](?:[^_]*[^\s_])?)__(?![^\W_])"
    r"|(?<![^\W_])_(?P<italic_too>[^\s_](?:[^_]*[^\s_])?)_(?![^\W_])"
)
# What Markdown would make a link of by itself, escaped or not; as code it stays text to copy.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s`()<>]+|[-.\w+]{1,64}@[-\w]+(?:\.[-\w]+)*", re.IGNORECASE
)
_MARKS = {"code": "`", "bold": "**", "italic": "*", "bold_too": "**", "italic_too": "*"}


def markdown(text: str) -> str:
    """A guideline as Markdown that is safe to draw."""
    lines: list[str] = []
    in_code = False
    for line in without_steering(text).expandtabs(4).splitlines():
        if _FENCE.fullmatch(line):
            in_code = not in_code
            lines.append("")
        elif in_code:
            lines.append(f"{_code(line)}  " if line.strip() else "")
        else:
            lines.append(_line(line))
    return "\n".join(lines)


def _line(line: str) -> str:
    if _RULE.fullmatch(line):
        return "\n---"  # below an empty line, for else the line above would be a heading
    block = _BLOCK.fullmatch(line)
    if block is None:
        # Four spaces or more would be code, in which escapes are seen.
        return _spans(line.strip())
    lead = " " * min(len(block["lead"]), 12)
    rest = block["rest"]
    holds_blocks = block["mark"] == ">" and not rest.startswith(">")
    inner = _line(rest).strip() if holds_blocks else _spans(rest.strip())
    return f"{lead}{block['mark']} {inner}"


def _spans(line: str) -> str:
    line = _PICTURE.sub(r"\1", line)
    line = _LINK.sub(r"\1 (\2)", line)
    pieces, end = [], 0
    for span in _SPAN.finditer(line):
        pieces.append(_literal(line[end : span.start()]))
        kind = span.lastgroup or "code"
        inner = span[kind]
        mark = _MARKS[kind]
        pieces.append(_code(inner) if kind == "code" else f"{mark}{_literal(inner)}{mark}")
        end = span.end()
    return "".join([*pieces, _literal(line[end:])])


def _code(text: str) -> str:
    """Code; a backtick within it would end it."""
    return f"`{text.replace('`', ' ')}`" if text.strip() else ""


def _literal(text: str) -> str:
    """Text that is shown literally, with the spaces at its ends."""
    pieces, end = [], 0
    for address in _ADDRESS.finditer(text):
        pieces += [_escaped(text[end : address.start()]), _code(address[0])]
        end = address.end()
    return "".join([*pieces, _escaped(text[end:])])


def _escaped(text: str) -> str:
    if not text.strip():
        return " " * bool(text)
    lead, tail = (" " * text[index].isspace() for index in (0, -1))
    return f"{lead}{ui.escape(text)}{tail}"
