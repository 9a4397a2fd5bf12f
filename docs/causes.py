"""Put the names of the causes of a change into the schemas of the JSON: a part of `make keys`.

The causes are those of `tagledger.compare.cause_table`.
"""

from __future__ import annotations

import re
from pathlib import Path

from tagledger.compare.cause_table import CAUSES

DOCS = Path(__file__).resolve().parent
SCHEMAS = tuple(DOCS / f"{command}.schema.json" for command in ("compare", "blame"))

_ENUM = re.compile(r'(?<=\n    "cause": \{\n      "enum": )\[[^\]]*\]')


def with_causes(schema: str) -> str:
    """Return the text of a schema with the names of all causes."""
    names = ",\n".join(f'        "{cause}"' for cause in CAUSES)
    text, places = _ENUM.subn(f"[\n{names}\n      ]", schema)
    if places != 1:
        raise ValueError(f"the schema has {places} lists of causes")
    return text


def main() -> None:
    """Write the schemas."""
    for path in SCHEMAS:
        path.write_text(with_causes(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
