"""Formats: Tagledger's own, found by their folder, and those that a Python package brings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.raw import read, read_raw
from tagledger.sources import formats
from tagledger.sources.catalogue import identify, load_catalogue
from tagledger.sources.labels import readings
from tagledger.sources.models import in_words, key_of
from tagledger.sources.reading import Reading
from tagledger.stages.fetch import fetch

PLUGIN = Path(__file__).resolve().parents[1] / "plugin"
CODE = (PLUGIN / "tagledger_cards" / "__init__.py").read_text()
CARDS = "[7]\ntags = a|b\n[9]\n; no data\ntags = b\n"
ITEMS = {
    "file": "a.cards",
    "format": "cards",
    "package": "tagledger-cards",
    "columns": {"id": "id"},
}
LABELS = {"delimited": "tags", "separator": "|"}

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package on the path that says it brings a format."""

    def make(
        package: str = "tagledger-cards",
        version: str = "1.2",
        entry: str = "cards = {module}:Cards",
        code: str = CODE,
    ) -> Path:
        folder = tmp_path / f"site-{package}"
        module = package.replace("-", "_")
        info = folder / f"{module}-{version}.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        )
        points = f"[tagledger.formats]\n{entry.format(module=module)}\n"
        (info / "entry_points.txt").write_text(points)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, module, raising=False)
        return info

    return make


def reading(**items: Any) -> Reading:
    return Reading.model_validate({"items": ITEMS | items, "labels": LABELS})


def fault(**items: Any) -> tuple[str, str]:
    """The key and the message of a reading that is at fault."""
    with pytest.raises(ValidationError) as caught:
        reading(**items)
    first = caught.value.errors(include_url=False)[0]
    return key_of(first), in_words(first)


def refused(**items: Any) -> TagledgerError:
    with pytest.raises(TagledgerError) as caught:
        reading(**items)
    return caught.value


def test_the_formats_of_tagledger_and_what_tells_them() -> None:
    assert {"csv", "json", "jsonl", "parquet"} <= set(formats.own())
    endings = [ending for one in formats.own().values() for ending in one.ENDINGS]
    assert len(endings) == len(set(endings))
    assert all(ending == ending.lower() and ending.startswith(".") for ending in endings)


def test_the_ways_to_say_labels() -> None:
    assert {"list", "column", "delimited", "file", "align"} <= {one.KEY for one in readings()}
    for name in ("KEY", "RANK"):
        values = [getattr(one, name) for one in readings()]
        assert len(values) == len(set(values)), name
        assert all(name in vars(one) for one in readings()), "each says its own"
    for one in readings():
        assert one.KEY in one.model_fields
        assert one.BESIDE is None or one.BESIDE in one.model_fields


def test_a_packages_format_is_read(install: Install, tmp_path: Path) -> None:
    install()
    (tmp_path / "a.cards").write_text(CARDS)
    raw = read(reading(comment=";"), tmp_path)
    assert raw.items["id"].to_pylist() == [7, 9]
    assert raw.labels["tag"].to_pylist() == ["a", "b", "b"]
    dumped = reading(comment=";").model_dump(exclude_defaults=True)
    assert dumped["items"] == ITEMS | {"comment": ";"}
    assert Reading.model_validate(dumped) == reading(comment=";")


def test_a_packages_format_has_its_own_options(install: Install) -> None:
    install()
    assert fault(coment=";") == ("items.coment", "there is no such key; did you mean comment?")
    assert fault(comment="--")[0] == "items.comment"
    assert fault(delimiter=";") == (
        "items.delimiter",
        "only a csv or tsv file has a delimiter, not cards",
    )
    assert "comment" not in reading(comment="#").model_dump(exclude_defaults=True)["items"]


def test_a_package_has_to_be_named(install: Install) -> None:
    install()
    key, says = fault(package=None)
    assert key == "items.format"
    assert "say so with `package: tagledger-cards`" in says
    assert fault(format=None)[0] == "items.format"
    key, says = fault(format="csv")
    assert "csv is a format of Tagledger's own: leave out `package`" in says


def test_a_package_is_found_by_any_spelling_of_its_name(install: Install) -> None:
    install("Tagledger_CARDS")
    assert reading().items.kind == "cards"


