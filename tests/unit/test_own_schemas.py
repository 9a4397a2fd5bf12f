"""The user's own schemas: what they add is enforced, and they can take nothing away."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tagledger import validation
from tagledger.errors import TagledgerError
from tagledger.own_schemas.files import KINDS, adding, content_key, file_of
from tagledger.own_schemas.loading import own_model
from tagledger.own_schemas.rules import models
from tagledger.own_schemas.templates import template
from tagledger.validation import find_failures, results, validate
from tagledger_schemas import annotated, clean, filtered, splits
from tests.factories import (
    disputes,
    items,
    labels,
    rejected,
    tag_changes,
    taxonomy,
    verdicts,
)


def uncommented(text: str) -> str:
    """A template with its comments made code, as its first lines tell people to."""
    return re.sub(r"^( *)# ", r"\1", text, flags=re.MULTILINE)


MODULES = {"clean": clean, "annotated": annotated, "filtered": filtered, "splits": splits}
HEAD = "import pandas as pd\nimport pandera.pandas as pa\nfrom pandera.typing import Series\n"
HEAD += "from tagledger_schemas import clean\n"
TITLED = """
class Items(clean.Items):
    @pa.check("title")
    def has_a_title(cls, titles):
        return titles != ""
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of own schemas, below the imports that it needs; the repository's folder."""

    def written(body: str, name: str = "clean.py", *, head: str = HEAD, root: str = "mine") -> Path:
        folder = tmp_path / root
        (folder / "schemas").mkdir(parents=True, exist_ok=True)
        (folder / "schemas" / name).write_text(head + body)
        return folder

    return written


def failed_checks(model: Any, df: pd.DataFrame) -> set[str]:
    return set(find_failures(model, df, "t")["check"])


# What is added holds


def test_a_check_of_ones_own_runs_beside_those_of_the_package(write: Write) -> None:
    model = own_model(clean.Items, write(TITLED))
    assert issubclass(model, clean.Items)
    found = find_failures(model, items({1: "", 2: " a"}), "clean/items")
    assert set(map(tuple, found[["id", "column", "check"]].to_numpy())) == {
        ("1", "title", "has_a_title"),
        ("2", "title", "no_space_around"),
    }
    listed = [one.check for one in results(model, items([1]), "clean/items")]
    packaged = [one.check for one in results(clean.Items, items([1]), "clean/items")]
    assert sorted(listed) == sorted([*packaged, "has_a_title"])


