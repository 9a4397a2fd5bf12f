"""The commands that change tags, by events that say who did it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tagledger import errors
from tagledger.commands.options import Commands, find_repository

if TYPE_CHECKING:
    from tagledger.events.event import Act

_by = click.option("--by", metavar="NAME", required=True, help="Your pseudonym.")
_note = click.option("--note", metavar="TEXT", help="Why, kept with it.")


@click.group(cls=Commands, no_args_is_help=True)
def taxonomy() -> None:
    """Rename, merge, split or retire tags, so that no answer is lost.

    A change is an event in data/annotations: answers under the old name count for the new one.
    """


@taxonomy.command()
@click.argument("tag", metavar="TAG", help="The tag.")
@click.argument("new", metavar="NEW", help="Its new name.")
@_by
@_note
def rename(tag: str, new: str, *, by: str, note: str | None) -> None:
    """Give a tag a new name; the old one becomes an alias."""
    _change("rename", [tag], [new], by, note)


@taxonomy.command()
@click.argument("tags", metavar="TAG...", nargs=-1, required=True, help="The tags.")
@click.option("--into", metavar="TAG", required=True, help="What they become: one of them, or new.")
@_by
@_note
def merge(tags: Sequence[str], *, into: str, by: str, note: str | None) -> None:
    """Make one tag of several."""
    _change("merge", tags, [into], by, note)


@taxonomy.command()
@click.argument("tag", metavar="TAG", help="The tag.")
@click.argument("parts", metavar="PART...", nargs=-1, required=True, help="Its parts, two or more.")
@_by
@_note
def split(tag: str, parts: Sequence[str], *, by: str, note: str | None) -> None:
    """Divide a tag: its labels stay until somebody decided each part."""
    _change("split", [tag], parts, by, note)


@taxonomy.command()
@click.argument("tag", metavar="TAG", help="The tag.")
@_by
@_note
def retire(tag: str, *, by: str, note: str | None) -> None:
    """Take a tag out of use: its labels go, the answers stay in git."""
    _change("retire", [tag], [], by, note)


def _change(act: Act, tags: Sequence[str], to: Sequence[str], by: str, note: str | None) -> None:
    from tagledger.campaigns.tag_events import Change, change_tags
    from tagledger.render.annotate import changed_lines

    for line in changed_lines(change_tags(find_repository().root, Change(act, tags, to, by, note))):
        errors.say(line)
