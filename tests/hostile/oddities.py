"""What stands in a stranger's commits: names, dates, and texts in place of files."""

from __future__ import annotations

PEOPLE = (
    b"Ada Tester <ada@example.org>",
    b"Ren\xe9 <r@example.org>",
    "日本語 <j@example.org>".encode(),
    b" <>",
    b"\x1b[31mred\x1b[0m <x@example.org>",
    "rtl\u202eevil\u200b <x@example.org>".encode(),
    b"%s %H $(id) `id` <x@example.org>",
    b"[bold]rich[/bold] | a,b =1+1 <x@example.org>",
    b"A" * 3000 + b" <long@example.org>",
)
DATES = (
    b"1700000000 +0000",
    b"1700000000 +1400",
    b"1700000000 -1200",
    b"1700000000 +9999",
    b"1700000000 +0545",
    b"0 +0000",
    b"1 -0100",
    b"4102444800 +0100",
    b"253402300799 +0000",
    b"253402300800 +0000",
    b"9999999999999 -0500",
)
ENCODINGS = (b"ISO-8859-1", b"UTF-16", b"UTF-7", b"IBM037", b"nonsense", b"SHIFT_JIS", b"UCS-4LE")
SUBJECTS = (
    b"data: as usual",
    b"",
    b"\n\n",
    b"\xff\xfe not text",
    b"two\r\nlines\n\nand a body",
    b"\x1b]0;title\x07 \x1b[2J",
    b"+AAo-A+AAA-B",
    "\u2028line\u2029paragraph\u0085next".encode(),
    b"[/bold] [link=http://x]y[/link] <script> | ` *",
    b"x" * 20_000,
)
REPORTS = (
    b"",
    b"[1,2]",
    b"5",
    b"{}",
    b'{"items": "x"}',
    b"\xff",
    b'{"items": NaN}',
    b"{" * 500,
    b'{"items": -1, "labels": 1e99, "tags": true}',
    b'{"items": null, "split": []}',
    b'{"failed": "x", "checks": 5}',
)
PARAMS = (
    b"",
    b"5",
    b"gates: 5",
    b"gates: {max_labels_changed: x}",
    b"gates: {unknown: 1}",
    b"\xff",
    b"filter: [1]\nsplit: &a [*a]",
    b"[" * 3000,
    b"gates: {min_tag_count: .nan}",
)
PIPELINES = (
    b"",
    b"5",
    b"stages: 5",
    b"stages: {a: 5}",
    b"stages: {a: {outs: [{x: {cache: no}}]}}",
    b"\xff",
    b"stages: {a: {foreach: [1], do: {cmd: x, outs: ['${item}']}}}",
    b"[" * 3000,
)
CONFIGS = (
    "[core\n",
    "[cache]\n    dir = /nowhere/at/all\n",
    "\0",
    "[cache]\n    dir = ~nobody/x\n",
    "[core]\n    remote = gone\n",
    "[core]\n    remote = r\n['remote \"r\"']\n    url = ../none\n",
    '[cache]\n    dir = ""\n',
    "x = 1\n",
)
PATHS = (b"\xff\xfe", b"caf\xe9/x", b"new\nline", b'q"uote', b"-x")
LOCKS = (
    b"",
    b"[]",
    b"5",
    b"a: b",
    b"\xff\xfe\x00",
    b"stages: [1, 2]",
    b"stages: {a: 5}",
    b"[" * 3000,
    b"stages: &a {b: *a}",
    b"---\n---\n",
    b"stages: {a: {outs: 3}}",
    b"!!x y",
    b"stages: {a: {outs: [{path: x}]}}",
    b"stages: {a: {outs: [[]]}}",
    b"\0",
)
