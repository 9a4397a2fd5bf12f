"""What YAML stands for -> what JSON can hold, for the readers that take both."""

from __future__ import annotations

from typing import Any

import yaml

_INT64 = range(-(2**63), 2**63)


def json_like(value: Any) -> Any:
    """A value of YAML as objects, lists, text, numbers, truth and null; every key is text.

    A whole number of more than 64 bits becomes text, which keeps all its digits.

    Raises
    ------
    yaml.YAMLError
        A value has another type, such as a set, or two keys are one as text, such as 1 and "1".
    """
    if isinstance(value, dict):
        mapping = {_key(key): json_like(inner) for key, inner in value.items()}
        if len(mapping) < len(value):
            raise yaml.MarkedYAMLError(problem="two keys of a mapping are the same as text")
        return mapping
    if isinstance(value, list):
        return [json_like(inner) for inner in value]
    if type(value) is int and value not in _INT64:
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise yaml.MarkedYAMLError(
        problem=f"a value is a {type(value).__name__}, by its tag: write it as text or a list"
    )


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    return "null" if key is None else str(key)