def catalogue(folder: Path) -> Path:
    """A catalogue with a source of cards, and one of JSON."""
    (folder / "a.cards").write_text(CARDS)
    (folder / "a.json").write_text('[{"id": 1, "tags": ["x"]}]')
    plain = {"items": {"file": "a.json", "columns": {"id": "id"}}, "labels": {"list": "tags"}}
    both = {"cards": {"items": ITEMS | {"comment": ";"}, "labels": LABELS}, "plain": plain}
    sources = {
        name: {
            "description": name,
            "reading": one,
            "snapshots": {
                "v1": {
                    "location": str(folder),
                    "files": {
                        one["items"]["file"]: identify(folder / one["items"]["file"]).model_dump()
                    },
                }
            },
        }
        for name, one in both.items()
    }
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": sources}))
    return path


def test_only_the_source_that_is_chosen_needs_its_package(tmp_path: Path) -> None:
    known = load_catalogue(catalogue(tmp_path))
    out = tmp_path / "raw"
    fetch(known, "plain", "v1", root=tmp_path, out=out)
    assert "packages" not in json.loads((out / "provenance.json").read_text())
    with pytest.raises(TagledgerError) as caught:
        fetch(known, "cards", "v1", root=tmp_path, out=out)
    assert "read by the package tagledger-cards, which is not installed" in caught.value.what
    assert "`pip install tagledger-cards`" in caught.value.hint
    assert (out / "a.json").exists()


def test_a_version_of_the_data_says_what_read_it(install: Install, tmp_path: Path) -> None:
    install()
    out = tmp_path / "raw"
    fetch(load_catalogue(catalogue(tmp_path)), "cards", "v1", root=tmp_path, out=out)
    record = json.loads((out / "provenance.json").read_text())
    assert record["packages"] == {"cards": {"package": "tagledger-cards", "version": "1.2"}}
    assert read_raw(out, same_packages=True).rows == 2


def test_another_version_of_the_package_does_not_build(install: Install, tmp_path: Path) -> None:
    info = install()
    out = tmp_path / "raw"
    fetch(load_catalogue(catalogue(tmp_path)), "cards", "v1", root=tmp_path, out=out)
    metadata = (info / "METADATA").read_text()
    (info / "METADATA").write_text(metadata.replace("1.2", "1.3"))
    with pytest.raises(TagledgerError) as caught:
        read_raw(out, same_packages=True)
    assert "by tagledger-cards 1.2, and tagledger-cards 1.3 is installed" in caught.value.what
    assert "`pip install tagledger-cards==1.2`" in caught.value.hint
    assert read_raw(out).rows == 2  # as an old version's, to explain it

    (info / "METADATA").unlink()
    (info / "entry_points.txt").unlink()
    info.rmdir()
    with pytest.raises(TagledgerError) as caught:
        read_raw(out, same_packages=True)
    assert "`pip install tagledger-cards==1.2`" in caught.value.hint


def test_two_packages_with_one_format_are_both_named(install: Install) -> None:
    install()
    install("other-cards", "0.1")
    error = refused()
    assert "other-cards 0.1 and tagledger-cards 1.2" in error.what
    assert "`pip uninstall`" in error.hint


def test_a_package_without_the_format(install: Install) -> None:
    install(entry="card = {module}:Cards")
    error = refused()
    assert error.what == "the package tagledger-cards 1.2 brings no format 'cards'"
    assert "did you mean card?" in error.hint
    install("other-cards", "0.1")
    assert "the package tagledger-cards 1.2 brings no format 'cards'" in refused().what


@pytest.mark.parametrize(
    ("entry", "code", "why"),
    [
        ("cards = {module}:Cards", "import a_library_that_is_not_there", "ModuleNotFoundError"),
        ("cards = {module}:Cards", "raise SystemError('x')", "SystemError: x"),
        ("cards = {module}:Gone", CODE, "AttributeError"),
        ("cards = {module}:Cards", "class Cards: pass", "is no class made from tagledger's Format"),
        ("cards = {module}:Cards", "Cards = 3", "is no class made from tagledger's Format"),
        ("cards = {module}:Cards", CODE.replace('"cards"', '"card"'), "has another NAME"),
    ],
)
def test_a_package_that_is_broken_is_named(
    entry: str, code: str, why: str, install: Install
) -> None:
    install(entry=entry, code=code)
    error = refused()
    assert "the format 'cards' of the package tagledger-cards 1.2 cannot be used" in error.what
    assert why in error.what
    assert "`pip install --force-reinstall tagledger-cards`" in error.hint


def test_a_catalogue_looks_for_no_package_that_it_does_not_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def searched() -> list[Any]:
        raise AssertionError("looking through all that is installed takes long")

    monkeypatch.setattr(formats, "_entry_points", searched)
    root = PLUGIN.parents[1]
    assert load_catalogue(root / "data/sources.yaml", root=root)
