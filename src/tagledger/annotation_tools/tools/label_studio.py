"""Label Studio, version 0.x to 1.23."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from tagledger.annotation_tools.answers import Answer, Job, Options, Shown, Tool, paragraphs
from tagledger.annotation_tools.tool_file import ToolFile


class LabelStudio(Tool):
    """Tasks as JSON, which says all; JSON_MIN, CSV and TSV, which say less."""

    NAME = "label-studio"
    TITLE = "Label Studio"
    FILES = (".json", ".csv", ".tsv", ".zip")
    LOSES: ClassVar[tuple[str, ...]] = paragraphs("""
        Predictions, drafts and reviews are no answers and are not read.

        Where on the item a region is, and what is chosen about a region, is not kept.

        Ratings, numbers and dates are not kept; free text about the item becomes the note.

        JSON_MIN and CSV leave out the skipped; in both, none of the tags applies looks like no
        answer, and is read as no answer.

        JSON_MIN and CSV do not say what is about a region, nor which column is an answer.

        Suggestions come with one score for the item, the lowest; the labels of the source are not
        shown.
    """)
    TRAPS: ClassVar[tuple[str, ...]] = paragraphs("""
        The flag decides what was skipped: `was_cancelled`, or `skipped` in older files, also where
        the result is full.

        A result that is empty and not skipped says that none of the tags applies.

        `completed_by` is a number, an object, or absent; so are the unique id and the time.

        `updated_at`, or else `created_at`, is the time of the answer: answers are changed later.

        `completions` of version 0.x are annotations; their time is a number of seconds.

        Rows of a relation have no value; a region's labels are tags of the item, each once.

        Choices that share their id, or their place, with a region are about the region, unless
        `group` names them.

        A tag that two groups have is named with its group: `topic: other`; one that stands twice in
        a tree with the names above it.

        `alias` takes the place of a choice's value, so that the configuration may show other words.

        Files are in UTF-8, with or without a byte order mark, in UTF-16 or in cp1252.

        A CSV is separated by commas or by tabs, and may lack the column of the answer.
    """)
    HOW = """\
Write: `tagledger annotate export NAME --tool label-studio --annotator ann tasks.json`. Create a
project; paste the XML file, which stands beside, under *Settings*, *Labeling Interface*, *Code*;
upload `tasks.json` under *Import*. What is uploaded twice is there twice. Tags that are suggested
with a score of 0.5 or more are predictions, which people see ticked.

Read: *Export* as JSON, for the other forms lose answers, then `tagledger annotate import FILE`.
Newer versions name people by numbers: `--as 1=ann` says who they are. Do not upload that file into
Label Studio again: it refuses its own export."""
    EXPORTS: ClassVar[str] = ".json"
    READ_OPTIONS: ClassVar[Mapping[str, str]] = {
        "group": "the only group of tags that counts: the `name` of its control, such as sentiment",
        "text": "the field of the task's data that holds the text of the item",
        "id": "the field of the task's data that holds the id of the item, if not sample_id",
    }
    WRITE_OPTIONS: ClassVar[Mapping[str, str]] = {
        "control": "choices, all in sight, or taxonomy, a tree with a search; by the number of "
        "tags if not given",
    }

    def recognise(self, file: ToolFile) -> bool:
        """Whether these are tasks, or rows with what Label Studio puts beside answers."""
        from tagledger.annotation_tools.label_studio import reading

        return reading.is_label_studio(file)

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        """Yield the answers of a file, as `Tool` says."""
        from tagledger.annotation_tools.label_studio import reading

        return reading.answers(file, options, notes)

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        """Make tasks and a labelling configuration, as `Tool` says."""
        from tagledger.annotation_tools.label_studio import writing

        return writing.written(items, job)


TOOL = LabelStudio()
