"""Commands that read the ledger: versions, blame, history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagledger import errors
from tagledger.commands.options import as_json, find_repository, of_layer
from tagledger.layers import Layer

if TYPE_CHECKING:
    from tagledger.versions import Lineage


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

    listing = overview(find_repository(), experiments=experiments, every_source=every_source)
    if as_json:
        print_json(history.versions_json(listing))
    else:
        history.print_versions(listing)
    for problem in listing.lost.values():
        errors.say(f"Not listed: {problem.what}; {problem.hint}.", stderr=True)
    warn(listing.stale.problem)


@click.command()
@click.argument("item", metavar="ID", help="The item.")
@of_layer
@as_json
def blame(item: str, *, layer: Layer, as_json: bool) -> None:
    """Show the version, commit and cause that brought each label of an item, or took it away."""
    from tagledger import versions
    from tagledger.kept import output
    from tagledger.layers import beside_data

    repository = find_repository()
    lineage = versions.lineage(repository, beside=beside_data(layer))

    def print_new() -> output.Printed:
        from tagledger.history.blame import blame as find_blame
        from tagledger.render import history, print_json, working

        with working("reading the versions"):
            blamed = find_blame(repository, item, layer, lineage=lineage)
        if as_json:
            print_json(history.blame_json(blamed))
        else:
            history.print_blame(blamed)
        return output.Printed(whole=blamed.is_complete)

    question = {"blame": [item, layer, as_json], "lineage": _in_question(lineage)}
    raise click.exceptions.Exit(output.print_kept(repository, lambda: question, print_new))


@click.command()
@click.argument("tag", metavar="TAG", help="The tag.")
@as_json
def history(tag: str, *, as_json: bool) -> None:
    """Show a tag in all versions: count, share, the decision of the filter, its renames."""
    from tagledger import versions
    from tagledger.kept import output

    repository = find_repository()
    lineage = versions.lineage(repository)

    def print_new() -> output.Printed:
        from tagledger.history.tag_history import history as find_history
        from tagledger.render import history, print_json, working

        with working("reading the versions"):
            tag_history = find_history(repository, tag, lineage=lineage)
        if as_json:
            print_json(history.history_json(tag_history))
        else:
            history.print_history(tag_history)
        complete = all(state.presence is not None for state in tag_history.states)
        return output.Printed(whole=complete and not tag_history.missing)

    question = {"history": [tag, as_json], "lineage": _in_question(lineage)}
    raise click.exceptions.Exit(output.print_kept(repository, lambda: question, print_new))


def _in_question(lineage: Lineage) -> list[object]:
    """The history of the data as a part of a question."""
    from tagledger.kept import output

    steps = [[output.in_question(step.version), step.parents] for step in lineage.steps]
    return [steps, lineage.current, lineage.shallow, repr(lineage.followed)]
