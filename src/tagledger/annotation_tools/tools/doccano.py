"""doccano, version 1.0 to 1.8."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from tagledger.annotation_tools.answers import Answer, Job, Options, Shown, Tool, paragraphs
from tagledger.annotation_tools.tool_file import ToolFile


class Doccano(Tool):
    """JSON Lines, JSON and CSV, also in the zip file of an export, with a file a person."""

    NAME = "doccano"
    TITLE = "doccano"
    FILES = (".jsonl", ".json", ".csv", ".zip")
    LOSES: ClassVar[tuple[str, ...]] = paragraphs("""
        No time, no id and no duration of an answer is in its files.

        It knows no skip: an item that was passed over looks like one that nobody opened.

        An item without a label counts as none-applies only with `confirmed`, where approved items
        alone were exported.

        A project with shared annotations does not say who gave a label.

        Suggestions and the source's labels are not written: each would become an answer.

        Where a span is, and relations between spans, are not kept.

        Tags have up to 100 characters; items without a text are refused.

        CSV joins tags by `#`, so that tags with a `#` may be impossible to tell apart.
    """)
    TRAPS: ClassVar[tuple[str, ...]] = paragraphs("""
        In a zip file the name of a member is the annotator; `all.jsonl` is everybody's.

        An empty `label` may say that the item was never opened: it is not answered.

        `label` is a list of tags, of spans with start, end and name, or of objects; also `labels`,
        `cats`, `entities`, `bbox` and `segmentation` hold them.

        In old files labels are numbers of label types, which `labels` names, and each says its
        user; an approved item without a label is none-applies, by the approver.

        The CSV has sorted tags with `#` between them; the known tags tell `c#` from `c`.

        Files are in UTF-8, with or without a byte order mark, in UTF-16 or in cp1252.

        A table of text and label with lists in its cells is a spreadsheet, not doccano's CSV.
    """)
    HOW = """\
Write: `tagledger annotate export NAME --tool doccano --annotator ann items.jsonl`. Create a project
*Text Classification*; do not tick *Share annotations across all users* if several people answer.
Upload the JSON file of label types, which stands beside, under *Labels*, *Actions*,
*Import Labels*, and `items.jsonl` under *Dataset*, *Actions*, *Import Dataset*, *JSONL*.

Read: each person approves an item when it is done (the cross at its top). *Dataset*, *Actions*,
*Export Dataset*, *JSONL*, with *Export only approved documents*, gives a zip file:
`tagledger annotate import FILE.zip --option confirmed=yes --at 2026-11-25`. `--as NAME=ann` gives a
person of doccano another name."""
    EXPORTS: ClassVar[str] = ".zip"
    IMPORT_OPTIONS: ClassVar[tuple[str, ...]] = ("--option confirmed=yes",)
    DATED: ClassVar[bool] = False
    READ_OPTIONS: ClassVar[Mapping[str, str]] = {
        "confirmed": "yes, if only approved items were exported: one without a label then says "
        "that none of the tags applies",
        "labels": "the names of label types that stand as numbers: 15=negative,17=positive, or a "
        "JSON file of objects with id and text",
        "member": "the only file of a zip archive that counts, such as ann.jsonl or ann",
    }

    def recognise(self, file: ToolFile) -> bool:
        """Whether these are doccano's records, or its table."""
        from tagledger.annotation_tools.doccano import reading

        return reading.is_doccano(file)

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        """Yield the answers of a file, as `Tool` says."""
        from tagledger.annotation_tools.doccano import reading

        return reading.answers(file, options, notes)

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        """Make items and label types, as `Tool` says."""
        from tagledger.annotation_tools.doccano import writing

        return writing.written(items, job)


TOOL = Doccano()
