"""Lists by the page: where the last one ended, never how many came before it."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from marketplace.developers import rules
from marketplace.developers.ground.shapes import Shape
from marketplace.errors import BadInput

SIZE, SIZE_MAX = 25, 100
_Row = TypeVar("_Row", bound=Model)


class PageQuery(Shape):
    """Which page of a list."""

    cursor = serializers.CharField(
        required=False,
        max_length=200,
        help_text="`next` of the page before; leave it out for the first one",
    )
    size = serializers.IntegerField(
        required=False, min_value=1, max_value=SIZE_MAX, default=SIZE, help_text="rows a page"
    )


@cache
def paged(of: type[Shape]) -> type[Shape]:
    """Return the shape of a page of `of`."""
    name = of.__name__.removesuffix("Shape") + "PageShape"
    fields = {
        "items": of(many=True),
        "next": serializers.CharField(
            allow_null=True, help_text="the cursor of the next page; null on the last one"
        ),
        "__doc__": "One page of a list.",
    }
    return type(name, (Shape,), fields)


def asked(request: Request, shape: type[Shape] = PageQuery) -> dict[str, Any]:
    """Return the checked values of the address. Raises ValidationError."""
    # A plain dict: an empty value is a value here, not a field that a form left blank.
    query = shape(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def newest_first(rows: QuerySet[_Row], query: dict[str, Any]) -> tuple[list[_Row], str | None]:
    """Return a page of rows by falling id, and the cursor of the next one."""
    ends = position(query, count=1)
    if ends:
        rows = rows.filter(pk__lt=ends[0])
    found = list(rows.order_by("-pk")[: query["size"] + 1])
    kept = found[: query["size"]]
    return kept, rules.cursor_of([kept[-1].pk]) if len(found) > len(kept) else None


def position(query: dict[str, Any], *, count: int) -> list[int]:
    """Return the numbers of the cursor that was asked for; none for the first page."""
    text = query.get("cursor", "")
    if not text:
        return []
    try:
        return rules.read_cursor(text, count=count)
    except ValueError as error:
        raise BadInput(_("This cursor is not one that a page of this list gave."), "cursor") from (
            error
        )
