"""The command line. It computes nothing itself."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click
from click.exceptions import Exit

from tagledger import __version__, errors
from tagledger.commands import (
    add,
    agreement,
    annotate,
    compare,
    freeze,
    history,
    init,
    inspect,
    options,
    pipeline,
    release,
    sources,
    taxonomy,
)
from tagledger.commands.options import as_json
from tagledger.errors import TagledgerError


class _Commands(options.Commands):
    """The commands of the program."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; Click would call an interrupted one "Aborted!", with exit code 1."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Exit(errors.EXIT_INTERRUPTED) from error


_ADDRESS = "127.0.0.1"  # the dashboard's: it is for this machine alone


@click.group(cls=_Commands, no_args_is_help=True)
@click.version_option(__version__, message="tagledger %(version)s", help="Print the version.")
@click.pass_context
def app(context: click.Context) -> None:
    """Keep a multi-label dataset the way git keeps code."""
    context.call_on_close(options.print_problems)


@app.command()
@as_json
def summary(*, as_json: bool) -> None:
    """Show the dataset of this repository, as it was last built."""
    from tagledger import render
    from tagledger.pipeline.table import TOOL_LOCK
    from tagledger.render.summary import print_summary
    from tagledger.summary import summarise
    from tagledger.versions import staleness

    repository = options.find_repository()
    dataset_summary, stale = summarise(repository), staleness(repository)
    if as_json:
        changes = [asdict(change) for change in stale.changes]
        render.print_json(asdict(dataset_summary) | {"stale": changes})
    else:
        own_code = not (repository.root / TOOL_LOCK).is_file()
        print_summary(dataset_summary, unfinished=bool(stale.unfinished), own_code=own_code)
    render.warn(stale.problem)


for _command in (
    *(history.versions, compare.compare, history.blame, history.history),
    *(freeze.freeze, release.rebuild, release.check, release.release, release.diff_lock),
    *(init.init, add.add, sources.sources, inspect.inspect),
    *(annotate.annotate, agreement.agreement, taxonomy.taxonomy, pipeline.upgrade, pipeline.stage),
):
    app.add_command(_command)


@app.command()
@click.option("--port", type=int, default=8501, show_default=True, help="Port on this machine.")
@click.option(
    "--repo",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The dataset's repository; by default the one here.",
)
@click.option(
    "--origin",
    multiple=True,
    metavar="URL",
    help="Address of a proxy in front of it, https://HOST; may be repeated.",
)
@click.option(
    "--annotator",
    metavar="NAME",
    help="Who labels on its pages: the name that the answers get, for ever.",
)
def dashboard(port: int, repo: Path | None, origin: Sequence[str], annotator: str | None) -> None:
    """Open the dashboard in the browser."""
    from tagledger.events.event import check_name
    from tagledger.ports import check_port
    from tagledger.versions import list_versions

    repository = options.find_repository(repo)
    if find_spec("tagledger_dashboard") is None:
        raise TagledgerError(
            "the dashboard is not installed", hint="install Tagledger again: `make setup`"
        )
    here = "" if repo is None else f" --repo {shlex.quote(str(repo))}"
    if annotator is not None:
        here += f" --annotator {shlex.quote(check_name(annotator))}"
    check_port(port, _ADDRESS, lambda free: f"tagledger dashboard --port {free}{here}")
    with suppress(TagledgerError):  # which the page says
        list_versions(repository)
    options.print_problems()
    command = [
        # -P: a folder of that name where this is run is not it.
        *(sys.executable, "-P", "-m", "tagledger_dashboard"),
        *("--server.address", _ADDRESS, "--server.port", str(port)),
        *("--browser.gatherUsageStats", "false"),
    ]
    environment = os.environ | {"TAGLEDGER_REPO": str(repository.root)}
    if origin:
        environment["TAGLEDGER_ORIGIN"] = " ".join(origin)
    if annotator is not None:
        environment["TAGLEDGER_ANNOTATOR"] = annotator
    code = _serve(command, environment)
    # 1 is a gate's: a server that failed is something that could not be done.
    raise Exit(errors.EXIT_FAILED if code == 1 else code)


def _serve(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a server to its end; a request to end this process ends the server too."""
    # An exception, which this makes of the request, ends what `subprocess.run` waits for.
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        signal.signal(signal.SIGTERM, before)


def _refuse_unprintable(words: list[str]) -> None:
    """Refuse an option that no terminal shows as it is: what complains of it would print it."""
    for word in words:
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        if word.startswith("-") and not name.isprintable():
            raise TagledgerError(
                f"there is no option {name!r}", hint="`tagledger --help` lists what there is"
            )


def main() -> NoReturn:
    """Run the command line; a `TagledgerError` becomes exit code 2 and no traceback."""
    try:
        _refuse_unprintable(sys.argv[1:])
        app()
    except TagledgerError as error:
        print(error, file=sys.stderr)
        sys.exit(errors.EXIT_FAILED)
    except KeyboardInterrupt:
        _say_interrupted()
    except SystemExit as ended:
        if ended.code == errors.EXIT_INTERRUPTED:
            _say_interrupted()
        raise
    sys.exit(0)


def _say_interrupted() -> NoReturn:
    errors.say(errors.INTERRUPTED, stderr=True)
    sys.exit(errors.EXIT_INTERRUPTED)
