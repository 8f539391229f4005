"""Configurations are frozen dataclasses; this is their way to JSON and back.

A configuration is complete and checked when it exists: each class checks its own fields in
`__post_init__` by `check`, and `from_json` builds it through the same door. Every complaint is one
line that names the file, the key and what to do. Nothing here imports torch.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pellucid.errors import ConfigError, nearest

T = TypeVar("T")

KIND = "kind"
"""The key that says which class it is, where a field may hold one of several."""


def check(condition: bool, message: str) -> None:
    """Refuse a configuration unless `condition`; for `__post_init__`."""
    if not condition:
        raise ConfigError(message)


def check_counts(config: object, *names: str) -> None:
    """Refuse a configuration of which one of the fields `names` is below 1."""
    for name in names:
        value = getattr(config, name)
        check(value >= 1, f"{name}={value} must be at least 1")


def to_json(config: Any) -> dict[str, Any]:
    """The dataclass `config`, nested ones included, as what `json.dumps` takes.

    Tuples become lists, paths become strings, and a field that may hold one of several classes
    carries its class under the key "kind". NaN and infinities, which JSON lacks, are refused.
    """
    assert dataclasses.is_dataclass(config)
    assert not isinstance(config, type)
    hints = _hints(type(config))
    return {
        field.name: _write(getattr(config, field.name), hints[field.name], field.name)
        for field in dataclasses.fields(config)
        if field.init
    }


def from_json(cls: type[T], data: object, where: str = "config.json") -> T:
    """The configuration of class `cls` that `data`, parsed JSON, describes.

    Keys that are left out take their defaults. An unknown key, a missing one without default, a
    value of the wrong type, or one that the class itself refuses raises `ConfigError`, which names
    `where` and the key.
    """
    return _read_dataclass(cls, data, where, key="")


def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _members(hint: Any) -> tuple[Any, ...]:
    """The alternatives of a union; a plain type is its only one."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _classes(hint: Any) -> dict[str, type]:
    """The configuration classes among the alternatives of a type, by name."""
    classes = [m for m in _members(hint) if isinstance(m, type) and dataclasses.is_dataclass(m)]
    return {m.__name__: m for m in classes}


def _write(value: Any, hint: Any, key: str) -> Any:
    if dataclasses.is_dataclass(value):
        tagged = len(_classes(hint)) > 1
        body = to_json(value)
        assert not (tagged and KIND in body), f"{type(value).__name__} has a field '{KIND}'"
        return {KIND: type(value).__name__, **body} if tagged else body
    if isinstance(value, tuple):
        items = _item_hints(_tuple_hint(hint), len(value))
        pairs = enumerate(zip(value, items, strict=True))
        return [_write(v, h, f"{key}[{i}]") for i, (v, h) in pairs]
    if isinstance(value, Mapping):
        return {str(k): _write(v, Any, f"{key}.{k}") for k, v in value.items()}
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{key} is {value}, which no configuration can hold: give a number")
    assert value is None or isinstance(value, bool | int | float | str), f"{key}: {type(value)}"
    return value


def _tuple_hint(hint: Any) -> Any:
    return next((m for m in _members(hint) if get_origin(m) is tuple), tuple[Any, ...])


def _item_hints(hint: Any, length: int) -> tuple[Any, ...]:
    """The types of the items of a tuple type: `tuple[X, ...]` or `tuple[X, Y]`."""
    arguments = get_args(hint)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return (arguments[0],) * length
    return arguments


def _read_dataclass(cls: type[T], data: object, where: str, key: str) -> T:
    place = f"{where}: {key}" if key else where
    if not isinstance(data, Mapping):
        raise ConfigError(f"{place} must be an object with keys, not {_show(data)}")
    hints = _hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    for name in data:
        if name not in fields:
            raise ConfigError(f"{place} has an unknown key '{name}': {nearest(str(name), fields)}")
    values = {
        name: _read(hints[name], value, where, f"{key}.{name}" if key else name)
        for name, value in data.items()
    }
    for name, field in fields.items():
        optional = (field.default, field.default_factory) != (dataclasses.MISSING,) * 2
        if name not in values and not optional:
            raise ConfigError(f"{place} lacks the key '{name}': add it")
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from error


def _read(hint: Any, value: Any, where: str, key: str) -> Any:
    members = _members(hint)
    if value is None and type(None) in members:
        return None
    classes = _classes(hint)
    if len(classes) > 1 and isinstance(value, Mapping):
        return _read_one_of(classes, value, where, key)
    problems = []
    for member in members:
        if member is type(None):
            continue
        try:
            return _read_plain(member, value, where, key)
        except ConfigError as error:
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    raise ConfigError(f"{where}: {key} must be {_describe(hint)}, not {_show(value)}")


def _read_one_of(
    classes: dict[str, type], value: Mapping[str, Any], where: str, key: str
) -> object:
    kind = value.get(KIND)
    if kind not in classes:
        known = ", ".join(sorted(classes))
        hint = nearest(kind, classes) if isinstance(kind, str) else f"known: {known}"
        raise ConfigError(f"{where}: {key}.{KIND} is {_show(kind)}: {hint}")
    body = {name: item for name, item in value.items() if name != KIND}
    return _read_dataclass(classes[kind], body, where, key)


def _read_plain(hint: Any, value: Any, where: str, key: str) -> Any:
    """The value of a type that is not a union."""
    if hint is Any:
        return value
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return _read_dataclass(hint, value, where, key)
    origin = get_origin(hint)
    if origin is tuple and isinstance(value, list | tuple):
        items = _item_hints(hint, len(value))
        if len(items) == len(value):
            pairs = enumerate(zip(items, value, strict=True))
            return tuple(_read(h, v, where, f"{key}[{i}]") for i, (h, v) in pairs)
    elif origin is dict and isinstance(value, Mapping):
        return {k: _read(get_args(hint)[1], v, where, f"{key}.{k}") for k, v in value.items()}
    elif origin is Literal:
        # 1 == True in Python; the type must agree too.
        if any(value == a and type(value) is type(a) for a in get_args(hint)):
            return value
        if isinstance(value, str):
            options = [str(a) for a in get_args(hint)]
            raise ConfigError(f"{where}: {key} is '{value}': {nearest(value, options)}")
    elif hint is float and _is_number(value):
        return float(value)
    elif hint is Path and isinstance(value, str):
        return Path(value)
    elif hint in (bool, int, str) and type(value) is hint:
        return value
    raise ConfigError(f"{where}: {key} must be {_describe(hint)}, not {_show(value)}")


def _is_number(value: object) -> bool:
    # Python's json reads NaN and Infinity, which are not JSON, without a complaint.
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    type(None): "null",
}


def _describe(hint: Any) -> str:
    """A type in words."""
    members = _members(hint)
    if len(members) > 1:
        return " or ".join(_describe(m) for m in members)
    if hint in _WORDS:
        return _WORDS[hint]
    origin = get_origin(hint)
    if origin is Literal:
        return "one of " + ", ".join(repr(a) for a in get_args(hint))
    if origin is tuple:
        arguments = get_args(hint)
        if arguments[-1] is Ellipsis:
            return f"a list, each item {_describe(arguments[0])}"
        return f"a list of {len(arguments)}: " + ", ".join(_describe(a) for a in arguments)
    if origin is dict:
        return f"an object, each value {_describe(get_args(hint)[1])}"
    assert dataclasses.is_dataclass(hint), f"a configuration cannot hold {hint}"
    return "an object with keys"


def _show(value: object) -> str:
    """A value as it stands in the file, shortened."""
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value]
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
