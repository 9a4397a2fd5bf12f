"""Write a spreadsheet for one person, as a CSV or as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tagledger.annotation_tools.answers import Job, Shown
from tagledger.annotation_tools.spreadsheet import form
from tagledger.annotation_tools.spreadsheet.form import Purpose, RowKey
from tagledger.events.canonical import text_hash

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_ANSWERS = "answers"
_LINE, _TALLEST = 15, 20  # points of a line, and lines of a row
_WIDTHS = {
    form.ID: 14,
    form.TITLE: 30,
    form.TEXT: 60,
    form.TAGS: 40,
    form.NONE: 9,
    form.SKIP: 7,
    form.NOTE: 30,
    form.ANNOTATOR: 14,
}
_NARROWEST, _WIDEST = 7, 22  # characters of a tag's column
_FEWEST_ROWS = 1  # that drop-downs are for, of a sheet without items
_HOW_WIDE = (
    "Put an x into the column of each tag that applies. An empty cell means no, once the row has "
    "an answer."
)
_HOW_LIST = "Write the tags that apply into the column tags, with semicolons between them."
_HOW = (
    "If no tag applies, put an x into the column none applies.",
    "If you cannot tell, put an x into the column skip.",
    "A row that you leave empty is not answered.",
    "Do not change what stands in the columns id, title and text.",
    "You may add columns of your own, and sort or filter whole rows.",
)


def cells(items: Sequence[Shown], job: Job, purpose: Purpose) -> list[list[str]]:
    """The rows of a sheet, the header first.

    Suggestions are not shown: what a person sees ticked would be taken for their answer.
    """
    unanswered = [""] * (len(job.tags) if purpose.wide else 1)
    before = shown_columns(items)
    rows = [[*before, *form.columns(job.tags, wide=purpose.wide), purpose.header()]]
    for item in items:
        key = RowKey(item.id, text_hash(item.title, item.text)).cell()
        shown = {form.ID: item.id, form.TITLE: item.title, form.TEXT: item.text}
        row = [*(shown[name] for name in before), *unanswered, "", "", "", job.annotator, key]
        rows.append(row)
    return rows


def shown_columns(items: Sequence[Shown]) -> tuple[str, ...]:
    """The columns that say what is to be answered: none for titles where no item has one."""
    titled = any(item.title for item in items)
    return tuple(name for name in form.BEFORE if titled or name != form.TITLE)


def as_csv(items: Sequence[Shown], job: Job, purpose: Purpose, delimiter: str) -> bytes:
    """A CSV with a byte order mark, by which programs for tables know that it is UTF-8."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, delimiter=delimiter, lineterminator="\r\n")
    for row in cells(items, job, purpose):
        writer.writerow(map(form.escaped, row))
    return sink.getvalue().encode("utf-8-sig")


def guideline(job: Job, *, wide: bool) -> list[str]:
    """The lines that say how to fill the sheet, and the guideline."""
    lines = [_HOW_WIDE if wide else _HOW_LIST, *_HOW]
    return [*lines, *([""] if job.guideline.strip() else []), *job.guideline.strip().splitlines()]


def guideline_text(job: Job, *, wide: bool) -> bytes:
    """The same with the tags, as a text file, for a CSV has one sheet."""
    lines = [*guideline(job, wide=wide), "", "Tags:", *(f"- {tag}" for tag in job.tags)]
    return ("\n".join(lines) + "\n").encode()


def as_workbook(items: Sequence[Shown], job: Job, purpose: Purpose) -> bytes:
    """A workbook with a sheet to answer in, and a sheet with the guideline and the tags."""
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    # Nothing is guessed from what a text looks like: each cell is text.
    never = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(sink, {"in_memory": True, **never}) as workbook:
        styles = _styles(workbook)
        _write_answers(workbook.add_worksheet(_ANSWERS), items, job, purpose, styles)
        _write_guideline(workbook.add_worksheet(form.GUIDELINE), job, purpose, styles)
    return sink.getvalue()


