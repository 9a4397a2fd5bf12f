"""docs/keys.md says what the code says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from docs import keys
from tagledger import params
from tagledger.sources import formats, labels, reading
from tagledger.sources.models import Model, Name, OneCharacter

TEXT = keys.KEYS.read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The part of the reference below a heading of the third level."""
    return TEXT.partition(f"### {heading}\n")[2].partition("\n##")[0]


def test_the_reference_is_what_the_code_says() -> None:
    assert keys.render() == TEXT, "run `make keys`"


def test_every_format_label_reading_and_section_of_parameters_is_in_it() -> None:
    headings = [f"`format: {name}`" for name in formats.own()]
    headings += [f"`{one.SECTION}`" for one in params.SECTIONS]
    headings += [f"`{name}`" for name in keys.gates()]
    for one in labels.readings():
        told = f"`{one.BESIDE}` and `{one.KEY}`" if one.BESIDE else f"`{one.KEY}`"
        headings.append(f"`reading.labels` with {told}")
    for heading in headings:
        assert section(heading).strip(), heading


def test_a_key_has_its_type_default_limits_and_meaning() -> None:
    row = next(line for line in section("`split`").splitlines() if line.startswith("| `folds`"))
    assert row.startswith("| `folds` | whole number or null | `null` | at least 2; at most 100 |")
    assert "| `seed` | whole number | `0` |" in section("`split`")
    assert "| `earliest_year` | whole number | `1900` | at least 1; at most 9999 |" in TEXT
    assert "| `delimiter` | text | `,` | not empty |" in section("`format: csv`")
    assert "| `quote` | text or null | `null` | one character |" in section("`format: csv`")
    assert "`words` or `exact`" in section("`clean`")


def test_a_file_of_labels_does_not_repeat_what_all_files_have() -> None:
    for told in ("`file`", "`file` and `align`"):
        found = re.findall(r"^\| `(\w+)`", section(f"`reading.labels` with {told}"), re.MULTILINE)
        assert not set(found) & set(keys.OF_ALL_FORMATS)
    assert set(keys.OF_ALL_FORMATS) == set(reading.FileReading.model_fields)


@pytest.mark.parametrize(
    ("annotation", "kind", "limits"),
    [
        (str, "text", []),
        (Name, "text", ["not empty"]),
        (OneCharacter, "text", ["not empty", "at most 1 long"]),
        (Annotated[float, Field(gt=0, lt=1)] | None, "number or null", ["above 0", "below 1"]),
        (Literal["a", "b"], "text", ["`a` or `b`"]),
        (Literal["a"] | list[str], "text or list of text", ["`a`"]),
        (bool, "true or false", []),
        (dict[Name, int], "mapping of text to whole number", ["each name not empty"]),
        (reading.Columns, "mapping", []),
    ],
    ids=str,
)
def test_types_in_words(annotation: Any, kind: str, limits: list[str]) -> None:
    assert keys.described(annotation) == (kind, limits)


class Undescribed(Model):
    """A model.

    Attributes
    ----------
    said
        What it is.
    """

    said: int
    unsaid: int


def test_a_key_that_no_docstring_describes_is_named() -> None:
    with pytest.raises(ValueError, match="Undescribed does not say what unsaid is"):
        keys.table(Undescribed)


def test_readme_links_it() -> None:
    assert "docs/keys.md" in (Path(keys.KEYS).parents[1] / "README.md").read_text("utf-8")
