"""The commands of campaigns: hand items out, take answers back, decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagledger import errors
from tagledger.commands import deciding, policies
from tagledger.commands.options import NAMES, Commands, as_json, find_repository
from tagledger.errors import TagledgerError

if TYPE_CHECKING:
    from tagledger.campaigns.answer_events import Asker
    from tagledger.versions import Repository


_tool = click.option("--tool", metavar="TOOL", help="The tool; by default the files tell it.")
_option = click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the tool; may be repeated.",
)


@click.group(cls=Commands, no_args_is_help=True)
def annotate() -> None:
    """Hand items out to people, take their answers back, and decide what is disputed."""


@annotate.command()
@click.argument("name", metavar="NAME", help="The campaign's name.")
@click.option(
    "--items",
    metavar="WHAT",
    required=True,
    help="all, untagged, new, changed, disputed, aside, unanswered, tag:TAG, text:WORD, id:ID, "
    "random:N; or a file.",
)
@click.option(
    "--annotators", type=NAMES, metavar="NAMES", required=True, help="Pseudonyms: ann,bob."
)
@click.option(
    "--tags", type=NAMES, metavar="TAGS", default="all", show_default=True, help="The tags to ask."
)
@click.option("--new-tags", is_flag=True, help="Allow tags that the dataset does not have yet.")
@click.option(
    "--overlap",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many annotators answer each item; by default 2.",
)
@click.option(
    "--guideline",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What annotators go by, as Markdown.",
)
@click.option(
    "--gold",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Mix in N items whose answer is known.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Take at most N items.")
@click.option("--seed", type=int, default=0, show_default=True, help="Chooses who gets what.")
def start(
    name: str,
    *,
    items: str,
    annotators: Sequence[str],
    tags: Sequence[str],
    new_tags: bool,
    overlap: int | None,
    guideline: Path | None,
    gold: int,
    limit: int | None,
    seed: int,
) -> None:
    """Start a campaign: choose items and hand them out.

    In WHAT, `and` takes what fits both sides, and a comma what fits either: "untagged and
    random:50, disputed". A file has an id a line, or is JSON Lines or CSV with id, title, text and
    the scores of a model: {"id": "p-1", "text": "...", "scores": {"nlp": 0.9}}. Items in it that
    the dataset does not have become items with the next dvc repro; scores are shown as suggestions,
    and stay on this machine.

    Each annotator gets equally many items. Near duplicates go to the same people. Gold items are
    for all of them, and nothing tells which they are.
    """
    from tagledger.campaigns import starting
    from tagledger.campaigns.people import FOR_EVER
    from tagledger.render.annotate import started_lines

    wanted = starting.Wanted(
        name=name,
        items=items,
        annotators=annotators,
        tags=tags,
        overlap=overlap,
        guideline=guideline,
        gold=gold,
        limit=limit,
        seed=seed,
        new_tags=new_tags,
    )
    _say(started_lines(starting.start(find_repository(), wanted), FOR_EVER))


@annotate.command()
@click.argument("name", metavar="[NAME]", required=False, help="The campaign; by default all.")
@as_json
def status(*, name: str | None, as_json: bool) -> None:
    """Show how far campaigns are: handed out, answered, left, disputed, agreement.

    It counts the answers that are there, whether a build has taken them in or not. Agreement is
    Krippendorff's alpha with MASI distance: 1 for equal answers, 0 for those of chance.
    """
    from tagledger.campaigns.campaign import read_campaign, read_campaigns
    from tagledger.campaigns.items import items_if_built
    from tagledger.campaigns.status import status_of
    from tagledger.render import print_json, working
    from tagledger.render.annotate import status_json, status_lines

    root = find_repository().root
    campaigns = read_campaigns(root) if name is None else [read_campaign(root, name)]
    with working("counting answers"):
        items = items_if_built(root)
        statuses = [status_of(root, one, items) for one in campaigns]
    if as_json:
        print_json(status_json(statuses))
    else:
        _say(status_lines(statuses))


@annotate.command()
@click.argument("name", metavar="NAME", help="The campaign.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path), help="The file to write.")
@click.option(
    "--tool", metavar="TOOL", default="spreadsheet", show_default=True, help="The labelling tool."
)
@click.option("--annotator", metavar="NAME", help="For whom; by default a file for each.")
@click.option("--all", "everything", is_flag=True, help="Export what is answered too.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@_option
def export(
    name: str,
    file: Path,
    *,
    tool: str,
    annotator: str | None,
    everything: bool,
    force: bool,
    options: Sequence[str],
) -> None:
    """Write what an annotator still has to answer to a file of a labelling tool.

    Without --annotator there is a file for each, with the name put in: answers.csv becomes
    answers-ann.csv. The answers of others are not in it.
    """
    from tagledger.annotation_tools.registry import tool as tool_of
    from tagledger.campaigns.campaign import read_campaign
    from tagledger.campaigns.exporting import Exporter, Wanted
    from tagledger.campaigns.items import read_items, read_tags
    from tagledger.events.writing import utc_now
    from tagledger.render.annotate import exported_lines

    repository = find_repository()
    campaign = read_campaign(repository.root, name)
    chosen = tool_of(tool)
    exporter = Exporter(
        repository,
        campaign,
        chosen,
        items=read_items(repository.root),
        names=read_tags(repository.root),
    )
    wanted = Wanted(
        path=file,
        annotator=annotator,
        everything=everything,
        force=force,
        options=_options(options),
    )
    _say(exported_lines(exporter.export(wanted), chosen, utc_now()[:10]))


@annotate.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path),
    help="Files of labelling tools.",
)
@_tool
@click.option("--campaign", metavar="NAME", help="The campaign; by default what the files say.")
@click.option("--annotator", metavar="NAME", help="Whose answers all of them are.")
@click.option(
    "--as",
    "renamed",
    multiple=True,
    metavar="OLD=NEW",
    help="Call somebody of the files NEW; may be repeated.",
)
@click.option("--at", metavar="DATE", help="When it was answered, if the files do not say.")
@click.option(
    "--asked",
    type=click.Choice(["all"]),
    help="All tags of the dataset were asked: one that is not in an answer is a no.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be taken, and write nothing.")
@_option
@as_json
def import_(
    files: Sequence[Path],
    *,
    tool: str | None,
    campaign: str | None,
    annotator: str | None,
    renamed: Sequence[str],
    at: str | None,
    asked: str | None,
    dry_run: bool,
    options: Sequence[str],
    as_json: bool,
) -> None:
    """Take answers back from files of labelling tools: all of the files, or nothing.

    Needs no campaign. An item is known by its id, or by its exact text. What was imported before
    changes nothing. Skipped, none applies and not asked stay three different things. dvc repro then
    makes labels of the answers.
    """
    from tagledger.campaigns.importing import Source, import_files
    from tagledger.campaigns.people import FOR_EVER
    from tagledger.render import print_json, working
    from tagledger.render.annotate import import_json, import_lines

    repository = find_repository()
    given: dict[str, Any] = {
        "campaign": campaign,
        "annotator": annotator,
        "renamed": renamed,
        "at": at,
        "asked": asked,
    }
    asker = _asker(repository, given)
    chosen = _options(options)
    sources = [Source(file, tool, chosen) for file in files]
    with working(f"reading {files[0]}"):
        imported = import_files(repository.root, sources, asker, dry_run=dry_run)
    if as_json:
        print_json(import_json(imported))
    else:
        _say(import_lines(imported, FOR_EVER))


def _asker(repository: Repository, given: dict[str, Any]) -> Asker:
    """What the options of an import say, and what is known of the dataset."""
    from tagledger.campaigns.answer_events import Asker, parse_time
    from tagledger.campaigns.campaign import read_campaign, read_campaigns
    from tagledger.campaigns.items import read_items, read_tags
    from tagledger.campaigns.people import parse_renamed, pseudonym

    root = repository.root
    items, names = read_items(root), read_tags(root)
    if given["asked"] == "all" and not names.tags:
        raise TagledgerError(
            "the dataset has no tags yet, so that it is not known which all are",
            where="--asked",
            hint="start a campaign with --tags, and import with `--campaign NAME`",
        )
    return Asker(
        items=items,
        names=names,
        campaigns={one.name: one for one in read_campaigns(root)},
        campaign=None if given["campaign"] is None else read_campaign(root, given["campaign"]),
        annotator=None if given["annotator"] is None else pseudonym(given["annotator"]),
        renamed=parse_renamed(tuple(given["renamed"])),
        at=None if given["at"] is None else parse_time(given["at"]),
        asked_all=names.tags if given["asked"] == "all" else (),
    )


@annotate.command()
@click.argument("name", metavar="NAME", help="The campaign.")
@click.option("--commit", is_flag=True, help="Commit the answers and the campaign, nothing else.")
@click.option("--co-authors", is_flag=True, help="Name the annotators in the commit's trailers.")
def finish(name: str, *, commit: bool, co_authors: bool) -> None:
    """Finish a campaign: say what is open and disputed, and commit the answers if asked.

    With --co-authors the commit has a line Co-authored-by for each annotator who answered, with the
    pseudonym and an address at annotator.invalid, which leads nowhere.
    """
    from tagledger.campaigns import finishing
    from tagledger.campaigns.campaign import read_campaign
    from tagledger.campaigns.items import items_if_built
    from tagledger.campaigns.status import status_of
    from tagledger.render.annotate import finished_lines

    if co_authors and not commit:
        raise TagledgerError(
            "co-authors are named in a commit, and none is asked for",
            where="--co-authors",
            hint="add `--commit`",
        )
    repository = find_repository()
    campaign = read_campaign(repository.root, name)
    state = status_of(repository.root, campaign, items_if_built(repository.root))
    finished = finishing.finish(repository, state, commit=commit, co_authors=co_authors)
    folders = [path.as_posix() for path in finishing.to_commit(repository, campaign)]
    _say(finished_lines(finished, folders))


@annotate.command()
@click.argument("name", metavar="NAME", help="The campaign.")
@click.argument(
    "file", metavar="FILE", type=click.Path(path_type=Path), help="Items and their scores."
)
def suggest(name: str, file: Path) -> None:
    """Show annotators what a model suggests, in place of what it suggested before.

    FILE has the scores of tags for items, as for `annotate start`. They stay on this machine, in
    .git/tagledger.
    """
    from tagledger.campaigns.starting import suggest as suggest_items
    from tagledger.words import count

    many = suggest_items(find_repository(), name, file)
    errors.say(f"{count(many, 'item')} of {name} now {'has' if many == 1 else 'have'} suggestions.")


def _options(words: Iterable[str]) -> dict[str, str]:
    """What `--option NAME=VALUE` says."""
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise TagledgerError(
                f"--option {word!r} is not of the form NAME=VALUE",
                where="--option",
                hint="write the name, =, and the value",
            )
        values[name.strip()] = value
    return values


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        errors.say(line)


for _command in (deciding.adjudicate, deciding.gold, deciding.withdraw, policies.policies):
    annotate.add_command(_command)
