"""The reference as pages show it, read from the OpenAPI schema: no script draws it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.text import slugify

from marketplace.developers.ground.schema import whole

_DEPTH = 3
_NOTHING: tuple[str, dict[str, Any]] = ("", {})
_SAMPLES = {"string": "…", "boolean": True, "number": 1, "integer": 1}
_BY_FORMAT = {"date-time": "2026-11-22T09:00:00Z", "binary": "@photo.jpg"}


@dataclass(frozen=True, slots=True)
class Field:
    """One value that goes in or comes out; `path` is the way to it."""

    path: str
    kind: str
    words: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Status:
    """One way an operation can end."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint."""

    name: str
    method: str
    path: str
    words: str
    scope: str
    parameters: list[Field]
    takes: list[Field]
    gives: list[Field]
    ends: list[Status]
    example: str
    answer: str

    @property
    def before(self) -> str:
        """The example up to the site's own address."""
        return self.example.partition("HOST")[0]

    @property
    def after(self) -> str:
        """The example after the site's own address."""
        return self.example.partition("HOST")[2]


@dataclass(frozen=True, slots=True)
class Group:
    """Operations about one thing."""

    slug: str
    name: str
    operations: list[Operation]


@cache
def groups() -> list[Group]:
    """Return every operation, by what it is about."""
    schema = whole()
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            made = _operation(schema, path, method, operation)
            found.setdefault(operation["tags"][0], []).append(made)
    return [Group(slugify(tag), tag, operations) for tag, operations in sorted(found.items())]


def _operation(
    schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]
) -> Operation:
    words, _newlines, scope = operation["description"].partition("\n\nScope: ")
    body = operation.get("requestBody", {}).get("content", {})
    kind, taken = next(iter(body.items()), _NOTHING)
    good = next(one for code, one in operation["responses"].items() if code < "400")
    given = good.get("content", {}).get("application/json", {}).get("schema", {})
    sample = _sample(schema, taken.get("schema", {})) if kind else None
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        words=words,
        scope=scope.strip("`"),
        parameters=[
            Field(one["name"], one["in"], one.get("description", ""), one.get("required", False))
            for one in operation.get("parameters", [])
        ],
        takes=list(_fields(schema, taken.get("schema", {}))),
        gives=list(_fields(schema, given)),
        ends=[
            Status(code, one["description"])
            for code, one in operation["responses"].items()
            if code >= "400"
        ],
        example=_curl(path, method, kind, sample, needs_token={} not in operation["security"]),
        answer=json.dumps(_sample(schema, given), indent=2, ensure_ascii=False) if given else "",
    )


def _curl(path: str, method: str, kind: str, sample: Any, *, needs_token: bool) -> str:
    """Return a line for a terminal; HOST is put in by the page."""
    lines = [f'curl "HOST{re.sub(r"{[^}]*}", "1", path)}"']
    if method != "get":
        lines[0] = lines[0].replace("curl", f"curl -X {method.upper()}")
    if needs_token:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if kind == "multipart/form-data":
        lines.append('-F "photo=@photo.jpg"')
    elif kind:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(sample, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _fields(
    schema: dict[str, Any], shape: dict[str, Any], path: str = "", depth: int = 0
) -> Iterator[Field]:
    shape = _resolved(schema, shape)
    needed = set(shape.get("required", []))
    for name, one in shape.get("properties", {}).items():
        inner = _resolved(schema, one)
        here = f"{path}.{name}".strip(".")
        listed = inner.get("type") == "array"
        words = one.get("description") or ""
        yield Field(here, _kind(schema, inner), words, name in needed)
        if depth < _DEPTH:
            deeper = _resolved(schema, inner["items"]) if listed else inner
            yield from _fields(schema, deeper, f"{here}.0" if listed else here, depth + 1)


def _kind(schema: dict[str, Any], shape: dict[str, Any]) -> str:
    values = shape.get("enum")
    if values and len(values) <= 12:
        return " | ".join(str(one) for one in values if one is not None)
    kind = str(shape.get("type", "object"))
    if kind == "array":
        inner = _resolved(schema, shape["items"])
        kind = f"list of {inner.get('type', 'object')}"
    kind = str(shape.get("format", kind)) if kind == "string" else kind
    return f"{kind} or null" if shape.get("nullable") else kind


def _sample(schema: dict[str, Any], shape: dict[str, Any]) -> Any:
    shape = _resolved(schema, shape)
    if "properties" in shape:
        return {name: _sample(schema, one) for name, one in shape["properties"].items()}
    if shape.get("type") == "array":
        return [_sample(schema, shape["items"])]
    if shape.get("enum"):
        return shape["enum"][0]
    if shape.get("format") in _BY_FORMAT:
        return _BY_FORMAT[shape["format"]]
    if shape.get("type") == "integer":
        return max(1, shape.get("minimum", 1))
    return _SAMPLES.get(shape.get("type", ""))


def _resolved(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """Follow references, also those that carry words or null beside them."""
    while True:
        parts = shape.get("allOf") or shape.get("oneOf")
        if "$ref" in shape:
            shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        elif parts:
            shape = {**{k: v for k, v in shape.items() if k not in {"allOf", "oneOf"}}, **parts[0]}
        else:
            return shape
