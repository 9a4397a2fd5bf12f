"""Make docs/keys.md, every key of data/sources.yaml and params.yaml: `make keys`.

All of it is read from the code: the keys are the fields of the models, their types and limits are
the fields' annotations, their meaning is what the models' docstrings say under `Attributes`.
Fails, and names the key, where a docstring says nothing of a field.
"""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import BaseMetadata
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs import causes
from tagledger import params
from tagledger.bounds import Limit
from tagledger.readers.values import paths
from tagledger.sources import formats, labels, reading
from tagledger.sources.catalogue import Catalogue, FileIdentity, Snapshot, Source

KEYS = Path(__file__).resolve().parent / "keys.md"

HEAD = """\
# Every key of data/sources.yaml and params.yaml

Made by `make keys` from the code: do not edit. A test makes it again. A key without a default must
be given; a key that is not here is refused, with the nearest one that is. What stands under
`reading` holds for files of every format, but for the options that are listed with their format.
"""
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "any"}
BOUNDS = {
    "ge": "at least {}",
    "gt": "above {}",
    "le": "at most {}",
    "lt": "below {}",
    "min_length": "not empty",
    "max_length": "at most {} long",
    "pattern": "`{}`",
}
_LARGEST_YEAR = 9999
# What a reading of a file has, of whichever format.
OF_ALL_FORMATS = list(reading.FileReading.model_fields)


def gates() -> dict[str, type]:
    """Return the sections of params.yaml that limit a version."""
    from tagledger.release.gates import DriftLimit, Gates

    return {one.SECTION: params.checked(one) for one in (Gates, DriftLimit)}


def fields_of(model: type) -> Mapping[str, FieldInfo]:
    """Return the fields of a pydantic model or dataclass by their names."""
    found: Mapping[str, FieldInfo] = getattr(model, "__pydantic_fields__", {})
    return found


def prose(model: type) -> str:
    """Return what the docstring of a model says before its `Attributes`."""
    text, _, _ = inspect.cleandoc(model.__doc__ or "").partition("\nAttributes\n---")
    return text.strip()


def meanings(model: type) -> dict[str, str]:
    """Return what the docstrings of a model, and of those that it is made from, say of fields."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        text = inspect.cleandoc(one.__dict__.get("__doc__") or "")
        _, _, attributes = text.partition("\nAttributes\n----------\n")
        for entry in re.split(r"\n(?=\S)", attributes):
            names, _, meaning = entry.partition("\n")
            found |= dict.fromkeys(re.split(r",\s*", names), " ".join(meaning.split()))
    return found


def described(annotation: Any, metadata: Iterable[Any] = ()) -> tuple[str, list[str]]:
    """Return the type of a value in words, and its limits."""
    origin, inner = get_origin(annotation), get_args(annotation)
    limits = [limit for one in metadata for limit in _limits(one)]
    if origin is Annotated:
        kind, more = described(inner[0], inner[1:])
        return kind, limits + more
    if origin in {Union, types.UnionType}:
        parts = [described(one) for one in inner if one is not type(None)]
        kinds = list(dict.fromkeys(kind for kind, _ in parts))
        kinds += ["null"] if type(None) in inner else []
        return " or ".join(kinds), limits + [limit for _, more in parts for limit in more]
    if origin is Literal:
        return "text", [" or ".join(f"`{word}`" for word in inner)]
    if origin is dict:
        (of, names), (to, _) = described(inner[0]), described(inner[1])
        return f"mapping of {of} to {to}", limits + [f"each name {limit}" for limit in names]
    kind = f"list of {described(inner[0])[0]}" if origin is list else PLAIN.get(annotation)
    return kind or "mapping", limits


def _limits(one: Any) -> Iterator[str]:
    """Yield what a piece of a field's metadata says in words."""
    if isinstance(one, FieldInfo | Limit):
        for inner in one.metadata if isinstance(one, FieldInfo) else one:
            yield from _limits(inner)
    elif isinstance(one, BaseMetadata) or hasattr(one, "pattern"):
        for name, words in BOUNDS.items():
            if (bound := getattr(one, name, None)) is not None:
                yield words.format(_number(bound))


def _number(bound: Any) -> Any:
    """Return a bound as a reader writes it: commas in what is more than a year."""
    if isinstance(bound, int):
        return f"{bound:,}" if abs(bound) > _LARGEST_YEAR else bound
    return f"{bound:g}" if isinstance(bound, float) else bound


