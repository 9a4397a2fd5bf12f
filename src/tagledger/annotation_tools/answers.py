"""What the file of a labelling tool says, and what goes into one: the same for all tools.

A tool's module turns its file into `Answer`s and items into its files. It knows no item of the
dataset, no event and no campaign: who answered which item, and what becomes of the answer, is found
out by whoever asks it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from tagledger.annotation_tools.tool_file import ToolFile

LIKELY = 0.5
"""The score from which a tag that is suggested may stand ticked before a person has looked."""

Kind = Literal["label", "skip", "comment", "unasked"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one person said about one item.

    Attributes
    ----------
    kind
        `label`: an answer; with an empty `yes`, none of the tags applies. `skip`: passed over on
        purpose. `comment`: a note without an answer. `unasked`: handed out, or only listed, and not
        answered: it is counted and never becomes an event.
    place
        Where it stands, for messages: "row 12", "task 4, annotation 2".
    item
        Our id, as text, where the file has it; never the tool's own id.
    text
        The text that was shown, where the file has it.
    yes
        The tags that apply, as the file spells them.
    asked
        The tags that were asked, of which those that are not in `yes` are a no; None where the file
        does not say what was asked.
    by
        Who answered, as the file has it.
    at
        When, in UTC: `2026-11-25T10:00:00Z`.
    unique
        The tool's own unique id of the answer.
    date
        A date beside the answer, of which the file does not say that it is the answer's time: it
        counts where nothing else says when. `2026-11-25T00:00:00Z`.
    seconds
        How long it took.
    note
        What the person wrote beside the answer.
    score
        How sure the person, or the model, was.
    campaign, base
        The campaign and the version that the file was made for.
    tax
        The hash of the tags that were shown.
    text_hash
        The hash of the title and the text that were shown, where a file that Tagledger wrote has
        kept it: it holds whatever a program has made of the text since.
    replaces
        The places of earlier answers of the same person, in the same file, that this one takes
        back.
    """

    kind: Kind
    place: str
    item: str | None = None
    text: str | None = None
    yes: tuple[str, ...] = ()
    asked: tuple[str, ...] | None = None
    by: str | None = None
    at: str | None = None
    date: str | None = None
    unique: str | None = None
    seconds: float | None = None
    note: str | None = None
    score: float | None = None
    campaign: str | None = None
    base: str | None = None
    tax: str | None = None
    text_hash: str | None = None
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An item as a person is shown it.

    Attributes
    ----------
    labels
        The tags that its source gives it.
    suggestions
        Tags that a model or a rule suggests, each with its score.
    """

    id: str
    title: str = ""
    text: str = ""
    labels: tuple[str, ...] = ()
    suggestions: tuple[tuple[str, float], ...] = ()

    @property
    def likely(self) -> tuple[tuple[str, float], ...]:
        """The suggestions that are more likely right than wrong, which may stand ticked."""
        return tuple(pair for pair in self.suggestions if pair[1] >= LIKELY)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a file for one person is made for.

    Attributes
    ----------
    tags
        The tags that are asked.
    campaign, annotator
        Their names; "" for none.
    base
        The version that is shown.
    tax
        The hash of the tags.
    guideline
        What the person is to go by, as Markdown.
    options
        What is chosen of the tool's `WRITE_OPTIONS`.
    """

    tags: tuple[str, ...]
    campaign: str = ""
    annotator: str = ""
    base: str = ""
    tax: str = ""
    guideline: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What helps to read a file.

    Attributes
    ----------
    tags
        The tags that are known: the campaign's, or the taxonomy's. A file may have others.
    words
        These and all other names that tags have or had: an empty column of such a name was asked.
    ids
        The ids of the items that are known, as text.
    chosen
        What is chosen of the tool's `READ_OPTIONS`, as `--option NAME=VALUE` says.
    """

    tags: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    chosen: Mapping[str, str] = field(default_factory=dict)


def paragraphs(text: str) -> tuple[str, ...]:
    r"""The paragraphs of a text, a line each, as `LOSES` and `TRAPS` of a tool have them.

    >>> paragraphs("One,\n  and more.\n\n  Two.")
    ('One, and more.', 'Two.')
    """
    return tuple(" ".join(one.split()) for one in text.strip().split("\n\n"))


class Tool:
    """A labelling tool: how its files are recognised, read and written.

    A module of `annotation_tools.tools` has one as `TOOL`; a Python package brings one by an entry
    point of the group `tagledger.annotation_tools`. Libraries are imported in its methods.

    Attributes
    ----------
    NAME
        What `--tool` calls it: "label-studio".
    TITLE
        What people call it: "Label Studio".
    FILES
        The endings of its files, such as ".json".
    GENERAL
        Whether it reads files that were made by no tool, so that it is taken only for a file that
        no other tool knows.
    LOSES
        What its files cannot hold, a sentence each.
    TRAPS
        What is easily read wrongly in its files, and how it is read here, a sentence each.
    HOW
        How people bring a file into the tool and out of it, in the tool's own words, as Markdown.
    EXPORTS
        The ending of the file that the tool writes with the answers, such as ".json"; empty where
        people answer in the very file that is written for them.
    IMPORT_OPTIONS
        What `annotate import` is to know of such a file, such as "--option confirmed=yes".
    DATED
        Whether the file that comes back says when each answer was given.
    READ_OPTIONS, WRITE_OPTIONS
        What `--option NAME=VALUE` takes when a file is read, and when one is written, each with its
        meaning.
    """

    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    FILES: ClassVar[tuple[str, ...]]
    GENERAL: ClassVar[bool] = False
    LOSES: ClassVar[tuple[str, ...]] = ()
    TRAPS: ClassVar[tuple[str, ...]] = ()
    HOW: ClassVar[str] = ""
    EXPORTS: ClassVar[str] = ""
    IMPORT_OPTIONS: ClassVar[tuple[str, ...]] = ()
    DATED: ClassVar[bool] = True
    READ_OPTIONS: ClassVar[Mapping[str, str]] = {}
    WRITE_OPTIONS: ClassVar[Mapping[str, str]] = {}

    def recognise(self, file: ToolFile) -> bool:
        """Whether a file is this tool's, by its content; what cannot be read is not."""
        raise NotImplementedError

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        """Yield the answers of a file, those that are not answered too.

        Parameters
        ----------
        file
            The file.
        options
            What helps to read it.
        notes
            Takes sentences on what looks wrong, or was left out. They are whole only when all
            answers have been taken.

        Raises
        ------
        TagledgerError
            It cannot be read, or what it says cannot be known.
        """
        raise NotImplementedError

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        """Make the files for one person: their content by their names, the main one first.

        Raises
        ------
        TagledgerError
            The tool cannot hold these items or tags.
        """
        raise NotImplementedError
