"""The command line. It computes nothing itself."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from tagledger import __version__, errors
from tagledger.commands import compare, freeze, history, options, release
from tagledger.commands.options import Json
from tagledger.errors import TagledgerError


class _Commands(TyperGroup):
    """The commands; the list of them has each one's first sentence whole, on more lines if need be.

    Typer would cut it at the width of the terminal, unless Rich draws the list, which takes as
    long to import as all else that `--help` needs.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:
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

app = typer.Typer(
    name="tagledger",
    cls=_Commands,
    help="Keep a multi-label dataset the way git keeps code.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_ADDRESS = "127.0.0.1"  # the dashboard's: it is for this machine alone


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tagledger {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback acts
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Keep a multi-label dataset the way git keeps code."""
    context.call_on_close(options.print_problems)


@app.command()
def summary(as_json: Json = False) -> None:
    """Show the dataset of this repository, as it was last built."""
    from tagledger import render
    from tagledger.render.summary import print_summary
    from tagledger.summary import summarise
    from tagledger.versions import staleness

    repository = options.find_repository()
    found, stale = summarise(repository), staleness(repository)
    if as_json:
        changes = [asdict(change) for change in stale.changes]
        render.print_json(asdict(found) | {"stale": changes})
    else:
        print_summary(found)
    render.warn(stale.problem)


_COMMANDS: list[Callable[..., None]] = [
    *(history.versions, compare.compare, history.blame, history.history),
    *(freeze.freeze, release.rebuild, release.check, release.release),
]
for _command in _COMMANDS:
    app.command()(_command)
app.command(hidden=True)(release.diff_lock)


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    repo: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The dataset's repository; by default the one here."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL", help="Address of a proxy in front of it, https://HOST; may be repeated."
        ),
    ] = None,
) -> None:
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
    done = subprocess.run(command, env=environment, check=False)
    # 1 is a gate's: a server that failed is something that could not be done.
    raise typer.Exit(errors.EXIT_FAILED if done.returncode == 1 else done.returncode)


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
        app(standalone_mode=True)
    except TagledgerError as error:
        print(error, file=sys.stderr)
        sys.exit(errors.EXIT_FAILED)
    except KeyboardInterrupt:
        _say_interrupted()
    except SystemExit as ended:  # Typer makes one of an interrupted command
        if ended.code == errors.EXIT_INTERRUPTED:
            _say_interrupted()
        raise
    sys.exit(0)


def _say_interrupted() -> NoReturn:
    errors.say(errors.INTERRUPTED, stderr=True)
    sys.exit(errors.EXIT_INTERRUPTED)
