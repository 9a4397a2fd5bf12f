"""A spreadsheet, as CSV or as a workbook: the tool that everybody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from tagledger.annotation_tools.answers import Answer, Job, Options, Shown, Tool, paragraphs
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError, nearest

if TYPE_CHECKING:
    from tagledger.annotation_tools.spreadsheet.remarks import Remarks

T = TypeVar("T")

_MOST_COLUMNS = 50  # tags that have a column each, if nothing is chosen
_FORMAT, _LAYOUT, _DELIMITER = "format", "layout", "delimiter"


class Spreadsheet(Tool):
    """CSV and workbooks, those that Tagledger wrote and others."""

    NAME = "spreadsheet"
    TITLE = "Spreadsheet"
    FILES: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".xlsx", ".xls", ".ods")
    GENERAL = True
    LOSES: ClassVar[tuple[str, ...]] = paragraphs("""
        When an answer was given, and how long it took: give the day by `--at`.

        Which of two different answers of one person to an item came first, but by the order of the
        rows: the lower one counts.

        Suggestions and their scores: they are not shown, for a tick that is there before would be
        taken for an answer.

        In a workbook, what a text has beyond 32,767 characters: it is cut, and the item is known by
        its id.

        The list of the tags that were asked, if it takes more than 30,000 characters and the tags
        stand in one column: only its hash is kept, by which a campaign's tags are found.
    """)
    TRAPS: ClassVar[tuple[str, ...]] = paragraphs("""
        A row with nothing filled in was not answered; an empty cell in a row with an answer is a
        no. Where a column has a no written out, an empty cell of it was not asked.

        x, 1, yes, TRUE, WAHR, ja, oui and more are a yes; 0, no, FALSE, FALSCH, nein, non and more
        are a no; other words are left open, and counted.

        A row with an answer that is marked as skipped counts as skipped; one with tags and *none
        applies* is left unanswered. Both are named.

        Semicolons, tabs and bars separate as commas do; a byte order mark, UTF-16 and cp1252 are
        found; 0,83 is a number.

        Shares such as 0.8333 are no person's answer: they are left open and counted, unless
        `--option threshold=0.5` says from which share on it is a yes.

        Columns such as annotator1_tag and rater A belong to a person each; so do sheets with the
        same columns. A column of people is one too, and a file of one person may have none.

        A column with a few classes, such as TYPE, gives tags such as `TYPE: Plot Action`; one
        called label or class gives its classes as they are. One class is a no to the others.

        A scale, such as `a_vs_b` or a rating, is no tag, and neither is a class that is worked out
        from the tags beside it. All columns that are left out are named.

        Two rows of one person for an item that differ: the lower one counts, and both are named.

        Without ids an item is known by its exact text.

        Ids that a program made numbers or dates of, and rows that were sorted in part, are found by
        the hidden column of a sheet that Tagledger wrote.

        A text that begins with = + - or @ is no formula, and comes back as it was.

        Merged cells count for each row that they cover; titles above the header, headers that are
        repeated and empty rows are passed over.
    """)
    HOW = """\
Write: `tagledger annotate export NAME --tool spreadsheet --annotator ann ann.xlsx`. Send the file
to its person, who opens it in Excel, LibreOffice or Google Sheets (*File*, *Import*, *Upload*) and
puts an x into the column of each tag that applies, or into *none applies* or *skip*.

