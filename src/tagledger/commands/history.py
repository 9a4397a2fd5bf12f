"""Commands that read the ledger: versions, blame, history."""

from __future__ import annotations

from typing import Annotated

import typer

from tagledger import errors
from tagledger.commands.options import Json, LayerOption, find_repository


def versions(
    *,
    experiments: Annotated[
        bool, typer.Option("--experiments", help="List DVC's experiments too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the versions: date, items, labels, tags, gates, where the data is.

    The gates are those of each version's own params.yaml. No data is read, so gates that need a
    comparison are not compared.
    """
    from tagledger.release.version_list import overview
    from tagledger.render import history, print_json, warn
    from tagledger.versions import lost_releases

    repository = find_repository()
    found = overview(repository, experiments=experiments)
    if as_json:
        print_json(history.versions_json(found))
    else:
        history.print_versions(found.rows)
    for problem in lost_releases(repository).values():
        errors.say(f"Not listed: {problem.what}; {problem.hint}.", stderr=True)
    warn(found.stale.problem)


def blame(
    item: Annotated[str, typer.Argument(metavar="ID", help="The item.")],
    *,
    layer: LayerOption = "filtered",
    as_json: Json = False,
) -> None:
    """Show the version, commit and cause that brought each label of an item, or took it away."""
    from tagledger.history.blame import blame as find_blame
    from tagledger.render import history, print_json, working

    with working("reading the versions"):
        found = find_blame(find_repository(), item, layer)
    if as_json:
        print_json(history.blame_json(found))
    else:
        history.print_blame(found)


def history(
    tag: Annotated[str, typer.Argument(metavar="TAG", help="The tag.")],
    *,
    as_json: Json = False,
) -> None:
    """Show a tag in all versions: count, share, the decision of the filter, its renames."""
    from tagledger.history.tag_history import history as find_history
    from tagledger.render import history, print_json, working

    with working("reading the versions"):
        found = find_history(find_repository(), tag)
    if as_json:
        print_json(history.history_json(found))
    else:
        history.print_history(found)
