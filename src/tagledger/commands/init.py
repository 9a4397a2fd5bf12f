"""The command that makes a dataset repository of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tagledger import errors
from tagledger.commands.asking import reading_options, settled
from tagledger.errors import TagledgerError
from tagledger.words import listed

if TYPE_CHECKING:
    from tagledger.commands.asking import Settled
    from tagledger.guess.answers import Answers
    from tagledger.starting.making import FirstData, Made


@click.command()
@click.argument("words", nargs=-1, metavar="[DIR]")
@click.option(
    "--from",
    "files",
    multiple=True,
    metavar="FILE...",
    help="The file with the data, or several.",
)
@click.option("--yes", is_flag=True, help="Take the likeliest reading, and ask nothing.")
@click.option(
    "--source",
    metavar="NAME",
    help="What the source is called; by default as its file, or as DIR if there are several.",
)
@click.option(
    "--snapshot", metavar="NAME", help="What its first snapshot is called; by default the date."
)
@click.option(
    "--threshold",
    type=click.IntRange(min=1),
    metavar="N",
    help="Fewest items of a tag that is kept; by default it fits the size of the data.",
)
@reading_options
def init(
    words: Sequence[str],
    *,
    files: Sequence[str],
    answers: Answers,
    yes: bool,
    source: str | None,
    snapshot: str | None,
    threshold: int | None,
) -> None:
    """Make a dataset repository of your own, in DIR or here, with its first commit.

    With --from it guesses how the file is to be read, as `tagledger inspect` does, shows the first
    three items and asks whether that is right; what an option says is not guessed. The file is
    copied into the repository, and `dvc repro` builds the dataset at once. Without --from the
    repository waits for `tagledger add`.

    What is in DIR stays as it is: files that the repository has itself must not be there, and a
    git repository that DIR is in is used. If something fails, nothing was written.
    """
    from tagledger.adding.names import refuse_name
    from tagledger.starting.folder import refuse_folder, resolved
    from tagledger.starting.making import make_repository
    from tagledger.versions.new_repository import (
        refuse_missing_programs,
        refuse_no_identity,
        work_tree_above,
    )

    folder, files = _folder_and_files(words, files)
    root = resolved(folder.expanduser())
    refuse_folder(root, [resolved(Path(one)) for one in files])
    refuse_missing_programs()
    top = work_tree_above(root)
    refuse_no_identity(root)
    day = datetime.now(UTC).astimezone().date()
    snapshot = day.isoformat() if snapshot is None else snapshot
    refuse_name(snapshot, option="--snapshot")
    if source is not None:
        refuse_name(source, option="--source")
    data = None
    if files:
        from tagledger.starting.naming import first_source_name

        name = source or first_source_name([resolved(Path(one)) for one in files], root)
        data = _first_data(settled(files, answers, yes=yes), name, snapshot, threshold)
    created = make_repository(root, top, data, day)
    _say(created, data, folder)


def _folder_and_files(words: Sequence[str], files: Sequence[str]) -> tuple[Path, list[str]]:
    """The folder, and all files: those that stand behind the first one of --from are files too.

    Raises
    ------
    TagledgerError
        More than one word names no file.
    """
    more = [word for word in words if files and Path(word).is_file()]
    folders = [word for word in words if word not in more]
    if len(folders) > 1:
        named = "are no files, and one folder is made" if files else "are several folders"
        raise TagledgerError(
            f"{listed(folders)} {named}",
            hint="`tagledger init DIR --from FILE...` names one folder and the files",
        )
    return Path(folders[0] if folders else "."), [*files, *more]


def _first_data(
    settled_reading: Settled, source: str, snapshot: str, threshold: int | None
) -> FirstData:
    """The data that the repository begins with, as it was settled."""
    from tagledger.adding.placing import files_of_reading
    from tagledger.starting.choices import chosen_for
    from tagledger.starting.making import FirstData
    from tagledger.starting.naming import without_its_month

    read = files_of_reading(settled_reading.reading, settled_reading.folder)
    reading, named = without_its_month(settled_reading.reading, read)
    choices = chosen_for(settled_reading.proof, threshold)
    return FirstData(source, snapshot, reading, named, choices)


def _say(created: Made, data: FirstData | None, folder: Path) -> None:
    """Say what was made, and what to run."""
    about = f" with the source {data.source}, snapshot {data.snapshot}" if data else ""
    errors.say(f"\n{created.folder} is a dataset repository now{about}.")
    for name in created.stayed:
        errors.say(f"{name} stays as it was.")
    for name in created.extended:
        more = (
            ", and is not committed: it had changes before" if name in created.not_committed else ""
        )
        errors.say(f"{name} has more lines at its end{more}.")
    for name in created.kept_by_dvc:
        errors.say(f"{name} is kept by DVC, as it is large; git has its .dvc file.")
    for name, value in (data.choices.values if data else {}).items():
        because = data.choices.why.get(name, "as you said") if data else ""
        errors.say(f"{name} is {value}: {because}.")
    named = f"./{folder}" if str(folder).startswith("-") else str(folder)
    go = "" if created.folder == Path.cwd() else f"cd {shlex.quote(named)} && "
    if data is None:
        errors.say(f"Next: {go}tagledger add FILE, which brings the first file.")
        return
    errors.say(
        f"Next: {go}dvc repro\n"
        'then: git add --all && git commit -m "Build the dataset"\n'
        "and `tagledger dashboard` shows it."
    )
    if data.reading["labels"] == "none":
        errors.say(
            "Nothing is labelled yet: `tagledger annotate start first --items all --tags TAG,TAG "
            "--annotators NAME` begins."
        )