def test_a_stage_stops_at_a_check_of_ones_own_and_says_whose_it_is(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(TITLED)
    monkeypatch.setattr(validation, "FAILURES", Path("failures.csv"))
    with chdir(root):
        with pytest.raises(TagledgerError, match="has_a_title") as caught:
            validate(clean.Items, items({1: ""}), "clean/items")
        assert "has_a_title" in Path("failures.csv").read_text()
    assert caught.value.where == "clean/items, model Items in schemas/clean.py"
    with chdir(root.parent):
        validate(clean.Items, items({1: ""}), "clean/items")


def test_what_is_not_there_adds_nothing(write: Write, tmp_path: Path) -> None:
    assert own_model(clean.Items, tmp_path) is clean.Items
    assert own_model(clean.Items, None) is clean.Items
    root = write(TITLED)
    assert own_model(clean.Labels, root) is clean.Labels
    assert own_model(filtered.Tags, root) is filtered.Tags
    assert own_model(clean.Items, None) is clean.Items


def test_a_file_that_only_imports_the_packaged_model_adds_nothing(write: Write) -> None:
    assert own_model(clean.Items, write("from tagledger_schemas.clean import Items")) is clean.Items


def test_two_repositories_in_one_process_do_not_mix(write: Write) -> None:
    one = write(TITLED, root="one")
    other = write(TITLED.replace("has_a_title", "is_named"), root="other")
    empty = items({1: ""})
    assert failed_checks(own_model(clean.Items, one), empty) == {"has_a_title"}
    assert failed_checks(own_model(clean.Items, other), empty) == {"is_named"}
    assert failed_checks(own_model(clean.Items, one), empty) == {"has_a_title"}


def test_a_file_that_changed_is_run_again_and_else_once(write: Write) -> None:
    root = write(TITLED)
    before = own_model(clean.Items, root)
    assert own_model(clean.Items, root) is before
    write(TITLED.replace("has_a_title", "is_named"))
    assert failed_checks(own_model(clean.Items, root), items({1: ""})) == {"is_named"}


def test_only_the_file_of_the_table_is_run(write: Write) -> None:
    root = write("raise RuntimeError", "splits.py")
    assert own_model(clean.Items, root) is clean.Items
    with pytest.raises(TagledgerError):
        own_model(splits.Assignments, root)


def test_nothing_is_left_on_the_path_or_on_the_disk(write: Write) -> None:
    path = list(sys.path)
    root = write(TITLED)
    own_model(clean.Items, root)
    assert sys.path == path
    assert "clean" not in sys.modules
    assert [one.name for one in root.rglob("*") if one.is_file()] == ["clean.py"]


def test_a_file_that_prints_keeps_the_standard_output_clean(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    own_model(clean.Items, write('print("hello")'))
    assert capsys.readouterr() == ("", "hello\n")


def test_annotations_that_are_text_are_understood(write: Write) -> None:
    body = TITLED.replace("(cls, titles)", "(cls, titles: Series[str]) -> Series[bool]")
    root = write("from __future__ import annotations\n" + HEAD + body, head="")
    assert failed_checks(own_model(clean.Items, root), items({1: ""})) == {"has_a_title"}


def test_a_stricter_column_is_a_check_too(write: Write) -> None:
    body = """
class Items(clean.Items):
    id: Series[int]
    title: Series[str] = pa.Field(str_length={"min_value": 1}, unique=True)
"""
    model = own_model(clean.Items, write(body))
    assert failed_checks(model, items({1: "", 2: "a"})) == {"str_length(1, None)"}
    assert failed_checks(model, items({1: "a", 2: "a"})) == {"field_uniqueness"}
    assert failed_checks(model, items({"x": "a"})) == {"dtype('int64')"}
    assert "field_uniqueness" in {one.check for one in results(model, items([1]), "t")}


# A file that is broken

BROKEN = {
    "not Python": ("class Items(\n", "is not Python: '(' was never closed", ", line 5"),
    "null": ("\0", "is not Python", ""),
    "an error": (
        "x = 1\ny = 1 / 0\n",
        "stops with ZeroDivisionError: division by zero",
        ", line 6",
    ),
    "in a function": ("def f():\n    raise KeyError\nf()\n", "stops with KeyError", ", line 6"),
    "an exit": ("raise SystemExit(0)\n", "stops with SystemExit: 0", ", line 5"),
    "a package": ("import nothing_like_it\n", "imports what is not there", ", line 5"),
    "beside it": ("from . import filtered\n", "imports what is not there", ", line 5"),
    "a name": (
        "from tagledger_schemas.clean import Itms\n",
        "cannot import name 'Itms'",
        ", line 5",
    ),
    "pandera": (
        'class Items(clean.Items):\n    @pa.check("titel")\n    def t(cls, x):\n        return x\n',
        "Pandera cannot read Items",
        ", line 5",
    ),
    "no subclass": ("class Items:\n    pass\n", "Items is no subclass of Tagledger's", ", line 5"),
    "another's": ("class Items(clean.Labels):\n    pass\n", "Items is no subclass", ", line 5"),
    "no class": ("Items = 3\n", "Items is no subclass of Tagledger's Items", ", Items"),
    "a typo": (
        "class Item(clean.Items):\n    pass\n",
        "the class Item would never run",
        ", line 5",
    ),
    "a typo of no model": ("class Itemz:\n    pass\n", "class Itemz would never run", ", line 5"),
    "of another file": (
        "from tagledger_schemas import filtered\nclass Tags(filtered.Tags):\n    pass\n",
        "the class Tags would never run",
        ", line 6",
    ),
}


@pytest.mark.parametrize(("body", "what", "line"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_an_error_with_its_line(
    write: Write, body: str, what: str, line: str
) -> None:
    root = write(body)
    modules = set(sys.modules)
    with pytest.raises(TagledgerError, match=re.escape(what)) as caught:
        own_model(clean.Items, root)
    assert caught.value.where == f"schemas/clean.py{line}"
    assert not {name for name in set(sys.modules) - modules if "own_schemas" in name}


def test_the_hint_of_a_broken_file_shows_where_it_stops(write: Write) -> None:
    root = write("1 / 0")
    with pytest.raises(TagledgerError) as caught:
        own_model(clean.Items, root)
    (command,) = re.findall(r"`python (.*?)`", caught.value.hint)
    done = subprocess.run(
        [sys.executable, command], cwd=root, capture_output=True, text=True, check=False
    )
    assert "ZeroDivisionError" in done.stderr


def test_helpers_of_ones_own_may_have_a_name_that_begins_with_a_line(write: Write) -> None:
    body = """
class _Titled(clean.Items):
    @pa.check("title")
    def has_a_title(cls, titles):
        return titles != ""

class Limits:
    most = 3

class Items(_Titled):
    pass
"""
    assert failed_checks(own_model(clean.Items, write(body)), items({1: ""})) == {"has_a_title"}


@pytest.mark.parametrize("name", ["split.py", "filter.py", "cleaned.py", "Clean.py"])
def test_a_file_that_nothing_would_run_is_an_error(write: Write, name: str) -> None:
    root = write("", name)
    with pytest.raises(TagledgerError, match="would never run") as caught:
        own_model(clean.Items, root)
    assert "git mv" in caught.value.hint


def test_other_files_of_the_folder_are_the_users(write: Write) -> None:
    root = write("", "notes.py")
    (root / "schemas" / "tagledger_schemas").mkdir()
    assert own_model(clean.Items, root) is clean.Items


def test_a_file_that_cannot_be_read_is_an_error(write: Write) -> None:
    root = write(TITLED)
    (root / "schemas/clean.py").unlink()
    (root / "schemas/clean.py").symlink_to("gone.py")
    with pytest.raises(TagledgerError, match="no such file"):
        own_model(clean.Items, root)
    (root / "schemas/clean.py").unlink()
    (root / "schemas/clean.py").mkdir()
    with pytest.raises(TagledgerError, match="is a directory"):
        own_model(clean.Items, root)


# A model that takes something away

LOOSER = {
    "a column more": ("    length: Series[int]", "adds the column length"),
    "an index": (
        "    place: pa.typing.Index[int]",
        "sets index of its table",
    ),
    "another type": ("    title: Series[int]", "declares the column title anew, without the type"),
    "missing values": (
        "    title: Series[str] = pa.Field(nullable=True)",
        "declares the column title anew, without that no value is missing",
    ),
    "fewer checks": (
        "    created_on: Series[pd.DatetimeTZDtype] = pa.Field(nullable=True, dtype_kwargs=_UTC)",
        "declares the column created_on anew, without greater_than_or_equal_to",
    ),
    "another name": (
        '    group: Series[str] = pa.Field(alias="name")',
        "adds the column name",
    ),
    "a check replaced": (
        '    @pa.check("title")\n    def no_space_around(cls, text):\n        return True',
        "has a method no_space_around, which would replace",
    ),
    "a check that is none": (
        "    def group_is_an_item(cls, df):\n        return True",
        "has a method group_is_an_item, which would replace",
    ),
    "a method of pandera": (
        "    @classmethod\n    def validate(cls, *args, **more):\n        return args[0]",
        "has a method validate, which would replace",
    ),
    "other columns": ("    class Config:\n        strict = False", "sets strict of its table"),
    "rows left out": (
        "    class Config:\n        drop_invalid_rows = True",
        "sets drop_invalid_rows of its table",
    ),
    "values changed": ("    class Config:\n        coerce = True", "sets coerce of"),
    "a value changed": (
        "    title: Series[str] = pa.Field(coerce=True)",
        "sets coerce of the column",
    ),
    "a parser": (
        '    @pa.parser("title")\n    def strip(cls, titles):\n        return titles.str.strip()',
        "sets parsers of the column title",
    ),
    "a parser of the table": (
        "    @pa.dataframe_parser\n    def strip(cls, df):\n        return df",
        "sets parsers of its table",
    ),
    "a warning": (
        '    @pa.check("title", raise_warning=True)\n    def long(cls, x):\n        return False',
        "has the check long, which only warns",
    ),
    "a name twice": (
        '    @pa.check("title", name="no_space_around")\n    def two(cls, x):\n        return True',
        "has two checks of title with the name no_space_around",
    ),
}


@pytest.mark.parametrize(("body", "what"), LOOSER.values(), ids=LOOSER)
def test_a_model_can_take_nothing_away(write: Write, body: str, what: str) -> None:
    utc = '_UTC = {"unit": "us", "tz": "UTC"}\n'
    root = write(f"{utc}class Items(clean.Items):\n{body}\n")
    with pytest.raises(TagledgerError, match=re.escape(what)) as caught:
        own_model(clean.Items, root)
    assert caught.value.where == "schemas/clean.py, line 6"


def test_a_column_cannot_be_taken_out(write: Write) -> None:
    body = """
class Items(clean.Items):
    @classmethod
    def to_schema(cls):
        return super().to_schema().remove_columns(["title"])
"""
    with pytest.raises(TagledgerError, match="has a method to_schema, which would replace"):
        own_model(clean.Items, write(body))


# A check that raises

RAISING = {
    "an error": (
        '    @pa.check("title")\n    def one(cls, x):\n        raise KeyError("a")',
        "title",
    ),
    "of the table": ('    @pa.dataframe_check\n    def one(cls, df):\n        return df["a"]', ""),
}


@pytest.mark.parametrize(("body", "column"), RAISING.values(), ids=RAISING)
def test_a_check_that_raises_fails_with_its_line(write: Write, body: str, column: str) -> None:
    model = own_model(clean.Items, write(f"class Items(clean.Items):\n{body}\n"))
    (failure,) = find_failures(model, items([1, 2]), "clean/items").to_dict("records")
    assert failure == {
        "table": "clean/items",
        "id": "",
        "column": column,
        "check": "one",
        "value": 'the check itself stops with KeyError("a") (schemas/clean.py, line 8)',
    }
    (result,) = [one for one in results(model, items([1, 2]), "t") if one.check == "one"]
    assert (result.column, result.failed) == (column, 1)


@pytest.mark.parametrize("value", ["None", '"yes"', "[True, True]"])
@pytest.mark.parametrize("kind", ['check("title")', "dataframe_check"])
def test_a_check_that_returns_something_else_fails(write: Write, kind: str, value: str) -> None:
    body = (
        f"class Items(clean.Items):\n    @pa.{kind}\n    def one(cls, x):\n        return {value}\n"
    )
    found = find_failures(own_model(clean.Items, write(body)), items([1, 2]), "clean/items")
    assert found["check"].tolist() == ["one"]
    assert found["value"].str.contains("returns neither True or False").all()


def test_a_check_of_the_whole_table_that_is_false_is_counted_once(write: Write) -> None:
    body = "class Items(clean.Items):\n    @pa.dataframe_check\n    def one(cls, df):\n"
    model = own_model(clean.Items, write(f"{body}        return False\n"))
    found = [one for one in results(model, items([1, 2]), "t") if one.check == "one"]
    assert [(one.column, one.failed) for one in found] == [("", 1)]


# The files of a new repository

GOOD: dict[str, pd.DataFrame] = {
    "AnnotatedLabels": labels({1: ["a", "b"], 2: ["a"]}),
    "AnnotatedTaxonomy": taxonomy({"a": {"parents": ["b"]}, "b": {}}),
    "Verdicts": verdicts({(1, "a"): (True, "labelled", "ann bob")}),
    "Disputes": disputes({(1, "a"): ("annotators", "ann", "bob", False)}),
    "Rejected": rejected(),
    "TagChanges": tag_changes({"a": ["b"]}),
    "Items": items({1: "one", 2: "two"}),
    "Labels": labels({1: ["a", "b"], 2: ["a"]}),
    "FilteredLabels": labels({1: ["a", "b"], 2: ["a"]}),
    "Taxonomy": taxonomy({"a": {"parents": ["b"]}, "b": {}}),
    "Quarantine": pd.DataFrame(
        {
            "file": pd.Series(["a.json"], dtype="str"),
            "row": [1],
            "id": pd.Series(["5"], dtype="str"),
            "reason": pd.Series(["no text"], dtype="str"),
            "record": pd.Series(["[1]"], dtype="str"),
        }
    ),
    "Tags": pd.DataFrame({"tag": ["a", "b"], "count": [3, 1], "decision": ["kept", "excluded"]}),
    "Assignments": pd.DataFrame({"id": [1, 2], "split": ["train", "test"]}),
    "SplitItems": items({1: "one", 2: "two"})
    .drop(columns="group")
    .assign(tags=pd.Series([np.array(["a"]), np.array(["b"])], dtype=object)),
}
# A table for each example that it refuses.
BAD: dict[str, pd.DataFrame] = {
    "AnnotatedLabels": labels({1: ["a:b"]}),
    "AnnotatedTaxonomy": taxonomy({"a": {"aliases": [f"{n}" for n in range(51)]}}),
    "Verdicts": verdicts({(1, "a"): (True, "labelled", " ".join(f"p{n:02d}" for n in range(21)))}),
    "Disputes": disputes({(n, "a"): ("gold", "ann", "bob", False) for n in range(10_001)}),
    "Rejected": rejected(10_001),
    "TagChanges": tag_changes({f"{n:04d}": ["b"] for n in range(1_001)}),
    "Items": items({1: "x" * 501}),
    "Labels": labels({1: ["x" * 61]}),
    "FilteredLabels": labels({1: [f"{n:02d}" for n in range(51)]}),
    "Taxonomy": taxonomy({"a": {"parents": [f"{n}" for n in range(11)]}}),
    "Quarantine": GOOD["Quarantine"]
    .take([0] * 10_001)
    .reset_index(drop=True)
    .assign(row=range(1, 10_002)),
    "Tags": GOOD["Tags"].assign(count=[0, 1]),
    "Assignments": GOOD["Assignments"].assign(split=["train", "dev"]),
    "SplitItems": GOOD["SplitItems"].assign(
        tags=pd.Series([np.array([f"{n}" for n in range(51)])] * 2, dtype=object)
    ),
}


def own_repository(root: Path, change: Callable[[str], str]) -> Path:
    (root / "schemas").mkdir()
    for kind in KINDS:
        (root / file_of(kind)).write_text(change(template(kind)))
    return root


def every_model() -> list[Any]:
    return [model for kind in KINDS for model in models(MODULES[kind]).values()]


def test_a_new_file_has_a_class_for_each_table_and_adds_nothing(tmp_path: Path) -> None:
    root = own_repository(tmp_path, str)
    for model in every_model():
        own = own_model(model, root)
        assert own is not model
        assert own.__name__ == model.__name__
        frame = GOOD[model.__name__]
        assert results(own, frame, "t") == results(model, frame, "t")
    assert adding(root) == []


def test_a_new_file_names_the_columns_that_pandera_finds(tmp_path: Path) -> None:
    root = own_repository(tmp_path, str)
    for model in every_model():
        columns = ", ".join(map(str, model.to_schema().columns))
        first = (inspect.getdoc(model) or "").splitlines()[0]
        assert inspect.getdoc(own_model(model, root)) == f"{first}\n\nColumns: {columns}."


def test_each_example_of_a_new_file_works_without_its_comment_marks(tmp_path: Path) -> None:
    root = own_repository(tmp_path, uncommented)
    assert adding(root) == [file_of(kind) for kind in KINDS]
    for model in every_model():
        own, name = own_model(model, root), model.__name__
        (added,) = set(vars(own)) & {
            one.check for one in results(own, GOOD[name], "t") if not one.failed
        }
        assert find_failures(own, GOOD[name], "t").empty
        assert failed_checks(own, BAD[name]) == {added}
        assert failed_checks(model, BAD[name]) == set()


def check_by(root: Path, *words: str) -> None:
    files = [str(root / file_of(kind)) for kind in KINDS]
    done = subprocess.run(
        [sys.executable, "-m", *words, *files],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("change", [str, uncommented], ids=["new", "uncommented"])
def test_the_new_files_are_clean_for_ruff(tmp_path: Path, change: Callable[[str], str]) -> None:
    root = own_repository(tmp_path, change)
    alone = ("--isolated", "--no-cache", "--line-length", "100")
    check_by(root, "ruff", "check", "--select", "E,F,W,I", *alone)
    check_by(root, "ruff", "format", "--check", *alone)


@pytest.mark.long  # mypy reads all of pandas
def test_the_new_files_are_clean_for_mypy(tmp_path: Path) -> None:
    root = own_repository(tmp_path, uncommented)
    check_by(root, "mypy", "--config-file=", "--cache-dir", str(tmp_path / "cache"))


# Files are looked at, not run


@pytest.mark.parametrize(
    "source",
    [
        "import pandas as pd\nfrom tagledger_schemas import clean\n",
        '"""Text."""\n',
        "class Items(clean.Items):\n    pass\n",
        "",
    ],
    ids=["import", "docstring", "bare class", "empty"],
)
def test_a_file_without_code_adds_nothing(write: Write, source: str) -> None:
    assert adding(write(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        TITLED,
        "class Items(clean.Items",
        "x = 1\n",
        "@seal\nclass Items(clean.Items):\n    pass\n",
        "class Items(clean.Items, metaclass=seal()):\n    pass\n",
        "class Items((seal(), clean.Items)[1]):\n    pass\n",
        "import os\n",
        "from mine import Items\n",
        "from . import Items\n",
    ],
    ids=[
        *("check", "broken", "statement", "decorator", "metaclass", "base", "import"),
        *("import from", "import from beside"),
    ],
)
def test_a_file_with_code_adds_something_and_is_not_run(write: Write, source: str) -> None:
    assert adding(write(f"{source}\nraise RuntimeError\n")) == [file_of("clean")]


def test_the_key_changes_with_each_file(write: Write) -> None:
    keys = [content_key(write("", root="none"))]
    for kind in KINDS:
        root = write("x = 1", f"{kind}.py")
        keys.append(content_key(root))
    assert len(set(keys)) == len(keys)
    assert content_key(root) == keys[-1]


def test_what_is_no_file_is_not_opened(write: Write) -> None:
    path = write(TITLED) / "schemas/clean.py"
    for target in ("/dev/zero", "gone.py"):
        path.unlink()
        path.symlink_to(target)
        assert adding(path.parents[1]) == [file_of("clean")]


def test_a_large_file_is_not_looked_into(write: Write) -> None:
    assert adding(write("# " + "x" * 100_000)) == [file_of("clean")]


@pytest.mark.parametrize(
    "body", ["class Mine(BaseException): ...\nraise Mine('no')", "raise GeneratorExit('no')"]
)
def test_whatever_a_file_raises_is_an_error_with_its_line(write: Write, body: str) -> None:
    with pytest.raises(TagledgerError, match=r"this file of checks stops with .*: no"):
        own_model(clean.Items, write(body))


def test_a_ctrl_c_in_a_file_is_still_one(write: Write) -> None:
    with pytest.raises(KeyboardInterrupt):
        own_model(clean.Items, write("raise KeyboardInterrupt"))


def test_a_file_moves_nothing_for_others(write: Write, tmp_path: Path) -> None:
    words, folder = list(sys.path), Path.cwd()
    body = f"import os, sys\nos.chdir({str(tmp_path)!r})\nsys.path.clear()\nsys.path.append('/x')\n"
    own_model(clean.Items, write(body))
    assert (sys.path, Path.cwd()) == (words, folder)