def row(key: str, field: FieldInfo, meaning: str) -> tuple[str, ...]:
    """Return the row of a key: its name, type, default, limits and meaning."""
    kind, limits = described(field.annotation, field.metadata)
    default = field.get_default(call_default_factory=True)
    shown = "must be given"
    if default is not PydanticUndefined:
        shown = f"`{default if isinstance(default, str) else json.dumps(default)}`"
    if "at most 1 long" in limits:
        limits = ["one character"]
    return f"`{key}`", kind, shown, "; ".join(dict.fromkeys(limits)), meaning


def table(model: type, *, without: Iterable[str] = ()) -> list[str]:
    """Return the table of a model's keys.

    Raises
    ------
    ValueError
        No docstring says what a key means.
    """
    said = meanings(model)
    rows = []
    must_first = sorted(fields_of(model).items(), key=lambda one: not one[1].is_required())
    for key, field in must_first:
        if not said.get(key):
            raise ValueError(f"the docstring of {model.__name__} does not say what {key} is")
        if key not in set(without):
            rows.append(row(key, field, said[key]))
    if not rows:
        return ["No further keys."]
    heads = ("key", "type", "default", "limits", "meaning")
    lines = [heads, ("---",) * len(heads), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def section(title: str, model: type, *more: str, without: Iterable[str] = ()) -> list[str]:
    """Return the part of one model: its heading, what it is, and its keys."""
    notes = [line for note in more for line in (note, "")]
    return [f"### {title}", "", prose(model), "", *notes, *table(model, without=without), ""]


def sources() -> list[str]:
    """Return the part of data/sources.yaml."""
    place = "`sources.NAME"
    items, own = reading.ItemsReading, formats.own().values()
    lines = [
        *("## data/sources.yaml", ""),
        *section("the file", Catalogue),
        *section(f"{place}`", Source),
        *section(f"{place}.snapshots.NAME`", Snapshot),
        *section(f"{place}.snapshots.NAME.files.PATH`", FileIdentity),
        *section("`reading`", reading.Reading),
        *section("`reading.items`", items, _OPTIONS),
        *section("`reading.items.columns`", reading.Columns),
        *_own_file("`description` or `text` with `file`", reading.TextFile),
        *("### names of columns", "", inspect.cleandoc(paths.__doc__ or ""), ""),
    ]
    for one in labels.readings():
        of_file = issubclass(one, reading.FileReading)
        more, without = ([_OF_A_FILE], OF_ALL_FORMATS) if of_file else ([], [])
        told = f"`{one.BESIDE}` and `{one.KEY}`" if one.BESIDE else f"`{one.KEY}`"
        lines += section(f"`reading.labels` with {told}", one, *more, without=without)
    lines += [
        *_own_file("`names` with `file`", labels.NamesFile),
        *_own_file("`indicators` with `file`", labels.TagFile),
    ]
    lines += section("`reading.taxonomy`", reading.TaxonomyReading, _OPTIONS)
    lines += ["## Formats", "", _FORMATS, ""]
    for format_ in own:
        endings = "No ending tells it: name it with `format`."
        if format_.ENDINGS:
            endings = f"Known by the ending {_and(format_.ENDINGS)}."
        lines += section(f"`format: {format_.NAME}`", format_, endings)
    return lines


def _own_file(title: str, model: type) -> list[str]:
    """Return the part of a file that stands for one key's value, such as that with names."""
    return section(title, model, _OF_A_FILE, without=OF_ALL_FORMATS)


_OPTIONS = "The options of the file's format stand beside these keys: see [Formats](#formats)."


def _and(names: Iterable[str]) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}" if most else last


_OF_A_FILE = f"It has {_and(OF_ALL_FORMATS)}, too, as `reading.items` has. {_OPTIONS}"
_FORMATS = """\
A file's ending tells its format, also before `.gz` or `.zst`; else `format` names it. A Python
package may bring a format: then `format` and `package` name both, and the options are those of the
package."""


def parameters() -> list[str]:
    """Return the part of params.yaml."""
    sections = {one.SECTION: params.checked(one) for one in params.SECTIONS} | gates()
    lines = ["## params.yaml", ""]
    for name, model in sections.items():
        lines += section(f"`{name}`", model)  # type: ignore[arg-type]
    return lines


def render() -> str:
    """Return the text of docs/keys.md."""
    return "\n".join([HEAD, *sources(), *parameters()]).rstrip() + "\n"


def main() -> None:
    """Write the reference, and the causes in the schemas of the JSON."""
    KEYS.write_text(render(), encoding="utf-8")
    causes.main()


if __name__ == "__main__":
    main()
