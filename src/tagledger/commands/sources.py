"""The command that lists the sources."""

from __future__ import annotations

import click

from tagledger.commands.options import as_json, find_repository


@click.command()
@as_json
def sources(*, as_json: bool) -> None:
    """List the sources and their snapshots: how large each is, and what keeps its files."""
    from tagledger.adding.known import read_known
    from tagledger.adding.source_list import overview
    from tagledger.render import print_json
    from tagledger.render.sources import print_sources, sources_json

    root = find_repository().root
    catalogue = read_known(root)
    rows = overview(catalogue, root)
    if as_json:
        print_json(sources_json(catalogue, rows))
    else:
        print_sources(rows)
