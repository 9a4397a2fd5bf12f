"""Commands that read the ledger: versions, blame, history."""

from __future__ import annotations

import click

from tagledger import errors
from tagledger.commands.options import as_json, find_repository, of_layer
from tagledger.layers import Layer


@click.command()
@click.option("--experiments", is_flag=True, help="List DVC's experiments too.")
@click.option("--all", "every_source", is_flag=True, help="List versions of other sources too.")
@as_json
def versions(*, experiments: bool, every_source: bool, as_json: bool) -> None:
    """List the versions: date, items, labels, tags, gates, where the data is.

    Those of the source that the work tree was built from; --all lists those of other sources too.
    The gates are those of each version's own params.yaml. No data is read, so gates that need a
    comparison are not compared.
    """
    from tagledger.release.version_list import overview
    from tagledger.render import history, print_json, warn

    found = overview(find_repository(), experiments=experiments, every_source=every_source)
    if as_json:
        print_json(history.versions_json(found))
    else:
        history.print_versions(found)
    for problem in found.lost.values():
        errors.say(f"Not listed: {problem.what}; {problem.hint}.", stderr=True)
    warn(found.stale.problem)


@click.command()
@click.argument("item", metavar="ID", help="The item.")
@of_layer
@as_json
def blame(item: str, *, layer: Layer, as_json: bool) -> None:
    """Show the version, commit and cause that brought each label of an item, or took it away."""
    from tagledger.history.blame import blame as find_blame
    from tagledger.render import history, print_json, working

    with working("reading the versions"):
        found = find_blame(find_repository(), item, layer)
    if as_json:
        print_json(history.blame_json(found))
    else:
        history.print_blame(found)


@click.command()
@click.argument("tag", metavar="TAG", help="The tag.")
@as_json
def history(tag: str, *, as_json: bool) -> None:
    """Show a tag in all versions: count, share, the decision of the filter, its renames."""
    from tagledger.history.tag_history import history as find_history
    from tagledger.render import history, print_json, working

    with working("reading the versions"):
        found = find_history(find_repository(), tag)
    if as_json:
        print_json(history.history_json(found))
    else:
        history.print_history(found)
