"""Format files: a text in each file, an item for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from tagledger.sources.formats import Format
from tagledger.sources.models import Encoding, Name

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class Files(Format):
    """Texts in files of their own, one file an item: a folder, a pattern or an archive of them.

    A file gives the columns `$content`, its text; `$file`, its path; `$name`, `$stem` and
    `$folder`, its name, that without its last ending, and the name of the folder it is in. A text
    that lies in several folders, one for each of its tags, has one `$stem`: as the id it makes one
    item of them. Front matter, which is YAML between two lines of `---`, gives a column for each
    of its keys, and is no part of `$content`; its values are the text that stands there. A file
    with front matter that is not sound is set aside, and so is one that is no text or longer than
    16 MiB.

    Attributes
    ----------
    encoding
        What the files are written in, as Python calls it, such as `cp1252`; by default UTF-8.
    front_matter
        Whether to look for it; without, the whole file is `$content`.
    words
        Keys of the front matter that may be a text of words with blanks between them, as in
        `tags: sea knots`, in place of a list: they become the list of the words.
    """

    NAME = "files"

    encoding: Encoding | None = None
    front_matter: bool = True
    words: list[Name] = Field(default_factory=list)

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read one file, as `Format` says; it is one row."""
        yield from self.blocks_of_all([file], wanted)

    def blocks_of_all(self, files: list[SourceFile], wanted: Wanted) -> Iterator[Block]:
        """Read all files, as `Format` says; a row is a file."""
        from tagledger.readers.opening.archives import is_file
        from tagledger.readers.parsing.text_folder import TextFolder

        # What a system left behind beside the texts is none.
        texts = [file for file in files if is_file(file.name)] or files
        folder = TextFolder(self.encoding, self.front_matter, frozenset(self.words))
        yield from folder.blocks(texts, wanted)
