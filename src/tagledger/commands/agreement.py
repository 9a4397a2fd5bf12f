"""The command that says how far annotators agree."""

from __future__ import annotations

import click

from tagledger.commands.options import as_json, find_repository


@click.command()
@click.argument(
    "campaign", metavar="[CAMPAIGN]", required=False, help="The campaign; by default all answers."
)
@as_json
def agreement(campaign: str | None, *, as_json: bool) -> None:
    """Show how far annotators agree: on labelsets, on each tag, two by two, and with gold.

    Two answers to one item are compared over the tags that both were asked. The items on which
    annotators differ most are named, tags of which one stands where another person gives the other,
    and two annotators who agree everywhere.
    """
    from tagledger.agreement.of_workspace import of_workspace
    from tagledger.render import agreement as rendered
    from tagledger.render import print_json, working

    repository = find_repository()
    with working("comparing the answers"):
        found = of_workspace(repository.root, campaign)
    if as_json:
        print_json(rendered.agreement_json(found))
    else:
        rendered.print_agreement(found)
