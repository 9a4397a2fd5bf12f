"""The text of params.yaml that `init` writes: every section and parameter, with its comment."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from tagledger import params
from tagledger.starting import params_text as text
from tagledger.starting.params_text import COMMENTS, defaults, params_text

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_parameter_has_its_line_and_its_comment() -> None:
    written = params_text({}, {})
    document = yaml.safe_load(written)
    assert list(document) == [*(one.SECTION for one in params.SECTIONS), "gates"]
    for section in params.SECTIONS:
        names = [one.name for one in fields(section)]  # type: ignore[arg-type]
        assert list(document[section.SECTION]) == names
        for name in names:
            assert f"# {COMMENTS[f'{section.SECTION}.{name}']}\n" in written
    assert {f"{section}.{key}" for section in defaults() for key in defaults()[section]} == set(
        COMMENTS
    )


def test_all_but_the_source_can_be_loaded_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(params_text({}, {}))
    for section in set(params.SECTIONS) - {params.FetchParams}:
        assert vars(params.load(section, file)) == defaults()[section.SECTION]


@dataclass(frozen=True)
class More:
    SECTION: ClassVar[str] = "more"

    least: int = 3


def test_a_section_that_is_listed_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "SECTIONS", (*params.SECTIONS, More))
    monkeypatch.setitem(COMMENTS, "more.least", "fewest of them")
    assert "\nmore:\n  least: 3 # fewest of them\n" in params_text({}, {})


def test_this_repository_has_the_same_comments() -> None:
    section = ""
    own = {}
    for line in (REPOSITORY / "params.yaml").read_text().splitlines():
        if line and not line[0].isspace():
            section = line.partition(":")[0]
        elif line.startswith("  ") and line[2].isalpha() and " # " in line:
            own[f"{section}.{line.split(':')[0].strip()}"] = line.partition(" # ")[2]
    assert own.keys() == COMMENTS.keys()
    for name, comment in COMMENTS.items():
        assert own[name].startswith(comment), name
