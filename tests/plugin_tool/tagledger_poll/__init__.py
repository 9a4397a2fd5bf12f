"""Polls for Tagledger: a line an answer, `poll <item> <tag>,<tag>`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tagledger.annotation_tools.answers import Answer, Job, Options, Shown, Tool
from tagledger.annotation_tools.tool_file import ToolFile


class Poll(Tool):
    """A line an item; without tags it is not answered, `-` means that none applies."""

    NAME = "poll"
    TITLE = "Poll"
    FILES = (".poll",)
    LOSES = ("Who answered, and when.",)

    def recognise(self, file: ToolFile) -> bool:
        """Whether each line begins with the word."""
        lines = (file.decoded or "").splitlines()
        return bool(lines) and all(line.startswith("poll ") for line in lines)

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        """Yield an answer for each line."""
        for number, line in enumerate(file.text.splitlines(), 1):
            _, item, *rest = line.split(" ")
            if len(rest) > 1:
                hint = "write the tags with commas between them"
                raise file.error("this line has too many words", f"line {number}", hint=hint)
            place = f"line {number}"
            if not rest:
                yield Answer(kind="unasked", place=place, item=item)
                continue
            yes = () if rest[0] == "-" else tuple(rest[0].split(","))
            yield Answer(kind="label", place=place, item=item, yes=yes, asked=tuple(options.tags))

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        """Make one file with a line for each item."""
        lines = "".join(f"poll {item.id}\n" for item in items)
        return {f"{job.campaign or 'items'}.poll": lines.encode()}
