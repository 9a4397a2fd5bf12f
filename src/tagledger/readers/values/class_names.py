"""The names of classes that a Parquet file of Hugging Face's datasets says of its columns.

They stand as JSON in the schema's metadata, under the key `huggingface`:
`{"info": {"features": {column: {"_type": "ClassLabel", "names": [...]}}}}`. A list of classes is
`{"_type": "Sequence", "feature": …}`, in newer files `List` or `LargeList`, in older ones
`[…]`; a list of objects in the old form is an object of lists.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from tagledger.errors import TagledgerError
from tagledger.readers.values import paths
from tagledger.readers.values.columns import is_list, is_text

_METADATA = b"huggingface"


def class_names(schema: pa.Schema, column: str, path: Path) -> list[str] | None:
    """The names of the classes 0, 1, ... of a column; None if the schema says none.

    Raises
    ------
    TagledgerError
        The column holds names already, in a dictionary of Arrow.
    """
    feature = _feature(schema.metadata or {}, paths.steps(column) or (column,))
    names = _names(feature)
    if names is None and column in schema.names and _holds_names(schema.field(column).type):
        raise TagledgerError(
            f"the column {column!r} holds the names of classes, not their codes",
            where=path,
            hint="leave out `names: schema` in its reading, in data/sources.yaml",
        )
    return names


def _holds_names(kind: pa.DataType) -> bool:
    inner = kind.value_type if is_list(kind) else kind
    return bool(pa.types.is_dictionary(inner) and is_text(inner))


def _feature(metadata: dict[bytes, bytes], steps: tuple[str, ...]) -> Any:
    """What the metadata says of the values that a name leads to."""
    try:
        node: Any = json.loads(metadata.get(_METADATA, b"{}"))
    except (ValueError, RecursionError):
        return None
    for key in ("info", "features"):
        node = node.get(key) if isinstance(node, dict) else None
    for step in steps:
        node = _element(node) if step == "[]" else _of_key(node, step)
    return node


def _of_key(feature: Any, key: str) -> Any:
    inner = feature if isinstance(feature, dict) and "_type" not in feature else _element(feature)
    return inner.get(key) if isinstance(inner, dict) else None


def _element(feature: Any) -> Any:
    """What a list's elements are."""
    if isinstance(feature, list) and len(feature) == 1:
        return feature[0]
    return feature.get("feature") if isinstance(feature, dict) else None


def _names(feature: Any) -> list[str] | None:
    """The names of a feature that is a class, or a list of classes."""
    while isinstance(feature, list) or (isinstance(feature, dict) and "feature" in feature):
        feature = _element(feature)
    if not isinstance(feature, dict) or feature.get("_type", "ClassLabel") != "ClassLabel":
        return None
    names = feature.get("names")
    if isinstance(names, dict):  # as the card of a dataset has them: from code to name
        names = [names.get(str(code)) for code in range(len(names))]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return names or None
