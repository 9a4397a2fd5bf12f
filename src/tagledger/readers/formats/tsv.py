"""Format tsv: values with a tab between them."""

from __future__ import annotations

from tagledger.readers.formats.csv import Csv, Delimiter


class Tsv(Csv):
    """Values with a tab between two of them; all else is as in a csv file.

    Many such files have quotes that are characters like others, in JSON for one: they need
    `quoting: none`.
    """

    NAME = "tsv"
    ENDINGS = (".tsv", ".tab")

    delimiter: Delimiter = "\t"
