"""Which labelling tools there are, and whose a file is.

Tagledger's own are the modules of tagledger/annotation_tools/tools, each with a `TOOL`. A Python
package brings another one by an entry point of the group `tagledger.annotation_tools`, whose name
is what `--tool` takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Literal, NoReturn

from tagledger.annotation_tools.answers import Tool
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError, nearest
from tagledger.words import listed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

OWN = "tagledger.annotation_tools.tools"
GROUP = "tagledger.annotation_tools"


def check_options(
    tool: Tool, chosen: Iterable[str], purpose: Literal["reading", "writing"]
) -> None:
    """Refuse options that a tool does not have.

    Raises
    ------
    TagledgerError
        It does not have one of them; the hint names the nearest that it has.
    """
    options = tool.READ_OPTIONS if purpose == "reading" else tool.WRITE_OPTIONS
    for name in chosen:
        if name not in options:
            raise TagledgerError(
                f"{tool.NAME} has no option {name!r} for {purpose}",
                where="--option",
                hint=nearest(name, options) if options else "leave it out: there are none",
            )


@cache
def own() -> dict[str, Tool]:
    """Tagledger's own tools by their names."""
    modules = [one.name for one in iter_modules(import_module(OWN).__path__)]
    own_tools: list[Tool] = [import_module(f"{OWN}.{name}").TOOL for name in modules]
    return {tool.NAME: tool for tool in sorted(own_tools, key=lambda tool: tool.NAME)}


def tools() -> dict[str, Tool]:
    """All tools by their names: Tagledger's own, and those of installed packages.

    Raises
    ------
    TagledgerError
        A package brings a tool that cannot be used, or whose name is taken.
    """
    by_name = dict(own())
    for entry in _entry_points():
        if entry.name in by_name:
            _broken(entry, "another tool has its name")
        by_name[entry.name] = _loaded(entry)
    return by_name


def tool(name: str) -> Tool:
    """The tool of a name; a package is looked for only if Tagledger has none of its own.

    Raises
    ------
    TagledgerError
        There is none.
    """
    if name in own():
        return own()[name]
    by_name = tools()
    if name not in by_name:
        raise TagledgerError(
            f"there is no labelling tool {name!r}",
            where="--tool",
            hint=f"{nearest(name, by_name)}; a Python package may bring others",
        )
    return by_name[name]


def recognise(path: Path, content: bytes | None = None) -> Tool:
    """The tool whose file this is, by its content.

    Raises
    ------
    TagledgerError
        It is no tool's, or it may be several tools'; or it cannot be read.
    """
    file = ToolFile(path, content)
    file.data  # noqa: B018 - what cannot be read at all says so
    by_name = tools()
    fitting = [one for one in by_name.values() if not one.GENERAL and one.recognise(file)]
    fitting = fitting or [one for one in by_name.values() if one.GENERAL and one.recognise(file)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = [one.NAME for one in fitting]
        raise TagledgerError(
            f"this may be a file of {listed([one.TITLE for one in fitting], len(names))}",
            where=path,
            hint="say which: " + " or ".join(f"`--tool {name}`" for name in names),
        )
    raise TagledgerError(
        "this is no file of a labelling tool that Tagledger knows"
        + (f", but {file.what}" if file.what else ""),
        where=path,
        hint=f"say by `--tool` whose it is, to learn what is wrong with it: {', '.join(by_name)}",
    )


def _entry_points() -> list[EntryPoint]:
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP), key=lambda one: one.name)


def _loaded(entry: EntryPoint) -> Tool:
    try:
        loaded = entry.load()
    except Exception as error:  # noqa: BLE001 - another's code may raise anything
        _broken(entry, f"{type(error).__name__}: {error}", error)
    if isinstance(loaded, type):
        loaded = loaded()
    if not isinstance(loaded, Tool):
        _broken(entry, f"{entry.value} is not made from tagledger's Tool")
    if entry.name != getattr(loaded, "NAME", None):
        _broken(entry, f"{entry.value} has another NAME than its entry point")
    return loaded


def _broken(entry: EntryPoint, why: str, error: Exception | None = None) -> NoReturn:
    assert entry.dist is not None  # `entry_points` gives it
    package = entry.dist.name
    raise TagledgerError(
        f"the labelling tool {entry.name!r} of the package {package} {entry.dist.version} cannot "
        f"be used: {why}",
        where="the Python environment",
        hint=f"take it out with `pip uninstall {package}`, or install another version of it",
    ) from error
