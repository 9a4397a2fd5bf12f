"""What every model of data/sources.yaml is, its faults in plain words, and where models are found.

A format of files and a way to say where labels are is each a class in a module of its own, in a
folder that `classes_in` looks through: a new module there needs no entry elsewhere.
"""

from __future__ import annotations

import codecs
import re
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from tagledger.errors import nearest, shown

Name = Annotated[str, Field(min_length=1)]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]

_ENCODINGS = (
    *("cp1250", "cp1251", "cp1252", "cp437", "cp850", "big5", "euc-jp", "euc-kr", "gb18030"),
    *("iso-8859-1", "iso-8859-15", "koi8-r", "latin-1", "mac-roman", "cp932", "utf-8"),
    *("utf-16", "utf-32"),
)


def problem(message: str, *, key: str = "") -> PydanticCustomError:
    """A fault of the value, or of its part `key`, in plain words."""
    # The message goes in as a value: braces in it are not placeholders.
    return PydanticCustomError("problem", "{message}", {"message": message, "key": key})


def _encoding(name: str) -> str:
    """Check that Python knows an encoding of text by this name."""
    try:
        text = codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - no other way to know it
    except (LookupError, ValueError):
        text = False
    if not text:
        near = nearest(name, _ENCODINGS)
        raise problem(f"{name!r} is no encoding of text that Python knows; {near}")
    return name


# How a file's text is written, as Python calls it.
Encoding = Annotated[str, Field(min_length=1), AfterValidator(_encoding)]


class Model(BaseModel):
    """A frozen model that takes no unknown key and converts no type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    raise no_such_key(str(key), cls.model_fields)
        return data


M = TypeVar("M", bound=Model)


def no_such_key(key: str, names: Any) -> PydanticCustomError:
    """The fault of a key that a mapping does not have."""
    return problem(f"there is no such key; {nearest(key, names)}", key=key)


def checked(model: type[M], data: Any) -> M:
    """A value as a model; its first fault becomes one of what it is a part of.

    Raises
    ------
    PydanticCustomError
        It does not fit.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = first_fault(error.errors(include_url=False))
    raise problem(in_words(first), key=key_of(first))


# What pydantic adds to a place for one of several types that a value may have; no key is like it.
_OF_A_TYPE = re.compile(r"\[key\]|(?:function-|constrained-|list\[|dict\[|literal\[).*")
_PLAIN_TYPES = {"str", "bool", "int", "float"}


def key_of(fault: ErrorDetails) -> str:
    """The dotted key of a fault, as it stands in the YAML file."""
    parts = list(map(str, fault["loc"]))
    if fault["type"].endswith("_type") and parts and parts[-1] in _PLAIN_TYPES:
        del parts[-1]
    parts.append(fault.get("ctx", {}).get("key", ""))
    return ".".join(part for part in parts if part and not _OF_A_TYPE.fullmatch(part))


def first_fault(faults: list[ErrorDetails]) -> ErrorDetails:
    """The first fault; of a value that may have several types, that of the type it comes nearest.

    A value that fits none of its types has a fault for each: the one that lies deepest in the
    value is of the type that was meant.
    """
    key = key_of(faults[0])
    of_value = [one for one in faults if f"{key_of(one)}.".startswith(f"{key}.")]
    return max(of_value, key=lambda one: key_of(one).count(".")) if key else faults[0]


_PLAIN = {
    "missing": "this key is missing",
    "model_type": "this must be a mapping of `key: value` lines, not {given}",
    "dict_type": "this must be a mapping of `key: value` lines, not {given}",
    "string_type": "this must be text, not {given}: put it in quotes",
    "int_type": "this must be a whole number, not {given}",
    "literal_error": "{given} is not one of {expected}",
    "string_pattern_mismatch": "a sha256 is 64 hexadecimal digits in lower case, not {given}",
    "greater_than_equal": "this must be {ge} or more, not {given}",
    "less_than_equal": "this must be {le} or less, not {given}",
    "too_short": "this must not be empty",
    "string_too_short": "this must not be empty",
    "string_too_long": "this must be one character, not {given}",
}


def in_words(fault: ErrorDetails) -> str:
    """What is wrong, in words that need no knowledge of pydantic."""
    given, context = fault["input"], fault.get("ctx", {})
    if fault["type"] == "problem":
        return str(context["message"])
    template = _PLAIN.get(fault["type"], fault["msg"].replace("{", "{{").replace("}", "}}"))
    return template.format(given="nothing" if given is None else shown(given), **context)


def classes_in(package: str, base: type[M], name: str) -> list[type[M]]:
    """The subclasses of `base` in the modules of a package that say their own `name`."""
    classes = []
    for module in iter_modules(import_module(package).__path__):
        path = f"{package}.{module.name}"
        for value in vars(import_module(path)).values():
            if isinstance(value, type) and issubclass(value, base) and value.__module__ == path:
                classes += [value] if name in vars(value) else []
    return classes