def _styles(workbook: Workbook) -> dict[str, Format]:
    text: dict[str, Any] = {"num_format": "@", "valign": "top"}
    return {
        "head": workbook.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "bottom",
                "bottom": 1,
                "bg_color": "#EEEEEE",
            }
        ),
        "shown": workbook.add_format({**text, "text_wrap": True, "bg_color": "#F7F7F7"}),
        "tag": workbook.add_format({**text, "align": "center", "left": 4}),
        "free": workbook.add_format({**text, "text_wrap": True}),
    }


def _write_answers(
    sheet: Worksheet, items: Sequence[Shown], job: Job, purpose: Purpose, styles: dict[str, Format]
) -> None:
    rows = cells(items, job, purpose)
    header, last = rows[0], max(len(rows) - 1, _FEWEST_ROWS)
    before = len(shown_columns(items))
    for at, name in enumerate(header):
        kind = _style_of(at - before, name, len(header) - before, wide=purpose.wide)
        tag_width = min(max(len(name) + 1, _NARROWEST), _WIDEST)
        hidden = {"hidden": True} if at == len(header) - 1 else {}
        sheet.set_column(at, at, _WIDTHS.get(name, tag_width), styles[kind], hidden)
        sheet.write_string(0, at, name[: form.LONGEST_CELL], styles["head"])
    for number, row in enumerate(rows[1:], 1):
        sheet.set_row(number, _height(dict(zip(header[:before], row, strict=False))))
        for at, text in enumerate(row):
            kind = _style_of(at - before, header[at], len(header) - before, wide=purpose.wide)
            if text:
                sheet.write_string(number, at, text[: form.LONGEST_CELL], styles[kind])
    sheet.freeze_panes(1, before)
    sheet.autofilter(0, 0, last, len(header) - 1)  # so that a sort takes whole rows
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    _add_choices(sheet, before, len(job.tags), last, wide=purpose.wide)


def _style_of(at: int, name: str, columns: int, *, wide: bool) -> str:
    """The style of a column, by its place among those after what is shown."""
    if at < 0:
        return "shown"
    ticked = at < columns - 3 and (wide or name != form.TAGS)
    return "tag" if ticked else "free"


def _height(texts: Mapping[str, str]) -> float:
    """The height of a row in points: as many lines as its texts need, within limits."""
    needed = [
        sum(1 + len(line) // _WIDTHS[name] for line in texts.get(name, "").splitlines())
        for name in (form.TITLE, form.TEXT)
    ]
    return float(_LINE * min(max(*needed, 1), _TALLEST))


def _add_choices(sheet: Worksheet, first: int, tags: int, last: int, *, wide: bool) -> None:
    """Offer an x to be chosen, or the tags; whatever else is typed may stand, too."""
    end = first + (tags if wide else 1)
    free = {"validate": "list", "show_error": False, "ignore_blank": True}
    marks = {**free, "source": [form.MARK]}
    if wide:
        sheet.data_validation(1, first, last, end + 1, marks)
        return
    if tags:
        source = f"={form.GUIDELINE}!$A$2:$A${tags + 1}"
        sheet.data_validation(1, first, last, first, {**free, "source": source})
    sheet.data_validation(1, end, last, end + 1, marks)


def _write_guideline(
    sheet: Worksheet, job: Job, purpose: Purpose, styles: dict[str, Format]
) -> None:
    sheet.set_column(0, 0, 30, styles["free"])
    sheet.set_column(1, 1, 100, styles["free"])
    sheet.write_string(0, 0, "tag", styles["head"])
    sheet.write_string(0, 1, form.GUIDELINE, styles["head"])
    for at, tag in enumerate(job.tags, 1):
        sheet.write_string(at, 0, tag[: form.LONGEST_CELL], styles["free"])
    for at, line in enumerate(guideline(job, wide=purpose.wide), 1):
        sheet.write_string(at, 1, line[: form.LONGEST_CELL], styles["free"])
    sheet.freeze_panes(1, 0)
