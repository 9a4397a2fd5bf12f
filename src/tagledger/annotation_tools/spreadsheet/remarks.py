"""What is to be said of a file once it has been read, with the rows that it is about."""

from __future__ import annotations

from collections import defaultdict

from tagledger.words import count, listed

_SHOWN = 5  # rows or cells that a sentence names
# What each kind of remark says: of one row, and of several.
_ROWS = {
    "both": (
        "has an answer and is marked as skipped: it counts as skipped",
        "have an answer and are marked as skipped: they count as skipped",
    ),
    "none and tags": (
        "has tags, and says that none applies: it is left unanswered; clear one of the two",
        "have tags, and say that none applies: they are left unanswered; clear one of the two",
    ),
    "header": (
        "repeats the names of the columns, and is passed over",
        "repeat the names of the columns, and are passed over",
    ),
    "wide": (
        "has more cells than there are columns, and is left out: is a text without quotes?",
        "have more cells than there are columns, and are left out: are texts without quotes?",
    ),
    "nameless": (
        "has an answer, and neither an id nor a text: it is left out",
        "have an answer, and neither an id nor a text: they are left out",
    ),
    "name changed": (
        "has another id than it was written with: that one counts",
        "have another id than they were written with: that one counts",
    ),
}


class Remarks:
    """Rows and cells that something is to be said of."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = defaultdict(list)
        self._unknown: dict[str, int] = defaultdict(int)
        self._shares = 0

    def row(self, kind: str, place: str) -> None:
        """Remark on a row."""
        self._rows[kind].append(place)

    def unknown(self, cell: str) -> None:
        """Remark on a cell of a tag that says neither yes nor no."""
        self._unknown[" ".join(cell.split())[:30]] += 1

    def share(self) -> None:
        """Remark on a cell that is a share of several people."""
        self._shares += 1

    def sentences(self) -> list[str]:
        """All remarks, a sentence each kind."""
        sentences = []
        for kind, rows in self._rows.items():
            one, many = _ROWS[kind]
            numbers = [row.removeprefix("row ") for row in rows]
            shown = listed(numbers, _SHOWN)
            sentences.append(f"row {shown} {one}" if len(rows) == 1 else f"rows {shown} {many}")
        if self._unknown:
            cells = sum(self._unknown.values())
            examples = listed([repr(cell) for cell in self._unknown], _SHOWN)
            sentences.append(
                f"{count(cells, 'cell')} of tags {'says' if cells == 1 else 'say'} neither yes nor "
                f"no and {'is' if cells == 1 else 'are'} left open: {examples}"
            )
        if self._shares:
            sentences.append(
                f"{count(self._shares, 'cell is', 'cells are')} the share of several people who "
                "said yes, which is no person's answer, and left open; where all agreed, their "
                "answer counts. With `--option threshold=0.5` a share of at least that is a yes"
            )
        return sentences
