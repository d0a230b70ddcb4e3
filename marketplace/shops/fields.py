"""A form field for money, typed in major units and kept in minor ones."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.money import currency_digits
from marketplace.shops.amounts import read_amount


class AmountField(forms.CharField):
    """An amount as people type it. Set `currency` (ISO 4217) first; None when left empty."""

    def __init__(self, *, currency: str = "EUR", **options: Any) -> None:
        self.currency = currency
        options.setdefault("max_length", 30)
        # A text field with the number pad: type=number refuses commas in half the locales.
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        options.setdefault("widget", widget)
        super().__init__(**options)

    def clean(self, value: Any) -> int | None:
        """Return minor units. Raises ValidationError in words."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_amount(text, digits=currency_digits(self.currency))
        except ValueError as error:
            raise ValidationError(self._words(str(error)), code=str(error)) from error

    def _words(self, code: str) -> str:
        digits = currency_digits(self.currency)
        if code == "range":
            return _("This amount is too large.")
        if code == "decimals" and digits:
            return ngettext(
                "Write at most %(digits)d digit after the comma or dot.",
                "Write at most %(digits)d digits after the comma or dot.",
                digits,
            ) % {"digits": digits}
        if not digits:
            return _("Write a whole number, such as 1200.")
        return _("Write an amount such as 12.50 or 12,50.")
