"""What an annotator still has to answer goes into a file of a labelling tool.

An annotator sees the text, the labels of the source and what a model suggests; never what others
answered, nor which items are there to test people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tagledger.annotation_tools.answers import Job, Shown, Tool
from tagledger.annotation_tools.registry import check_options
from tagledger.campaigns.answered import read_answered
from tagledger.campaigns.campaign import Campaign, guideline
from tagledger.campaigns.items import Items, TagNames, labels_of
from tagledger.campaigns.status import answers_in
from tagledger.campaigns.suggestions import read_suggestions
from tagledger.errors import TagledgerError, nearest
from tagledger.files import replacing_all
from tagledger.versions import Repository


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for, by the options of `annotate export`.

    Attributes
    ----------
    everything
        Whether answered items are exported too.
    force
        Whether files that are there may be replaced.
    options
        What is chosen of the tool's options.
    """

    path: Path
    annotator: str | None = None
    everything: bool = False
    force: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """The files for an annotator; none where nothing is left to answer.

    Attributes
    ----------
    gone
        Items of the campaign that the dataset no longer has.
    """

    annotator: str
    items: int
    files: list[Path]
    gone: int = 0


class Exporter:
    """Makes the files of a campaign for a tool.

    Parameters
    ----------
    repository, campaign, tool
        Of what, for what.
    items, names
        The items and tags of the dataset.
    """

    def __init__(
        self,
        repository: Repository,
        campaign: Campaign,
        tool: Tool,
        *,
        items: Items,
        names: TagNames,
    ) -> None:
        self._root = repository.root
        self._campaign = campaign
        self._tool = tool
        self._items = items
        self._names = names
        self._suggested = read_suggestions(repository, campaign.name)

    def export(self, wanted: Wanted) -> list[Exported]:
        """Write the files of each annotator: all of them or none.

        Raises
        ------
        TagledgerError
            A file is there already, nothing is left, or the tool cannot hold it.
        """
        check_options(self._tool, wanted.options, "writing")
        campaign, items = self._campaign, self._items
        if not campaign.tags:
            raise TagledgerError(
                f"every tag that {campaign.name} asked was retired since",
                where=campaign.name,
                hint="start another campaign; `tagledger annotate start --help` shows how",
            )
        people = _people(campaign, wanted.annotator)
        answers = answers_in(campaign, read_answered(self._root, people), items)
        contents: dict[Path, bytes] = {}
        exported: list[Exported] = []
        for who in people:
            ids = [
                item
                for item in campaign.items[who]
                if wanted.everything or item not in answers[who]
            ]
            here = [item for item in ids if item in items.texts]
            path = wanted.path if wanted.annotator else _with_name(wanted.path, who)
            files = self._files(who, here, path, wanted.options) if here else {}
            contents |= files
            exported.append(Exported(who, len(here), list(files), len(ids) - len(here)))
        if not contents:
            raise _nothing_left(campaign, wanted)
        if not wanted.force:
            _refuse_there(contents)
        with replacing_all(contents) as temporary:
            for path, content in contents.items():
                temporary[path].write_bytes(content)
        return exported

    def _files(
        self, who: str, ids: Sequence[str], path: Path, options: Mapping[str, str]
    ) -> dict[Path, bytes]:
        campaign = self._campaign
        job = Job(
            tags=campaign.tags,
            campaign=campaign.name,
            annotator=who,
            base=campaign.base or "",
            tax=campaign.tax,
            guideline=guideline(self._root, campaign.name) or "",
            options=self._with_format(options, path),
        )
        files = self._tool.write(self._shown(ids), job)
        (main, content), *others = files.items()
        if Path(main).suffix != path.suffix.lower():
            raise TagledgerError(
                f"{self._tool.TITLE} is to be written as {Path(main).suffix}",
                where=path,
                hint=f"name it {path.with_suffix(Path(main).suffix)}, or choose another `--option`",
            )
        stem = Path(main).stem
        return {path: content} | {
            path.with_name(f"{path.stem}-{name.removeprefix(stem).lstrip('-')}"): more
            for name, more in others
        }

    def _with_format(self, options: Mapping[str, str], path: Path) -> Mapping[str, str]:
        """The options, with the format that the ending of the file says, where a tool has two."""
        ending = path.suffix.lower()
        if "format" not in self._tool.WRITE_OPTIONS or ending not in self._tool.FILES:
            return options
        return {"format": ending.removeprefix("."), **options}

    def _shown(self, ids: Sequence[str]) -> list[Shown]:
        labels = labels_of(self._root, ids, source=True)
        return [
            Shown(
                id=item,
                title=self._items.texts[item].title,
                text=self._items.texts[item].description,
                labels=labels.get(item, ()),
                suggestions=self._suggestions(item),
            )
            for item in ids
        ]

    def _suggestions(self, item: str) -> tuple[tuple[str, float], ...]:
        pairs = ((self._names.spelled(tag), score) for tag, score in self._suggested.get(item, ()))
        return tuple((tag, score) for tag, score in pairs if tag in self._campaign.tags)


def _nothing_left(campaign: Campaign, wanted: Wanted) -> TagledgerError:
    whose = f" for {wanted.annotator}" if wanted.annotator else ""
    return TagledgerError(
        f"nothing is left to answer in {campaign.name}{whose}",
        where=campaign.name,
        hint="`--all` exports what is answered too; "
        f"`tagledger annotate status {campaign.name}` shows how far it is",
    )


def _people(campaign: Campaign, annotator: str | None) -> list[str]:
    if annotator is None:
        return campaign.annotators
    if annotator not in campaign.items:
        raise TagledgerError(
            f"{annotator} is no annotator of {campaign.name}",
            where="--annotator",
            hint=nearest(annotator, campaign.annotators),
        )
    return [annotator]


def _with_name(path: Path, who: str) -> Path:
    """The path with the annotator's name put in before its ending."""
    return path.with_name(f"{path.stem}-{who}{path.suffix}")


def _refuse_there(contents: Mapping[Path, bytes]) -> None:
    there = [path for path in contents if path.exists()]
    if there:
        named = ", ".join(str(path) for path in there[:3])
        more = f" and {len(there) - 3} more" if there[3:] else ""
        raise TagledgerError(
            f"there is such a file already, perhaps with answers in it: {named}{more}",
            hint="name another file, or add `--force` to replace what is there",
        )
