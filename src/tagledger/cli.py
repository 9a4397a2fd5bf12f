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
    compare,
    freeze,
    history,
    init,
    inspect,
    options,
    pipeline,
    release,
    sources,
)
from tagledger.commands.options import as_json
from tagledger.errors import TagledgerError


class _Commands(click.Group):
    """The commands in the order of a day's work.

    The list of them has each one's first sentence whole, on more lines if need be.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks so
        """Name the commands as they were added; Click would sort them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; Click would call an interrupted one "Aborted!", with exit code 1."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Exit(errors.EXIT_INTERRUPTED) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        shown = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(limit=_WHOLE))
                    for name, command in shown
                    if command is not None and not command.hidden
                ]
            )


_WHOLE = 1000  # characters of a sentence

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
    from tagledger.pipeline.tool_lock import TOOL_LOCK
    from tagledger.render.summary import print_summary
    from tagledger.summary import summarise
    from tagledger.versions import staleness

    repository = options.find_repository()
    found, stale = summarise(repository), staleness(repository)
    if as_json:
        changes = [asdict(change) for change in stale.changes]
        render.print_json(asdict(found) | {"stale": changes})
    else:
        own_code = not (repository.root / TOOL_LOCK).is_file()
        print_summary(found, unfinished=bool(stale.unfinished), own_code=own_code)
    render.warn(stale.problem)


for _command in (
    *(history.versions, compare.compare, history.blame, history.history, agreement.agreement),
    *(freeze.freeze, release.rebuild, release.check, release.release, release.diff_lock),
    *(init.init, add.add, sources.sources, inspect.inspect, pipeline.upgrade, pipeline.stage),
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
def dashboard(port: int, repo: Path | None, origin: Sequence[str]) -> None:
    """Open the dashboard in the browser."""
    from tagledger.ports import check_port
    from tagledger.versions import list_versions

    repository = options.find_repository(repo)
    if find_spec("tagledger_dashboard") is None:
        raise TagledgerError(
            "the dashboard is not installed", hint="install Tagledger again: `make setup`"
        )
    here = "" if repo is None else f" --repo {shlex.quote(str(repo))}"
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
