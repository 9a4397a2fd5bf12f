"""The command that says how far annotators agree."""

from __future__ import annotations

from typing import Any

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
    from tagledger import kept_files, tables
    from tagledger.campaigns.campaign import CAMPAIGNS
    from tagledger.events.store import ANNOTATIONS
    from tagledger.kept import output

    repository = find_repository()

    def print_new() -> output.Printed:
        from tagledger.agreement.of_workspace import of_workspace
        from tagledger.render import agreement as rendered
        from tagledger.render import print_json, working

        with working("comparing the answers"):
            measured = of_workspace(repository.root, campaign)
        if as_json:
            print_json(rendered.agreement_json(measured))
        else:
            rendered.print_agreement(measured)
        return output.Printed()

    # Besides params.yaml it is made from these.
    read = (ANNOTATIONS, CAMPAIGNS, tables.CLEAN_ITEMS.parent)

    def ask() -> dict[str, Any]:
        contents = kept_files.contents(repository.root, read)
        return {"agreement": [campaign, as_json], "contents": contents}

    raise click.exceptions.Exit(output.print_kept(repository, ask, print_new))
