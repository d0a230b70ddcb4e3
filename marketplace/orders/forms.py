"""What people type at checkout and about a parcel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.fields import CountryField, LineField
from marketplace.accounts.models import Address
from marketplace.accounts.rules import COUNTRIES
from marketplace.money import Money
from marketplace.orders.models import Order, OrderLine
from marketplace.orders.providers import sandbox
from marketplace.orders.rules import QUANTITY_MAX
from marketplace.shops.fields import AmountField

NEW_ADDRESS = "new"
SENDING = "sending-"
LINE = "line-"
CARD_CHOICES = [
    (sandbox.TOK_OK, _("A card that works")),
    (sandbox.TOK_DELAYED, _("A card whose bank answers after a minute")),
    (sandbox.TOK_REPEAT, _("A card whose bank answers three times")),
    (sandbox.TOK_DECLINED, _("A card that is declined")),
]


class AddForm(forms.Form):
    """Units of one variant for the cart."""

    variant_id = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=QUANTITY_MAX, initial=1)


class QuantityForm(forms.Form):
    """A cart line's new quantity; 0 takes it out."""

    quantity = forms.IntegerField(min_value=0, max_value=QUANTITY_MAX)


class CardForm(forms.Form):
    """The sandbox's cards: no real card number is ever asked for."""

    card = forms.ChoiceField(
        label=_("Card (practice only, no real money moves)"),
        choices=CARD_CHOICES,
        initial=sandbox.TOK_OK,
        widget=forms.RadioSelect,
    )


class CheckoutForm(CardForm):
    """Where the parcels go, how they are sent, and the card.

    `seen` is what the page showed (`Basket.seen`); `later` orders now and pays on the next page.
    The ways of sending are fields of their own, `sending-<shop id>`: see `sendings` below.
    """

    cart = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=400, required=False)
    saved = forms.ChoiceField(label=_("Send to"), widget=forms.RadioSelect, required=False)
    recipient = LineField(
        label=_("Who receives it"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    lines = forms.CharField(
        label=_("Street, town, postcode"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = CountryField(required=False, widget=forms.Select(attrs={"autocomplete": "country"}))
    keep = forms.BooleanField(label=_("Keep this address for next time"), required=False)
    field_order = ["saved", "recipient", "lines", "country", "keep", "card"]

    def __init__(self, *args: Any, addresses: list[Address], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses = {str(address.pk): address for address in addresses}
        saved = [
            (key, f"{one.recipient_sealed}, {one.lines_sealed}, {one.country}")
            for key, one in self._addresses.items()
        ]
        choices = [*saved, (NEW_ADDRESS, _("A new address, below"))]
        self.fields["saved"].choices = choices  # type: ignore[attr-defined]
        self.fields["saved"].initial = choices[0][0]
        self.fields["card"].required = not self.data.get("later")
        if not saved:
            del self.fields["saved"]
            for name in ("recipient", "lines", "country"):
                self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        """A saved address fills the fields; a new one needs all of them."""
        cleaned: dict[str, Any] = super().clean() or {}
        saved = self._addresses.get(cleaned.get("saved", ""))
        if saved is not None:
            cleaned["recipient"] = saved.recipient_sealed
            cleaned["lines"] = saved.lines_sealed
            cleaned["country"] = saved.country
            cleaned["keep"] = False
            return cleaned
        for name in ("recipient", "lines", "country"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in, or choose a saved address."))
        return cleaned

    def destination(self) -> str:
        """Return the country that the page must price for, valid or not; empty when unknown."""
        saved = self._addresses.get(str(self["saved"].value())) if "saved" in self.fields else None
        country = saved.country if saved else str(self["country"].value() or "")
        return country if country in COUNTRIES else ""

    def showing(self, *, cart_id: int, seen: str) -> None:
        """Have the page send back what it shows now."""
        shown = {"cart": str(cart_id), "seen": seen}
        self.initial.update(shown)
        if self.is_bound:
            self.data = {**self.data.dict(), **shown}  # type: ignore[attr-defined]


def sendings(posted: Mapping[str, object]) -> dict[int, int]:
    """Return the chosen way of sending by shop id (`sending-<shop id>`); other fields are left out.

    >>> sendings({"sending-7": "3", "sending-8": "x", "card": "1"})
    {7: 3}
    """
    chosen: dict[int, int] = {}
    for name, method in posted.items():
        shop = name.removeprefix(SENDING)
        if shop != name and _is_id(shop) and _is_id(method):
            chosen[int(shop)] = int(str(method))
    return chosen


def _is_id(text: object) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(r"[0-9]{1,18}", text))


class UnitsForm(forms.Form):
    """Units of an order's lines, one field for each line, and the key of this form."""

    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        lines: Iterable[OrderLine] = (),
        key: str = "",
        preset: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = key
        # A form that comes a second time names lines of which nothing is left: the service judges.
        for line in lines:
            most = line.quantity if self.is_bound else line.open_quantity
            self.fields[f"{LINE}{line.pk}"] = forms.IntegerField(
                label=_("%(goods)s, of %(left)s left")
                % {"goods": line.title, "left": line.open_quantity},
                min_value=0,
                max_value=most,
                required=False,
                initial=most if preset else 0,
                widget=forms.NumberInput(attrs={"class": "few", "inputmode": "numeric"}),
            )

    def quantities(self) -> dict[int, int] | None:
        """Return units by line id of the fields that were sent; None when the form had none."""
        sent = {
            int(name.removeprefix(LINE)): count or 0
            for name, count in self.cleaned_data.items()
            if name.startswith(LINE) and name in self.data
        }
        return sent or None


class ShipForm(UnitsForm):
    """What is in the parcel, who carries it, and its number."""

    carrier = LineField(
        label=_("Who carries it"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    tracking = LineField(
        label=_("Tracking number"),
        max_length=60,
        required=False,
        help_text=_("With it, both of you see where the parcel is."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [name for name in self.fields if name.startswith(LINE)]
        self.order_fields(["key", *lines, "carrier", "tracking"])


class CallOffForm(UnitsForm):
    """Which units are not sent, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = [name for name in self.fields if name.startswith(LINE)]
        self.order_fields(["key", *lines, "reason"])


class KeyForm(forms.Form):
    """A button that acts once."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)


class GiveBackForm(KeyForm):
    """Money that the shop gives back, by component, and why."""

    goods = AmountField(label=_("For the goods"), required=False)
    shipping = AmountField(label=_("For the shipping"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, order: Order, key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = key
        left = {
            "goods": order.goods_minor - order.refunded_goods_minor,
            "shipping": order.shipping_minor - order.refunded_shipping_minor,
        }
        locale = get_language() or "en"
        for name, amount_minor in left.items():
            field = self.fields[name]
            field.currency = order.currency  # type: ignore[attr-defined]
            most = Money(amount_minor, order.currency).display(locale)
            field.help_text = _("At most %(amount)s.") % {"amount": most}
            if not amount_minor:
                field.widget = forms.HiddenInput()


class CancelForm(forms.Form):
    """Why an order is called off."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
