"""Reading of source files: rows to columns, and rows that cannot be used set aside.

`raw` puts items, labels and taxonomy together; `formats` turns JSON, JSON Lines, CSV and Parquet
into `blocks` of columns; `columns` types them and finds their faults; `taxonomy` reads that file.
"""

from __future__ import annotations

from tagledger.readers.raw import Raw, read, read_raw

__all__ = ["Raw", "read", "read_raw"]
