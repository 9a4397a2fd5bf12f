"""The command that shows what another policy would change, before it is chosen."""

from __future__ import annotations

import click

from tagledger import errors
from tagledger.commands.options import as_json, find_repository


@click.command()
@click.option(
    "--quorum",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="With this quorum, in place of that of params.yaml.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
    metavar="P",
    help="With this confidence for dawid-skene, in place of that of params.yaml.",
)
@as_json
def policies(*, quorum: int | None, confidence: float | None, as_json: bool) -> None:
    """Show what another policy would change, before it is chosen.

    For each policy: on how many tags of items votes decide, people differ, or more answers are
    needed; the labels that the dataset would gain and lose beside those of the policy that
    params.yaml has, the items that would be relabelled, and tags that would cross the threshold.
    All answers that are there count, whether a build has taken them in or not. Nothing is written.
    """
    from tagledger.render import print_json, working
    from tagledger.render.policies import policies_json, policies_lines
    from tagledger.verdicts.policies import POLICIES
    from tagledger.verdicts.what_if import of_workspace

    root = find_repository().root
    with working("judging by each policy"):
        compared = of_workspace(root, quorum, confidence)
    if as_json:
        print_json(policies_json(compared))
        return
    for line in policies_lines(compared, POLICIES):
        errors.say(line)
