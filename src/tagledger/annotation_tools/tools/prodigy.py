"""Prodigy, its JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from tagledger.annotation_tools.answers import Answer, Job, Options, Shown, Tool, paragraphs
from tagledger.annotation_tools.tool_file import ToolFile


class Prodigy(Tool):
    """JSON Lines of the interfaces choice, classification and spans, and `cats`."""

    NAME = "prodigy"
    TITLE = "Prodigy"
    FILES = (".jsonl", ".json")
    LOSES: ClassVar[tuple[str, ...]] = paragraphs("""
        How long an answer took is not in its files, and no unique id of an answer.

        A reject of a choice or of spans says only that the task is refused: it is a skip.

        The score of a suggestion is not written, nor are the labels of the source.

        Where a span is, and relations between spans, are not kept.

        Files of versions before 1.11 may name no annotator, and older ones no time.
    """)
    TRAPS: ClassVar[tuple[str, ...]] = paragraphs("""
        `ignore` is a skip, also where `accept` is filled.

        `accept` with an empty list says that none of the tags applies.

        The options of the line are what was asked; they differ from line to line.

        A line with one `label` asks for that tag alone: `reject` is a no to it, and to no other.

        The keys of `cats` were asked: 1 is a yes, 0 a no.

        One input may stand several times, with one `_task_hash` or several: all are kept, the later
        one counts, each question by itself.

        Without `_timestamp` the order of the lines says which is the later.

        `_annotator_id` is the annotator, else `_session_id`; a session named by a time names
        nobody.

        The text may be in `html`, and is taken out of it.

        A line without `answer` is a task that nobody answered, whatever is ticked in it.
    """)
    HOW = """\
Write: `tagledger annotate export NAME --tool prodigy --annotator ann items.jsonl`, then
`prodigy mark DATASET items.jsonl --view-id choice`. Each person opens the address that it says with
`?session=ann` at its end. Tags that are suggested with a score of 0.5 or more are ticked.

Read: `prodigy db-out DATASET > answers.jsonl`, then `tagledger annotate import answers.jsonl`, with
`--as DATASET-ann=ann` where Prodigy put the data set's name before a person's."""
    EXPORTS: ClassVar[str] = ".jsonl"
    READ_OPTIONS: ClassVar[Mapping[str, str]] = {
        "id": "the field of the line, or of its `meta`, that holds the id of the item, if not "
        "sample_id",
    }

    def recognise(self, file: ToolFile) -> bool:
        """Whether these are lines of Prodigy."""
        from tagledger.annotation_tools.prodigy import reading

        return reading.is_prodigy(file)

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        """Yield the answers of a file, as `Tool` says."""
        from tagledger.annotation_tools.prodigy import reading

        return reading.answers(file, options, notes)

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        """Make tasks of the interface choice, as `Tool` says."""
        from tagledger.annotation_tools.prodigy import writing

        return writing.written(items, job)


TOOL = Prodigy()
