"""Make docs/annotation-tools.md, what is to be known of each labelling tool: `make keys`.

All of it is read from the classes of the tools.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tagledger.annotation_tools import registry
from tagledger.annotation_tools.answers import Tool

PAGE = Path(__file__).resolve().parent / "annotation-tools.md"

HEAD = """\
# Labelling tools

Made by `make keys` from the code: do not edit. A test makes it again.

`tagledger annotate export NAME --tool TOOL` writes the items of a campaign as a file of a tool,
and `tagledger annotate import FILE` reads the answers of one. Its content tells which tool a file
is of; where that may be several, `--tool` says it. An answer that Tagledger has already is passed
over, so a file can be imported again with more answers in it.

Three things are never mixed up: an answer that none of the tags applies, an item that was skipped,
and one that was not answered, or not asked of that tag. The first is a no to each tag that was
asked; the other two say nothing of any tag.

Of each tool there is below: its files, how they get in and out in the tool's own words, what its
files cannot hold, so that it is lost on the way, and what is easily read wrongly, and how it is
read here. A Python package may bring another tool by an entry point of the group
`tagledger.annotation_tools`; the folder tests/plugin_tool has one.
"""


def bullets(sentences: Sequence[str]) -> list[str]:
    """Return a list of Markdown."""
    return [f"- {one}" for one in sentences]


def options(title: str, known: Mapping[str, str]) -> list[str]:
    """Return the table of what `--option` takes; nothing for a tool without options."""
    if not known:
        return []
    cells = [(f"`{name}`", meaning.replace("|", "\\|")) for name, meaning in known.items()]
    rows = [f"| {name} | {meaning} |" for name, meaning in cells]
    return [f"### {title}", "", "| option | meaning |", "| --- | --- |", *rows, ""]


def section(tool: Tool) -> list[str]:
    """Return the part of a tool."""
    endings = ", ".join(f"`{ending}`" for ending in tool.FILES)
    return [
        f"## {tool.TITLE}",
        "",
        f"`--tool {tool.NAME}`; files: {endings}.",
        "",
        tool.HOW.strip(),
        "",
        "### What its files cannot hold",
        "",
        *bullets(tool.LOSES),
        "",
        *(["### What is read with care", "", *bullets(tool.TRAPS), ""] if tool.TRAPS else []),
        *options("Options of `annotate export`", tool.WRITE_OPTIONS),
        *options("Options of `annotate import`", tool.READ_OPTIONS),
    ]


def render() -> str:
    """Return the text of the page: the spreadsheet first, which is the first that people try."""
    known = sorted(registry.own().values(), key=lambda tool: (not tool.GENERAL, tool.TITLE))
    lines = [line for tool in known for line in section(tool)]
    return "\n".join([HEAD, *lines]).rstrip() + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
