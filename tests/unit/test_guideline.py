"""A guideline as Markdown: what it may be, and what it must not do."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from tagledger_dashboard.labelling.guiding import markdown

ALLOWED = {
    *("paragraph", "heading", "bullet_list", "ordered_list", "list_item", "blockquote"),
    *("strong", "em", "code_inline", "text", "inline", "hr", "softbreak", "hardbreak"),
}


def rendered(text: str) -> str:
    """What a guideline becomes as HTML, of what is allowed alone."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    ahead = reader.parse(markdown(text))
    while ahead:
        token = ahead.pop()
        kind = token.type.removesuffix("_open").removesuffix("_close")
        assert kind in ALLOWED, token
        ahead += token.children or []
    return str(reader.render(markdown(text))).replace("\u2060", "").replace("\n", "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# What\nit *is*", "<h1>What</h1><p>it <em>is</em></p>"),
        (
            "- **a**: `x_y`\n  - b",
            "<li><strong>a</strong>: <code>x_y</code><ul><li>b</li></ul></li>",
        ),
        ("1. a\n2) b_c_d __e__", "<strong>e</strong>"),
        ("> # a", "<blockquote><h1>a</h1></blockquote>"),
        ("a\n---\nb", "<p>a</p><hr /><p>b</p>"),
        ("```\n<b>\n```", "<p><code>&lt;b&gt;</code></p>"),
        ("    far", "<p>far</p>"),
        ("![a cat](http://evil.test/x.png)", "<p>a cat</p>"),
        ('[here](http://a.test/b "c")', "<p>here (http://a.test/b"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("<svg>\n\n<script>x</script>", "&lt;script&gt;"),
        ("<http://a.test> **<b>x**", "&lt;http://a.test&gt;"),
        ("`a <b>` `` ` ``", "<code>a &lt;b&gt;</code>"),
        ("[x]: http://a.test\n[x] ![x]", "[x] ![x]"),
        ("![a [b](c)](http://a.test)", "http://a.test"),
        ("|a|b|\n|-|-|\n|c|d|", "|a|b|"),
        ("a\n===", "==="),
        ("> " * 5000, "<blockquote>"),
        ("\u202eabc", "<p>abc</p>"),
    ],
)
def test_a_guideline_is_a_part_of_markdown(text: str, html: str) -> None:
    assert html in rendered(text)


def test_formulas_and_shortcodes_are_text() -> None:
    assert markdown("$x$ :tada: :red[x]") == ("\\$x\\$ \\:\u2060tada\\: \\:\u2060red\\[x\\]")
