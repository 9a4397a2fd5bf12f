"""Values of documents against the bounds in the annotations of a dataclass.

A value that plainly fits is taken here. Pydantic, which takes long to import, is asked about all
others: it says best what is wrong with them, if anything is.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, ValidationInfo
    from pydantic_core import CoreSchema

T = TypeVar("T")

_MOST_EXACT = 2**53  # as a float, a larger integer may be another number


class Limit:
    """What a number, or the length of a text or a list, is compared with.

    Each stands for the one of annotated_types that has its name. Pydantic is given that one when it
    asks, as it asks groups of them, so that a command that needs no Pydantic imports neither.
    """

    __is_annotated_types_grouped_metadata__: ClassVar[Literal[True]] = True
    _holds: Callable[[Any, float], bool]

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def __iter__(self) -> Iterator[object]:
        import annotated_types

        yield getattr(annotated_types, type(self).__name__)(self.limit)

    def holds(self, value: Any) -> bool:
        """Whether a value of the right kind is within the limit."""
        return self._holds(value, self.limit)


class Ge(Limit):
    """At least."""

    _holds = staticmethod(operator.ge)


class Gt(Limit):
    """More than."""

    _holds = staticmethod(operator.gt)


class Le(Limit):
    """At most."""

    _holds = staticmethod(operator.le)


class Lt(Limit):
    """Less than."""

    _holds = staticmethod(operator.lt)


class MinLen(Limit):
    """At least so long."""

    _holds = staticmethod(lambda value, limit: len(value) >= limit)


class MaxLen(Limit):
    """At most so long."""

    _holds = staticmethod(lambda value, limit: len(value) <= limit)


class Convert:
    """What a value is made to before it is checked, where it is not of the right kind yet."""

    def __init__(self, convert: Callable[[object], object]) -> None:
        self.convert = convert

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic import BeforeValidator

        return BeforeValidator(self.convert).__get_pydantic_core_schema__(source, handler)


class Check:
    """What raises a `ValueError` for a value, given those of the fields before it by name."""

    def __init__(self, check: Callable[[Any, Mapping[str, Any]], None]) -> None:
        self.check = check

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic import AfterValidator

        def checked(value: Any, info: ValidationInfo) -> Any:
            self.check(value, info.data)
            return value

        return AfterValidator(checked).__get_pydantic_core_schema__(source, handler)


class Pattern:
    """The pattern that a text has."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def holds(self, text: str) -> bool:
        """Whether the whole of a text is of the pattern."""
        return re.fullmatch(self.pattern, text) is not None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return cast("CoreSchema", {**handler(source), "pattern": self.pattern})


class NotPlainError(Exception):
    """A value does not plainly fit: pydantic says what is wrong with it, if anything is."""


def plain(kind: type[T], values: object) -> T:
    """The dataclass of a section, where every value plainly is within its bound.

    Raises
    ------
    NotPlainError
        One is not; or one is missing, or there are others.
    """
    known = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(values, dict) or not values.keys() <= known.keys():
        raise NotPlainError
    bounds = get_type_hints(kind, include_extras=True)
    taken: dict[str, Any] = {}
    for name, one in known.items():
        if name in values or one.default is not MISSING:
            taken[name] = _taken(bounds[name], values.get(name, one.default), taken)
        elif one.default_factory is MISSING:
            raise NotPlainError
    return kind(**taken)


def _taken(bound: Any, value: Any, before: Mapping[str, Any]) -> Any:
    """A value as its bound has it, given those of the fields before it."""
    origin, inner = get_origin(bound), get_args(bound)
    if origin is Annotated:
        kind, *limits = inner
        taken = _taken(kind, value, before)
        if not all(_is_within(taken, limit, before) for limit in limits):
            raise NotPlainError
        return taken
    if origin in {Union, UnionType}:
        for kind in inner:
            with suppress(NotPlainError):
                return _taken(kind, value, before)
        raise NotPlainError
    if origin is list and type(value) is list:
        return [_taken(inner[0], one, before) for one in value]
    if origin is dict and type(value) is dict:
        key, kind = inner
        return {_taken(key, name, before): _taken(kind, value[name], before) for name in value}
    if is_dataclass(bound):
        return plain(cast("type[Any]", bound), value)
    return _single(bound, value)


def _single(kind: Any, value: Any) -> Any:
    """A value that is one word, number or truth, if it is of a kind."""
    if type(value) is (str if get_origin(kind) is Literal else kind):
        if get_origin(kind) is Literal and value not in get_args(kind):
            raise NotPlainError
        return value
    if kind is float and type(value) is int and abs(value) <= _MOST_EXACT:
        return float(value)
    raise NotPlainError


def _is_within(value: Any, limit: Any, before: Mapping[str, Any]) -> bool:
    if isinstance(limit, Limit | Pattern):
        return limit.holds(value)
    if isinstance(limit, Check):
        with suppress(ValueError):
            limit.check(value, before)
            return True
    return isinstance(limit, Convert)  # it is of the right kind
