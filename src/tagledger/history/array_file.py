r"""A file of named numpy arrays and facts that is mapped into memory, and known to be whole.

    tagledger arrays\n             what the file is
    crc32 of all that follows, 8 hexadecimal digits, then \n
    length of the header, 8 hexadecimal digits, then \n
    header: JSON, then the arrays, each at a multiple of 64 bytes

A file is replaced in one step, so that a reader has the earlier one or the new one; a reader that
has the earlier one mapped keeps it.
"""

from __future__ import annotations

import math
import mmap
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tagledger.files import replacing

# A file of facts alone needs no numpy.
if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"tagledger arrays\n"
_PREFIX = len(_MAGIC) + 18
_ALIGN = 64


class DamagedError(Exception):
    """The file is not what `write` wrote; its owner makes it again."""


def write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays and facts about them: the whole file or nothing.

    Raises
    ------
    TagledgerError
        The folder cannot be written to, or the disk is full.
    """
    layouts, end = {}, 0
    for name, array in arrays.items():
        layouts[name] = {"dtype": array.dtype.str, "shape": array.shape, "at": end}
        end += -(-array.nbytes // _ALIGN) * _ALIGN
    header = orjson.dumps({"about": about, "arrays": layouts})
    header += b" " * (-(_PREFIX + len(header)) % _ALIGN)
    body: list[bytes | memoryview] = [b"%08x\n" % len(header), header]
    for array in arrays.values():
        body += [_bytes(array), bytes(-array.nbytes % _ALIGN)]
    check = 0
    for part in body:
        check = zlib.crc32(part, check)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines([_MAGIC, b"%08x\n" % check, *body])


def _bytes(array: NDArray[Any]) -> bytes | memoryview:
    import numpy as np

    return np.ascontiguousarray(array).data.cast("B") if array.size else b""


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Map a file: the facts about its arrays, and the arrays, which are read-only.

    Raises
    ------
    DamagedError
        It was cut short or changed, or is something else.
    OSError
        There is no such file, or it cannot be read.
    """
    with path.open("rb") as file:
        try:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except ValueError as error:
            raise DamagedError(f"{path} is empty") from error
    start = len(_MAGIC)
    check = b"%08x\n" % zlib.crc32(mapped[start + 9 :])
    if mapped[:start] != _MAGIC or mapped[start : start + 9] != check:
        raise DamagedError(f"{path} is not what was written")
    # The checksum is no signature: the header may be anybody's.
    try:
        start = _PREFIX + int(bytes(mapped[start + 9 : _PREFIX]), 16)
        header = orjson.loads(mapped[_PREFIX:start])
        about, layouts = header["about"], header["arrays"].items()
        arrays = {name: _array(mapped, start, **layout) for name, layout in layouts}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise DamagedError(f"{path} has a header of another form") from error
    if not isinstance(about, dict):
        raise DamagedError(f"{path} has a header of another form")
    return about, arrays


def _array(
    mapped: memoryview, start: int, *, dtype: str, shape: Sequence[int], at: int
) -> NDArray[Any]:
    """An array of a mapped file; ValueError where it has none of this kind there."""
    import numpy as np

    kind = np.dtype(dtype)
    if at < 0 or any(size < 0 for size in shape) or kind.hasobject:
        raise ValueError(f"no layout of an array: {at}, {shape}")
    # In Python's integers, which do not wrap.
    count = math.prod(shape)
    if start + at + count * kind.itemsize > len(mapped):
        raise ValueError(f"an array beyond the end: {at}, {shape}")
    flat = np.frombuffer(mapped, kind, count, start + at) if count else np.zeros(0, kind)
    return flat.reshape(tuple(shape))
