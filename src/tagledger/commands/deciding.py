"""The commands by which one person decides: about an item, or about an annotator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import click

from tagledger import errors
from tagledger.commands.options import NAMES, find_repository

_by = click.option("--by", metavar="NAME", required=True, help="Your pseudonym.")
_note = click.option("--note", metavar="TEXT", help="A remark, kept with it.")


def _decide(act: Literal["adjudicate", "gold"], item: str, given: dict[str, Any]) -> None:
    from tagledger.campaigns.deciding import Decision, decide
    from tagledger.campaigns.items import read_items, read_tags
    from tagledger.words import listed

    root = find_repository().root
    event, path, repeated = decide(
        root, Decision(act, item, **given), read_items(root), read_tags(root)
    )
    yes, no = sorted(event.yes or ()), sorted(set(event.asked or ()) - set(event.yes or ()))
    parts = [f"has {listed(yes, len(yes))}"] if yes else []
    parts += [f"does not have {listed(no, len(no))}"] if no else []
    errors.say(f"{event.item} {' and '.join(parts)}, says {event.by}.")
    if repeated:
        errors.say(
            f"That was said on {event.at[:10]} already, in\n  {path.as_posix()}\n"
            "Nothing was written."
        )
        return
    errors.say(f"Written: {path.as_posix()}\nNext: dvc repro, then git add and git commit")


def _about_an_item(command: Callable[..., None]) -> click.Command:
    """A command that decides tags of an item."""
    for option in (
        click.option("--campaign", metavar="NAME", help="The campaign that it is about."),
        *(_note, _by),
        click.option("--no", type=NAMES, metavar="TAGS", default="", help="Tags that it lacks."),
        click.option("--yes", type=NAMES, metavar="TAGS", default="", help="Tags that it has."),
        click.argument("item", metavar="ID", help="The item."),
    ):
        command = option(command)
    return click.command()(command)


@_about_an_item
def adjudicate(item: str, **given: Any) -> None:
    """Decide what is disputed about an item; other tags of it stay as they are."""
    _decide("adjudicate", item, given)


@_about_an_item
def gold(item: str, **given: Any) -> None:
    """Say for certain what an item has: annotators are then tested by it."""
    _decide("gold", item, given)


@click.command()
@click.argument("name", metavar="NAME", help="The annotator.")
@_by
@click.option("--campaign", metavar="NAME", help="Only the answers in this campaign.")
@_note
def withdraw(name: str, *, by: str, campaign: str | None, note: str | None) -> None:
    """Set all answers of an annotator aside, by an event; they stay in git."""
    from tagledger.campaigns.deciding import withdraw as set_aside
    from tagledger.words import count

    event, path, many = set_aside(find_repository().root, name, by, campaign, note)
    if many is None:
        errors.say(
            f"The answers of {name} are set aside already, by {event.by} on {event.at[:10]}, in\n"
            f"  {path.as_posix()}\nNothing was written. Deleting that file takes it back."
        )
        return
    errors.say(
        f"{count(many, 'answer')} of {name} {'is' if many == 1 else 'are'} set aside.\n"
        f"Written: {path.as_posix()}\n"
        "Next: dvc repro, then git add and git commit. Deleting that file takes it back."
    )
