"""Commands of a repository of one's own: run a stage of the installed tool, take a newer tool."""

from __future__ import annotations

import runpy
from pathlib import Path

import click

from tagledger import errors
from tagledger.commands.options import as_json, find_repository


@click.command(hidden=True)
@click.argument("name", metavar="NAME", help="The stage.")
def stage(name: str) -> None:
    """Run a stage of the pipeline: dvc.yaml calls it in its folder.

    It refuses to run where tagledger.lock has another digest of its code.
    """
    from tagledger.pipeline.tool_lock import refuse_other_code

    refuse_other_code(Path.cwd(), name)
    runpy.run_module(f"tagledger.stages.{name}", run_name="__main__", alter_sys=True)


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option(
    "--replace-pipeline",
    is_flag=True,
    help="Replace dvc.yaml even if you changed it; commit it first.",
)
@as_json
def upgrade(*, dry_run: bool, replace_pipeline: bool, as_json: bool) -> None:
    """Make the dataset by the installed release of Tagledger from now on.

    Shows which releases differ and which stages run again, and writes tagledger.lock,
    requirements.txt and, if the new release has another one, dvc.yaml; and what else it needs that
    an older one did not make, such as a section of params.yaml. Install the release before, with
    pip. A stage whose code is the same does not run again. `git checkout tagledger.lock
    requirements.txt dvc.yaml params.yaml` takes an upgrade back.
    """
    from tagledger.pipeline.upgrading import apply_upgrade, plan_upgrade
    from tagledger.render import print_json
    from tagledger.render.upgrade import upgrade_json, upgrade_lines
    from tagledger.starting.additions import additions

    root = find_repository().root
    plan = plan_upgrade(root, additions(root), replace_pipeline=replace_pipeline)
    if not dry_run:
        apply_upgrade(root, plan)
    if as_json:
        print_json(upgrade_json(plan, dry_run=dry_run))
        return
    for line in upgrade_lines(plan, dry_run=dry_run):
        errors.say(line)
