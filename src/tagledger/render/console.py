"""The console that tables and other text are printed on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text

from tagledger.errors import printable


class PrintableConsole(Console):
    """A console that prints no character that steers it, but for those of its own styles."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Render as Rich does; a segment is text, its style stands apart."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(printable(segment.text), segment.style)


def print_indented(console: Console, text: str, style: str = "") -> None:
    """Print text two columns in, all of its lines."""
    console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))
