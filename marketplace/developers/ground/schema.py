"""How an endpoint is described: OpenAPI 3, made from the code by drf-spectacular, offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

from marketplace.developers.ground.shapes import ProblemShape, Shape
from marketplace.developers.models import Scope

PROBLEM = "application/problem+json"
SCHEME = "token"
_ALWAYS = (400, 401, 406, 429, 500, 503)
_WITH_BODY = (413, 415, 422)
_WORDS = {
    400: "The request cannot be read, or its Idempotency-Key is missing.",
    401: "No token, or one that opens nothing.",
    402: "The card was declined.",
    403: "The token is not for this, or its person may not do it.",
    404: "There is no such thing, or it is not yours.",
    406: "Only JSON is spoken here.",
    409: "Not possible in the present state.",
    413: "Too much was sent.",
    415: "Send JSON.",
    422: "Some values cannot be used; `errors` names them.",
    429: "Too many requests; wait as `Retry-After` says.",
    500: "Something broke on our side; send the same request again.",
    503: "Too busy at this moment; try again.",
}
_REF = re.compile(r"#/components/schemas/(\w+)")
_RATE = {
    "RateLimit-Limit": "requests a minute",
    "RateLimit-Remaining": "how many are left",
    "RateLimit-Reset": "seconds until the minute is over",
}


class EndpointSchema(AutoSchema):
    """Scopes as security, and a description that names them."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return what a request must show."""
        if self._scope() is None and not getattr(self.view, "needs_token", False):
            return [{}, {SCHEME: []}]
        return [{SCHEME: []}]

    def get_description(self) -> str:  # type: ignore[override]
        """Return the endpoint's words, and the scope it needs."""
        words = super().get_description()
        scope = self._scope()
        return f"{words}\n\nScope: `{scope.value}`" if scope else words

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Return what a shape is called in the schema."""
        return str(super().get_serializer_name(serializer, direction)).removesuffix("Shape")

    def _scope(self) -> Scope | None:
        scopes: Mapping[str, Scope] = getattr(self.view, "scopes", {})
        return scopes.get(self.method.lower())


def described(
    name: str,
    *,
    tag: str,
    gives: type[Shape] | Shape | None = None,
    takes: type[Shape] | Mapping[str, type[Shape]] | None = None,
    query: type[Shape] | None = None,
    status: int = 200,
    refuses: tuple[int, ...] = (),
) -> Callable[[Any], Any]:
    """Describe a method: its operation id, what it takes and gives, and further refusals.

    What every endpoint may answer is added by `complete`.
    """
    responses: dict[int, Any] = {status: gives, **dict.fromkeys(refuses, ProblemShape)}
    return extend_schema(
        operation_id=name,
        tags=[tag],
        request=takes,
        responses=responses,
        parameters=[query] if query else None,
    )


def complete(result: dict[str, Any], **_named: Any) -> dict[str, Any]:
    """Add to every operation what all share: problems, the key of a POST, the limits' headers."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            _complete_operation(path, method, operation)
    result["components"]["securitySchemes"] = {
        SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made at /developers/tokens/.",
        }
    }
    schemas = result["components"]["schemas"]
    for name in _taken(result):
        schemas[name]["additionalProperties"] = False
    return result


def _taken(result: dict[str, Any]) -> set[str]:
    """Return the names of the shapes that come in, and of the shapes inside them."""
    operations = [one for path in result["paths"].values() for one in path.values()]
    bodies = [one.get("requestBody", {}) for one in operations]
    found: set[str] = set()
    waiting = set(_REF.findall(repr(bodies)))
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(_REF.findall(repr(result["components"]["schemas"][name]))) - found
    return found


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    further = _further(path, method, operation)
    if method == "post":
        operation.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": True,
                "schema": {"type": "string", "pattern": "^[!-~]{8,128}$"},
                "description": "New for each request, the same for its repeats.",
            }
        )
    for code, answer in responses.items():
        if int(code) < 400:
            answer["headers"] = {
                name: {"schema": {"type": "integer"}, "description": words}
                for name, words in _RATE.items()
            }
    for status in sorted(further):
        responses[str(status)] = {
            "description": _WORDS.get(status, HTTPStatus(status).phrase),
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = dict(sorted(responses.items()))


def _further(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    """Return the statuses of an operation's problems."""
    found = {*_ALWAYS, *(int(code) for code in operation["responses"] if int(code) >= 400)}
    if operation["security"] == [{SCHEME: []}]:
        found.add(403)
    if "{" in path:
        found.add(404)
    if operation.get("parameters"):
        found.add(422)
    if method != "get":
        found |= {*_WITH_BODY, 403, 409}
    return found


@cache
def whole() -> dict[str, Any]:
    """Return the whole schema; it is made once a process, as the code does not change."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made
