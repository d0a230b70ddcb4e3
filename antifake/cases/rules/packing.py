"""Frozen evidence as text: subject and bank to JSON and back, value for value. Plain Python.

Written by the types of `detectors.base` themselves, so that a field added there is packed too,
and one that an old pack does not know takes its default. Numbers come back exactly: JSON writes
the shortest text that names the same double.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import types
import typing
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def packed(value: Any) -> Any:
    """Return a dataclass, or what its fields hold, as JSON's own types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: packed(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, bytes):
        return base64.b85encode(value).decode()
    if isinstance(value, frozenset):
        return sorted(packed(item) for item in value)
    if isinstance(value, list | tuple):
        return [packed(item) for item in value]
    if isinstance(value, Mapping):
        return {key: packed(item) for key, item in value.items()}
    return value


def unpacked(kind: type[T], data: Any) -> T:
    """Return what `packed` made of a `kind`. Raises TypeError or KeyError on anything else."""
    return typing.cast(T, _unpacked(kind, data))


def as_bytes(data: Any) -> tuple[str, bytes]:
    """Return the SHA-256 (hex) of the JSON of `data`, and that JSON compressed."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    plain = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(plain).hexdigest(), zlib.compress(plain, 9)


def from_bytes(sha256: str, kept: bytes) -> Any:
    """Return what `as_bytes` was given. Raises ValueError when it is not what was frozen."""
    try:
        plain = zlib.decompress(kept)
    except zlib.error as error:
        raise ValueError("cannot be read") from error
    if hashlib.sha256(plain).hexdigest() != sha256:
        raise ValueError("has been changed")
    return json.loads(plain.decode("utf-8", "surrogatepass"))


def _unpacked(kind: Any, data: Any) -> Any:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if data is None:
        return None
    if dataclasses.is_dataclass(kind):
        return _of_dataclass(kind, data)
    if kind is bytes:
        return base64.b85decode(data)
    if origin in (tuple, frozenset):
        return _of_several(origin, args, data)
    # Of an optional value the one kind; other unions hold plain values, as JSON says them.
    kinds = [one for one in args if one is not types.NoneType]
    is_optional = origin in (types.UnionType, typing.Union) and len(kinds) == 1
    return _unpacked(kinds[0], data) if is_optional else data


def _of_dataclass(kind: Any, data: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    known = {name: _unpacked(hints[name], value) for name, value in data.items() if name in hints}
    return kind(**known)


def _of_several(origin: Any, args: tuple[Any, ...], data: list[Any]) -> Any:
    alike = origin is frozenset or args[-1:] == (Ellipsis,)
    kinds = [args[0]] * len(data) if alike else list(args)
    return origin(_unpacked(one, item) for one, item in zip(kinds, data, strict=True))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
