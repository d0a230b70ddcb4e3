"""What buyers and shops write on the pages of this room."""

from __future__ import annotations

import uuid
from typing import Any

from babel.numbers import get_territory_currencies
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.fields import CountryField, LineField
from marketplace.accounts.models import Address
from marketplace.listings.forms import PhotosField
from marketplace.listings.models import Category, Variant
from marketplace.orders.forms import CheckoutForm
from marketplace.quotes import queries, rules
from marketplace.quotes.models import Deal, DeclinedFor, QuoteRequest, QuoteVersion
from marketplace.quotes.rules import Rung
from marketplace.quotes.services.quoting import Terms
from marketplace.shops.fields import AmountField
from marketplace.shops.forms import currency_choices
from marketplace.shops.models import Shop

ONE_SHOP, MARKET = "shop", "market"


class KeyForm(forms.Form):
    """A form with a key of its own: sent twice, it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


def _categories() -> list[tuple[Any, str]]:
    return [("", "—"), *((one.pk, one.name) for one in Category.objects.all())]


def _number(label: Any, most: int, **options: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=1, max_value=most, widget=widget, **options)


class AskForm(KeyForm):
    """What a buyer looks for. With a shop, it may go to this shop alone."""

    to = forms.ChoiceField(label=gettext_lazy("Who may answer?"), widget=forms.RadioSelect)
    title = LineField(label=gettext_lazy("What do you look for?"), max_length=120)
    details = forms.CharField(
        label=gettext_lazy("Say more about it"),
        help_text=gettext_lazy(
            "Material, size, colour, how it is used. Leave out your name and address: shops get"
            " them with your order."
        ),
        min_length=rules.TEXT_LETTERS,
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    category = forms.TypedChoiceField(
        label=gettext_lazy("Category"), coerce=int, choices=_categories
    )
    quantity = _number(gettext_lazy("How many?"), rules.QUANTITY_MAX)
    unit = LineField(
        label=gettext_lazy("Counted in"),
        max_length=20,
        help_text=gettext_lazy("Pieces, metres, kilograms."),
    )
    target = AmountField(
        label=gettext_lazy("What may one cost?"),
        help_text=gettext_lazy("Shops see it. Leave it empty to see what they ask."),
        required=False,
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currency_choices)
    country = CountryField(label=gettext_lazy("Where does it go?"))
    wanted_by = forms.DateField(
        label=gettext_lazy("Wanted by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    photos = PhotosField(
        label=gettext_lazy("Photos"),
        help_text=gettext_lazy("Only shops that may answer see them."),
        required=False,
    )

    def __init__(self, *args: Any, shop: Shop | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if shop is None:
            del self.fields["to"]
        else:
            field = self.fields["to"]
            field.choices = [  # type: ignore[attr-defined]
                (ONE_SHOP, shop.name),
                (MARKET, _("Every shop that sells such goods")),
            ]
            field.initial = ONE_SHOP
        typed = str(self.data.get("currency", "")) if self.is_bound else ""
        if typed in {code for code, _name in currency_choices() if code}:
            self.fields["target"].currency = typed  # type: ignore[attr-defined]

    def goes_to_one(self) -> bool:
        """Say whether only the shop it was opened from shall see it."""
        return self.cleaned_data.get("to") == ONE_SHOP


def currency_of(country: str) -> str:
    """Return the currency people of a country use; empty when unknown.

    >>> currency_of("RW"), currency_of("")
    ('RWF', '')
    """
    found = get_territory_currencies(country) if country else []
    return str(found[-1]) if found else ""


class QuoteForm(KeyForm):
    """A shop's price: the goods, a ladder of quantities, sending, and how long it holds."""

    variant = forms.TypedChoiceField(
        label=gettext_lazy("Your goods"),
        coerce=int,
        help_text=gettext_lazy("For something made to order, first list it as goods of its own."),
    )
    quantity = _number(gettext_lazy("Pieces"), rules.QUANTITY_MAX)
    unit_price = AmountField(label=gettext_lazy("Price for one"))
    shipping = AmountField(
        label=gettext_lazy("Sending all of them"),
        help_text=gettext_lazy("To the country of the request. 0 when it is free."),
    )
    transit_days = _number(gettext_lazy("Longest time on the way, in days"), rules.TRANSIT_DAYS_MAX)
    valid_days = _number(
        gettext_lazy("The quote holds for so many days"), rules.VALID_DAYS_MAX, initial=14
    )
    note = forms.CharField(
        label=gettext_lazy("A word with it"),
        required=False,
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    quantity_2 = _number(gettext_lazy("Pieces"), rules.QUANTITY_MAX, required=False)
    unit_price_2 = AmountField(label=gettext_lazy("Price for one"), required=False)
    shipping_2 = AmountField(label=gettext_lazy("Sending all of them"), required=False)
    quantity_3 = _number(gettext_lazy("Pieces"), rules.QUANTITY_MAX, required=False)
    unit_price_3 = AmountField(label=gettext_lazy("Price for one"), required=False)
    shipping_3 = AmountField(label=gettext_lazy("Sending all of them"), required=False)
    quantity_sample = _number(gettext_lazy("Pieces"), rules.QUANTITY_MAX, required=False)
    unit_price_sample = AmountField(label=gettext_lazy("Price for one"), required=False)
    shipping_sample = AmountField(label=gettext_lazy("Sending all of them"), required=False)

    def __init__(self, *args: Any, shop: Shop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = shop.currency
        self.fields["variant"].choices = [  # type: ignore[attr-defined]
            (one.pk, _named(one)) for one in queries.goods_to_quote(shop)
        ]

    def clean(self) -> dict[str, Any]:
        """A further line is whole or empty."""
        cleaned: dict[str, Any] = super().clean() or {}
        for ending in ("_2", "_3", "_sample"):
            given = [cleaned.get(f"{name}{ending}") for name in ("quantity", "unit_price")]
            if any(given) and not all(given):
                self.add_error(
                    f"quantity{ending}", _("Please give a quantity and a price, or neither.")
                )
        return cleaned

    def terms(self) -> Terms:
        """Return what the shop offers; the form must be valid."""
        cleaned = self.cleaned_data
        ladder = [self._rung(ending) for ending in ("", "_2", "_3")]
        return Terms(
            variant_id=cleaned["variant"],
            ladder=[rung for rung in ladder if rung],
            transit_days=cleaned["transit_days"],
            valid_days=cleaned["valid_days"],
            note=cleaned["note"],
            sample=self._rung("_sample"),
        )

    def _rung(self, ending: str) -> Rung | None:
        cleaned = self.cleaned_data
        if not cleaned.get(f"quantity{ending}"):
            return None
        return Rung(
            quantity=cleaned[f"quantity{ending}"],
            unit_price_minor=cleaned[f"unit_price{ending}"] or 0,
            shipping_minor=cleaned[f"shipping{ending}"] or 0,
        )


def _named(variant: Variant) -> str:
    title = variant.listing.title
    return f"{title}, {variant.name}" if variant.name else title


def of_version(version: QuoteVersion, *, shown: Any) -> dict[str, Any]:
    """Return a quote form's fields as a version had them; `shown` writes an amount."""
    fields: dict[str, Any] = {
        "variant": version.variant_id,
        "transit_days": version.transit_days,
        "note": version.note,
    }
    endings = zip(("", "_2", "_3"), version.ladder, strict=False)
    deals: list[tuple[str, Deal]] = list(endings)
    if version.sample is not None:
        deals.append(("_sample", version.sample))
    for ending, deal in deals:
        fields[f"quantity{ending}"] = deal.quantity
        fields[f"unit_price{ending}"] = shown(deal.unit_price_minor)
        fields[f"shipping{ending}"] = shown(deal.shipping_minor)
    return fields


class DeclineForm(forms.Form):
    """Why not."""

    declined_for = forms.ChoiceField(
        label=gettext_lazy("Why not?"),
        choices=[(one.value, one.label) for one in DeclinedFor if one != DeclinedFor.OTHER_CHOSEN],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("What would help?"),
        required=False,
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SayForm(KeyForm):
    """A question or an answer."""

    text = forms.CharField(
        label=gettext_lazy("Your words"),
        help_text=gettext_lazy("Only you two read them. Money is held safe only when paid here."),
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AcceptForm(CheckoutForm):
    """Where an accepted quote goes, in the country it was made for, and the card."""

    cart = None  # type: ignore[assignment]
    seen = None  # type: ignore[assignment]

    def __init__(
        self, *args: Any, request_row: QuoteRequest, addresses: list[Address], **kwargs: Any
    ) -> None:
        there = [one for one in addresses if one.country == request_row.country]
        super().__init__(*args, addresses=there, **kwargs)
        country = self.fields["country"]
        choices = list(country.choices)  # type: ignore[attr-defined]
        country.choices = [  # type: ignore[attr-defined]
            one for one in choices if one[0] == request_row.country
        ]
        country.help_text = _("The quote is for sending to this country.")
