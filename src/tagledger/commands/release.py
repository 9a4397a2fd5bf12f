"""Commands that make versions and prove them: rebuild, check, release; git's diff of dvc.lock."""

from __future__ import annotations

import math
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.exceptions import Exit

from tagledger import errors
from tagledger.commands.options import as_json, find_repository
from tagledger.errors import TagledgerError
from tagledger.words import count, number, plain

if TYPE_CHECKING:
    from tagledger.versions import Listing, Repository, Staleness, Version

_UNMERGED = 1
_NAMED = 5

pass_env = click.option(
    "--pass-env",
    multiple=True,
    metavar="NAME",
    help="Pass this variable of the environment, such as a token, to the pipeline.",
)


class _Seconds(click.FloatRange):
    """A number of seconds; `nan`, which lies in every range, is none."""

    name = "number of seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Make a number of a word."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


@click.command()
@click.argument(
    "revisions",
    nargs=-1,
    metavar="[REV]...",
    help="Versions; by default all whose data is missing.",
)
@click.option("--timeout", type=_Seconds(min=1), metavar="SECONDS", help="Time limit for each.")
@click.option(
    "--yes",
    is_flag=True,
    help="Agree that the code of these versions may run; this clone remembers it.",
)
@pass_env
@click.option(
    "--find-links",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="A folder with wheels of the release that made a version, beside the package index.",
)
@as_json
def rebuild(
    revisions: Sequence[str],
    *,
    timeout: float | None,
    yes: bool,
    pass_env: Sequence[str],
    find_links: Sequence[Path],
    as_json: bool,
) -> None:
    """Run the pipelines of versions again, in temporary worktrees, and prove the result.

    The data goes to DVC's cache. Exits 1 if a version is not the recorded one, bit for bit. The
    command runs the code of these versions; in a clone, it asks before the first time. A version
    that another release of Tagledger made is run by that release, which uv installs in an
    environment of its own; where it cannot be had, nothing is changed.
    """
    from tagledger import versions
    from tagledger.render import print_json, release

    _stop_cleanly()
    repository = find_repository()
    if yes:
        versions.trust(repository)
    if revisions:
        wanted = [versions.find_version(repository, name) for name in revisions]
    else:
        wanted = [
            version
            for version in versions.list_versions(repository)
            if version.revision is not None and versions.available(repository, version) != "cache"
        ]
    if wanted:
        _ask_to_run(repository, [version.name for version in wanted])
    results = versions.rebuild(
        repository,
        wanted,
        progress=release.print_progress,
        timeout=timeout,
        pass_env=pass_env,
        find_links=find_links,
    )
    if as_json:
        print_json(release.rebuild_json(results))
    elif results:
        release.print_rebuilds(results)
    else:
        click.echo("The data of all versions is here. Name a version to prove it.")
    if any(result.problem for result in results):
        raise Exit(errors.EXIT_FAILED)
    raise Exit(int(not all(result.identical for result in results)))


def _ask_to_run(repository: Repository, names: Sequence[str]) -> None:
    """Ask once in a clone whether the code of its versions may run, and remember a yes.

    Raises
    ------
    TagledgerError
        The answer is no, or there is nobody to ask.
    """
    from tagledger import versions

    if versions.trusted(repository):
        return
    some = f"{', '.join(names[:_NAMED])}{' and others' if names[_NAMED:] else ''}"
    what = (
        f"rebuild runs the code of {some} with your rights, and this repository has a remote "
        f"elsewhere: {', '.join(versions.origins(repository))}"
    )
    if sys.stdin.isatty():
        errors.say(plain(f"{what}."), stderr=True)
        if click.confirm("Run it, and do not ask again in this clone?", err=True):
            versions.trust(repository)
            return
    raise TagledgerError(
        what,
        where=repository.root,
        hint="if you trust it, `tagledger rebuild --yes`, which is remembered in this clone; "
        "SECURITY.md says what runs code and what does not",
    )


@click.command()
@click.option(
    "--base", metavar="VERSION", help="Compare with this version, not with the last release."
)
@click.option("--deep", is_flag=True, help="First check the cached data of all versions.")
@click.option(
    "--yes",
    is_flag=True,
    help="Agree that the code of schemas/ may run; this clone remembers it, for rebuild too.",
)
@as_json
def check(*, base: str | None, deep: bool, yes: bool, as_json: bool) -> None:
    """Check all schemas and gates on the workspace, compared with the last release.

    Exits 1 if a check or a gate is broken, and 2 if the data is stale or data in the cache is
    damaged. Before the first release, gates that need a comparison are not compared. Checks of
    your own, in schemas/, are run too; in a clone, --yes agrees to that.
    """
    from tagledger import versions
    from tagledger.kept import output
    from tagledger.release.last_release import last_release
    from tagledger.render import release, working

    repository = find_repository()
    versions.finish_or_take_back(repository, progress=release.print_progress)
    if yes:
        versions.trust(repository)
    if deep:
        with working("hashing the cached data of all versions"):
            proof = versions.check_all(repository, versions.list_versions(repository))
        errors.say(
            f"{count(proof.objects, 'file')} in the cache: sound ({number(proof.size)} bytes)",
            stderr=True,
        )
    listing = versions.read_listing(repository)
    other = versions.find_version(repository, base) if base else last_release(listing)
    stale = versions.staleness(repository)

    def print_new() -> output.Printed:
        from tagledger.compare.late_parts import load_numpy_parts_late
        from tagledger.render import print_json

        load_numpy_parts_late()
        from tagledger.release.check import check_workspace

        with working("checking the workspace"):
            checked = check_workspace(repository, other, work_tree=listing.work_tree, stale=stale)
        if as_json:
            print_json(release.check_json(checked))
        else:
            release.print_check(checked)
            release.print_check_advice(checked)
        return output.Printed(int(checked.state == "broken"))

    ask = partial(_check_in_question, repository, listing, stale, other, as_json)
    raise Exit(output.print_kept(repository, ask, print_new))


