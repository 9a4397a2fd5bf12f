"""The command that freezes the split base."""

from __future__ import annotations

import click

from tagledger import errors
from tagledger.commands.options import find_repository
from tagledger.words import count


@click.command()
@click.argument(
    "version", metavar="VERSION", help="A version, or a file with the columns id and split."
)
def freeze(version: str) -> None:
    """Keep the split of a version: its items keep their split when the dataset grows."""
    from tagledger.release.freeze import freeze_version
    from tagledger.render.release import print_progress
    from tagledger.splitting.base import FOLDER
    from tagledger.versions import finish_or_take_back

    repository = find_repository()
    finish_or_take_back(repository, progress=print_progress)
    frozen = freeze_version(repository, version)
    errors.say(
        f"{count(len(frozen.assignments), 'item')} will keep the split of {frozen.name}: "
        f"{FOLDER} holds it,\nand split.base in params.yaml names it.\n"
        "Next: dvc repro, then commit both with dvc.lock."
    )
