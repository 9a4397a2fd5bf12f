"""Names of the attributes that are labels, as Mulan and MEKA say them beside an ARFF file."""

from __future__ import annotations

from tagledger.errors import TagledgerError
from tagledger.readers.opening.signatures import SIGNATURE_BYTES
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing.arff_header import header_of, lines_of
from tagledger.readers.parsing.xml_elements import Element, Elements

_LABEL = "label"


def label_names(file: SourceFile) -> list[str]:
    """The names of labels in Mulan's XML, or those of a relation with MEKA's `-C 6`.

    Labels within labels, which Mulan has for broader and narrower ones, all count.

    Raises
    ------
    TagledgerError
        The file is of neither kind, or names no label, or one twice.
    """
    start = file.start(SIGNATURE_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in {b"@", b"%"}:
        names = meka_names(file)
    else:
        names = [
            name
            for some in Elements(file, ("labels",))
            for one in some
            for name in _names(one, file)
        ]
    if not names:
        raise TagledgerError(
            "the file names no labels",
            where=file.path,
            hint='it must have <labels> with a <label name="…"/> for each, or a relation with '
            "`-C` and the number of labels",
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TagledgerError(
            f"the label {twice!r} is named twice", where=file.path, hint="name each label once"
        )
    return names


def meka_names(file: SourceFile) -> list[str] | None:
    """The names of the labels that an ARFF file says in its relation; None where it says none.

    Raises
    ------
    TagledgerError
        It is no ARFF file.
    """
    return header_of(file, lines_of(file)).labels


def _names(labels: Element, file: SourceFile) -> list[str]:
    """The names of all labels within, a broader one before its narrower ones."""
    names: list[str] = []
    for one in labels.children:
        if one.name == _LABEL:
            name = one.attributes.get("name") or one.text()
            if not name:
                raise TagledgerError(
                    "a label has no name", where=file.path, hint="give each label its `name`"
                )
            names.append(name)
        names += _names(one, file)
    return names