def _check_in_question(
    repository: Repository,
    listing: Listing,
    stale: Staleness,
    base: Version | None,
    as_json: bool,  # noqa: FBT001
) -> dict[str, Any] | None:
    """What decides the answer of `check`; None where that cannot be said: see `results_key`."""
    from tagledger import versions
    from tagledger.kept import output
    from tagledger.kept.check_results import results_key
    from tagledger.release.last_release import first_of

    key = results_key(repository.root)
    if key is None:
        return None
    return {
        "check": [output.in_question(version) for version in (base, listing.work_tree)],
        "results": key,
        "stale": [[asdict(change) for change in stale.changes], str(stale.problem)],
        "lacking": [repository.is_shallow, repository.is_without_tags],
        "source": first_of(listing),
        "trusted": versions.trusted(repository),
        "options": [as_json],
    }


@click.command()
@click.argument("name", metavar="vX.Y.Z", help="The release.")
@click.option(
    "--message", "-m", metavar="TEXT", required=True, help="What people should know about it."
)
@click.option(
    "--force", is_flag=True, help="Allow a name whose level is lower than the changes need."
)
@click.option(
    "--keep-splits/--no-keep-splits",
    default=True,
    help="A second commit lets the items of this release keep their split in the next version.",
)
@pass_env
def release(
    name: str, *, message: str, force: bool, keep_splits: bool, pass_env: Sequence[str]
) -> None:
    """Release the last commit: repro, check, commit and annotated tag, in this order, or nothing.

    The release is built in a temporary worktree, so your files stay as they are until it is made.

    The tag's message and CHANGELOG-DATA.md say what changed since the last release. A tag that is
    gone or renamed makes a major release, new items or tags make a minor release, corrections make
    a patch. Exits 1 if a check or a gate does not hold.

    After the release's commit comes "next: keep vX.Y.Z's splits": it has the same data, and freezes
    the release's splits as tagledger freeze does. A file of your own that is the base stays.
    """
    from tagledger.release.release import NotHeldError
    from tagledger.release.release import release as make
    from tagledger.render import release

    _stop_cleanly()
    try:
        released = make(
            find_repository(),
            name,
            message,
            force=force,
            keep=keep_splits,
            pass_env=pass_env,
            progress=release.print_progress,
        )
    except NotHeldError as error:
        release.print_check(error.checked)
        print(error, file=sys.stderr)
        raise Exit(1) from error
    release.print_released(released)


@click.command(hidden=True)
@click.argument("words", nargs=-1, required=True)
def diff_lock(words: Sequence[str]) -> None:
    """Print the label difference of two dvc.lock, as git runs its diff drivers.

    Notes
    -----
    git gives the path, then file, blob and mode of the old and the new side, and two more words
    for a file that was renamed; for a file in conflict it gives the path only. git stops at a
    driver that fails, so this one prints a problem in place of the difference.
    """
    from tagledger.history.lock_diff import diff_locks, folder_of
    from tagledger.render import lock_diff

    # A pager that is left closes the pipe, which is no mistake.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    path, *sides = words
    if len(words) == _UNMERGED or len(sides) < 6:
        errors.say(f"{path}: not merged yet")
        return
    old, old_blob, _, new, new_blob, _ = sides[:6]
    names = (f"blob {old_blob[:7]}", f"blob {new_blob[:7]}" if new_blob.strip("0") else "workspace")
    try:
        # Two commits can be compared in the middle of a merge too.
        repository = find_repository(folder_of(path), unmerged=True)
        difference = diff_locks(path, Path(old), Path(new), names, repository=repository)
        lines = lock_diff.lock_diff_lines(path, difference)
    except TagledgerError as error:
        lines = lock_diff.lock_problem_lines(path, error)
    click.echo("\n".join(lines))


def _stop_cleanly() -> None:
    """Let a signal to end do what Ctrl-C does: undo what was begun."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is not signal.SIG_IGN:  # as `nohup` does
            signal.signal(ending, stop)
