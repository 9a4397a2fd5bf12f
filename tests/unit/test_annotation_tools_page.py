"""docs/annotation-tools.md says what the code says."""

from __future__ import annotations

from docs import annotation_tools
from tagledger.annotation_tools import registry

TEXT = annotation_tools.PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_code_says() -> None:
    assert annotation_tools.render() == TEXT, "run `make keys`"


def test_each_tool_has_its_files_its_way_what_it_loses_and_its_options() -> None:
    for tool in registry.own().values():
        part = TEXT.partition(f"## {tool.TITLE}\n")[2].partition("\n## ")[0]
        assert f"`--tool {tool.NAME}`" in part
        assert tool.HOW.strip() in part
        for sentence in (*tool.LOSES, *tool.TRAPS):
            assert f"- {sentence}\n" in part
        for option in {**tool.READ_OPTIONS, **tool.WRITE_OPTIONS}:
            assert f"| `{option}` |" in part
