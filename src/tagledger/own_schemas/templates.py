"""The files of checks that a new repository has: a class for each table, with an example each.

They are made from the packaged models, so they name the tables and columns that there are. The
models are read and not imported, as Pandera takes longer to load than the rest of `tagledger init`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from textwrap import dedent, indent

from tagledger.own_schemas.files import KINDS

# One check for each model, which holds for every table that Tagledger's example has.
_EXAMPLES = {
    "Items": '''
        @pa.check("title")
        def title_is_short(cls, titles: pd.Series) -> pd.Series:
            """No title has more than 500 characters."""
            return titles.str.len() <= 500
        ''',
    "Labels": '''
        @pa.check("tag")
        def tag_is_short(cls, tags: pd.Series) -> pd.Series:
            """No tag has more than 60 characters."""
            return tags.astype("str").str.len() <= 60
        ''',
    "Taxonomy": '''
        @pa.check("parents")
        def few_parents(cls, parents: pd.Series) -> pd.Series:
            """No tag has more than 10 broader tags."""
            return parents.str.len() <= 10
        ''',
    "Quarantine": '''
        @pa.dataframe_check()
        def few_rows_set_aside(cls, df: pd.DataFrame) -> bool:
            """No more than 10,000 rows are set aside."""
            return len(df) <= 10_000
        ''',
    "AnnotatedLabels": '''
        @pa.check("tag")
        def tag_has_no_colon(cls, tags: pd.Series) -> pd.Series:
            """No annotator has brought a tag with a colon."""
            return ~tags.astype("str").str.contains(":")
        ''',
    "AnnotatedTaxonomy": '''
        @pa.check("aliases")
        def few_aliases(cls, aliases: pd.Series) -> pd.Series:
            """No tag has more than 50 aliases."""
            return aliases.str.len() <= 50
        ''',
    "Verdicts": '''
        @pa.check("by")
        def few_people(cls, names: pd.Series) -> pd.Series:
            """No verdict hangs on more than 20 people."""
            return names.astype("str").str.count(" ") < 20
        ''',
    "Disputes": '''
        @pa.dataframe_check()
        def few_disputes(cls, df: pd.DataFrame) -> bool:
            """No more than 10,000 labels are disputed."""
            return len(df) <= 10_000
        ''',
    "Rejected": '''
        @pa.dataframe_check()
        def few_events_set_aside(cls, df: pd.DataFrame) -> bool:
            """No more than 10,000 events are set aside."""
            return len(df) <= 10_000
        ''',
    "TagChanges": '''
        @pa.dataframe_check()
        def few_tags_changed(cls, df: pd.DataFrame) -> bool:
            """No more than 1,000 tags were renamed, merged, split or retired."""
            return len(df) <= 1_000
        ''',
    "FilteredLabels": '''
        @pa.dataframe_check()
        def few_tags_an_item(cls, df: pd.DataFrame) -> pd.Series:
            """No item has more than 50 tags."""
            return df.groupby("id")["tag"].transform("size") <= 50
        ''',
    "Tags": '''
        @pa.dataframe_check()
        def kept_tag_has_items(cls, df: pd.DataFrame) -> pd.Series:
            """Each tag that is kept has at least one item."""
            return (df["decision"] != "kept") | (df["count"] >= 1)
        ''',
    "Assignments": '''
        @pa.check("split")
        def split_is_known(cls, names: pd.Series) -> pd.Series:
            """The splits are those that our training code reads."""
            return names.isin(["train", "val", "test"])
        ''',
    "SplitItems": '''
        @pa.check("tags")
        def few_tags(cls, tags: pd.Series) -> pd.Series:
            """No item has more than 50 tags."""
            return tags.str.len() <= 50
        ''',
}
_COMMENT = "# "


def template(kind: str) -> str:
    """The text of `schemas/<kind>.py` in a new repository.

    It adds no check: each class has an example that is a comment, and the imports that it needs.

    Parameters
    ----------
    kind
        One of `KINDS`.
    """
    assert kind in KINDS
    parts = [_head(kind)]
    classes = _classes()
    for name, model in classes[kind].items():
        columns = ", ".join(_columns(model, classes["base"] | classes["clean"]))
        says = (ast.get_docstring(model) or "").partition("\n")[0]
        words = f'"""{says}\n\nColumns: {columns}.\n"""\n'
        if name in _EXAMPLES:
            words += f"\n{commented(dedent(_EXAMPLES[name]).strip())}\n"
        parts.append(f"class {name}({kind}.{name}):\n{indent(words, '    ')}")
    return "\n\n".join(parts)


@cache
def _classes() -> dict[str, dict[str, ast.ClassDef]]:
    """The classes of the modules with models, by module and name."""
    folder = files("tagledger_schemas")
    trees = {one: ast.parse((folder / f"{one}.py").read_bytes()) for one in ("base", *KINDS)}
    return {
        module: {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for module, tree in trees.items()
    }


def _columns(model: ast.ClassDef, bases: Mapping[str, ast.ClassDef]) -> list[str]:
    """The columns of a model: those of the class that it extends, and then its own."""
    columns: list[str] = []
    for base in model.bases:
        if isinstance(base, ast.Name) and base.id in bases:
            columns += _columns(bases[base.id], bases)
    for node in model.body:
        if isinstance(node, ast.AnnAssign):
            columns.append(ast.unparse(node.target))
    return list(dict.fromkeys(columns))


def commented(code: str) -> str:
    """Lines of code as comments."""
    return "\n".join(f"{_COMMENT}{line}".rstrip() for line in code.splitlines())


def _head(kind: str) -> str:
    return f'''\
"""Checks of your own on the tables of data/{kind}, beside those that Tagledger has.

Each class has all checks of Tagledger's class with its name. A method adds a check: it is given a
column, or the whole table, and returns True or False for each row, or once for all. A row that
fails stops the build: `dvc repro` names the check, and reports/failures.csv has every value. To
try an example, remove the `# ` before its lines and before the two imports. This file stands alone:
it can import installed packages, but not the files beside it.
"""

# import pandas as pd
# import pandera.pandas as pa
from tagledger_schemas import {kind}
'''
