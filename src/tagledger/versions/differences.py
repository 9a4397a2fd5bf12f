"""How the parameters of two times differ, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

ABSENT = object()


def value_at(document: Any, key: str) -> Any:
    """The value of a dotted key; `ABSENT` where there is none."""
    for part in key.split("."):
        if isinstance(document, dict) and part in document:
            document = document[part]
        elif isinstance(document, list) and part.isdecimal() and int(part) < len(document):
            document = document[int(part)]
        else:
            return ABSENT
    return document


def differences(key: str, was: Any, now: Any) -> Iterator[str]:
    """The parameters that differ, from what they were to what they are."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*was, *now]):
            yield from differences(f"{key}.{name}", was.get(name, ABSENT), now.get(name, ABSENT))
    elif was is ABSENT and now is not ABSENT:
        yield f"{key} is new"
    elif now is ABSENT and was is not ABSENT:
        yield f"{key} is gone"
    elif was != now:
        plain = not isinstance(was, dict | list) and not isinstance(now, dict | list)
        yield f"{key} {_shown(was)} -> {_shown(now)}" if plain else f"{key} changed"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
