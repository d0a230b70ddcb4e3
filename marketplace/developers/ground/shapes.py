"""Fields and shapes that take JSON at its word: no text for a number, no number for a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

BIGGEST = 2**53 - 1  # the largest whole number that every JSON reader keeps exactly


class Shape(serializers.Serializer[Any]):
    """The shape of something that comes in or goes out."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that are not known: a slip in an optional one would go unnoticed."""
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                words = _("This name is not known here.")
                raise serializers.ValidationError({str(name): [words] for name in unknown})
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number of a JSON body."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("min_value", 0)
        options.setdefault("max_value", BIGGEST)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        """Refuse 12.0, "12" and true."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A text of a JSON body, without outer white space."""

    def to_internal_value(self, data: Any) -> str:
        """Refuse numbers."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Yes(serializers.BooleanField):
    """True or false of a JSON body."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse "yes", 1 and the like."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ProblemErrorShape(Shape):
    """One value that cannot be used."""

    field = serializers.CharField(help_text="the way to it, such as variants.0.price_minor")
    message = serializers.CharField(help_text="a sentence for a person")


class ProblemShape(Shape):
    """What went wrong (RFC 9457)."""

    type = serializers.CharField(help_text="an address that explains the code")
    title = serializers.CharField(help_text="the status in words")
    status = serializers.IntegerField(help_text="the HTTP status again")
    detail = serializers.CharField(help_text="a sentence for a person")
    code = serializers.CharField(help_text="a word for a program")
    errors = ProblemErrorShape(many=True)  # type: ignore[assignment]
    request_id = serializers.CharField(help_text="tell it to us when you ask for help")


def amount_help(what: str) -> str:
    """Return the words for a field of money."""
    return f"{what}, in minor units of `currency`"
