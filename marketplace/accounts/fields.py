"""Form fields that people of every room may need."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from marketplace.accounts import rules


class PhoneField(forms.CharField):
    """An international telephone number, given back as E.164; empty when optional and empty."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("Phone number"))
        options.setdefault(
            "help_text", gettext_lazy("With the country code, such as +250 788 123 456.")
        )
        options["max_length"] = 40
        options["widget"] = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        """Raise ValidationError, in words, if the number cannot exist."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            return rules.e164(text)
        except ValueError as error:
            raise ValidationError(
                _("Give the whole phone number with its country code, such as +250 788 123 456."),
                code="invalid_phone",
            ) from error


class LineField(forms.CharField):
    """One line of text as people read it: line breaks become spaces, invisible commands go.

    A line break in a title would end up in the head of a mail; a direction override would show
    a name as another one.
    """

    def to_python(self, value: Any) -> str:
        """Return the line."""
        # What breaks the form's own rules (NUL) is left for its validators to refuse.
        return rules.one_line(super().to_python(value) or "")


class CountryField(forms.ChoiceField):
    """A country by its name in the reader's language; its value is the ISO 3166-1 code."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", gettext_lazy("Country"))
        super().__init__(choices=country_choices, **options)


def country_choices() -> list[tuple[str, str]]:
    """Return (ISO code, name) of every country, sorted by name, after an empty choice."""
    return [("", "—"), *_sorted_countries(to_locale(get_language() or "en"))]


@cache
def _sorted_countries(locale: str) -> tuple[tuple[str, str], ...]:
    """Sort 250 names once a language, not for each form."""
    names = Locale.parse(locale).territories
    known = [(code, names.get(code, code)) for code in rules.COUNTRIES]
    return tuple(sorted(known, key=lambda country: country[1]))