Read: save it (in Google Sheets: *File*, *Download*, *Microsoft Excel* or *Comma-separated values*),
then `tagledger annotate import ann.xlsx --at 2026-11-25`. A spreadsheet of your own needs no
campaign: a column with ids or texts, and columns with answers."""
    DATED: ClassVar[bool] = False
    READ_OPTIONS: ClassVar[Mapping[str, str]] = {
        "id": "the column with the items' ids",
        "text": "the column with their texts",
        "annotator": "the column that says who answered",
        "time": "the column that says when",
        "note": "the column with notes",
        "tags": "the columns that are a tag each, with commas between them",
        "choices": "the columns with one class in a cell",
        "lists": "the columns with several tags in a cell",
        "ignore": "columns that are nothing of these",
        "sheet": "the sheet of a workbook; by default all that have answers",
        "threshold": "from which share of people on a tag is a yes, such as 0.5",
    }
    WRITE_OPTIONS: ClassVar[Mapping[str, str]] = {
        _FORMAT: "`xlsx` (the default) or `csv`",
        _LAYOUT: "`columns`, one for each tag (the default up to "
        f"{_MOST_COLUMNS} tags), or `list`, one column for all",
        _DELIMITER: "of a CSV: `,` (the default), `;` or `tab`",
    }

    def recognise(self, file: ToolFile) -> bool:
        """Whether it is a workbook, or text in columns."""
        from tagledger.annotation_tools.spreadsheet import tables

        if tables.is_workbook(file):
            return True
        text = file.decoded
        start = "" if text is None else text.lstrip()[:1]
        return text is not None and start not in {"{", "["} and tables.is_table(text)

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        """Yield the answers, as `Tool` says."""
        from tagledger.annotation_tools.repeats import in_turn
        from tagledger.annotation_tools.spreadsheet.remarks import Remarks

        _refuse_unknown(options.chosen, self.READ_OPTIONS)
        remarks = Remarks()
        yield from in_turn(_answers(file, options, notes, remarks), notes)
        notes += remarks.sentences()

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        """Make a workbook, or a CSV and a text file with the guideline, as `Tool` says."""
        from tagledger.annotation_tools.spreadsheet import writing
        from tagledger.annotation_tools.spreadsheet.form import Purpose

        _refuse_unknown(job.options, self.WRITE_OPTIONS)
        few = len(job.tags) <= _MOST_COLUMNS
        layout = _choice(job.options, _LAYOUT, {"columns": True, "list": False})
        wide = few if layout is None else layout
        csv = _choice(job.options, _FORMAT, {"csv": True, "xlsx": False})
        delimiter = _choice(job.options, _DELIMITER, {",": ",", ";": ";", "tab": "\t"})
        purpose = Purpose(job.campaign, job.base, job.tax, job.tags, wide=wide, plain=not csv)
        name = "-".join(filter(None, [job.campaign or "items", job.annotator]))
        if csv:
            return {
                f"{name}.csv": writing.as_csv(items, job, purpose, delimiter or ","),
                f"{name}-guideline.txt": writing.guideline_text(job, wide=wide),
            }
        return {f"{name}.xlsx": writing.as_workbook(items, job, purpose)}


def _answers(
    file: ToolFile, options: Options, notes: list[str], remarks: Remarks
) -> Iterator[Answer]:
    from tagledger.annotation_tools.spreadsheet import foreign, headers, own_sheets, tables

    with_rows = tables.tables(file, notes)
    if not with_rows:
        raise file.error("no sheet has rows", hint="take another copy of the file")
    if (name := options.chosen.get("sheet")) is not None:
        names = [one.name for one in with_rows]
        if name not in names:
            raise file.error(
                f"there is no sheet {name!r} with rows",
                hint=f"correct `--option sheet=…`: {nearest(name, names)}",
            )
        with_rows = [one for one in with_rows if one.name == name]
    own = [one for one in with_rows if own_sheets.is_own(one)]
    for table in own:
        where = f"sheet {table.name}, " if len(own) > 1 else ""
        yield from own_sheets.read(table, file, options, notes, remarks, where=where)
    if not own:
        sheets = [headers.headed(one, remarks) for one in with_rows]
        yield from foreign.read(sheets, file, options, notes, remarks)


def _refuse_unknown(chosen: Mapping[str, str], options: Mapping[str, str]) -> None:
    for name in chosen:
        if name not in options:
            raise TagledgerError(
                f"a spreadsheet has no option {name!r}",
                where="--option",
                hint=nearest(name, options),
            )


def _choice(chosen: Mapping[str, str], name: str, values: Mapping[str, T]) -> T | None:
    """What an option says; None if it is not given."""
    word = chosen.get(name)
    if word is None:
        return None
    if word not in values:
        raise TagledgerError(
            f"{name} cannot be {word!r}", where="--option", hint=f"take one of {', '.join(values)}"
        )
    return values[word]


TOOL = Spreadsheet()
