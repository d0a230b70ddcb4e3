"""The seller's one form: words and photos, and a row for each choice with price and stock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.fields import LineField
from marketplace.listings.models import Category, Listing, Variant
from marketplace.listings.services import pictures
from marketplace.listings.services.listing import VariantRow
from marketplace.money import currency_digits, scaled
from marketplace.shops.fields import AmountField

# Blank rows for further choices, beside the ones there are, for people without scripts.
BLANK_ROWS = 3
# Steps of a price ladder, as many as a phone shows without scrolling far.
STEPS = 3
# What an empty field means.
LOW_STOCK: int = Variant._meta.get_field("low_stock_at").default
# More than any shop of this market keeps, and far below the column's limit.
PIECES_MAX = 1_000_000


class PhotosInput(forms.FileInput):
    """A file input that takes several pictures, from the camera too."""

    allow_multiple_selected = True

    def __init__(self, **attrs: str) -> None:
        super().__init__(attrs={"accept": pictures.ACCEPTED, **attrs})


class PhotosField(forms.FileField):
    """Several uploads; always a list. What is in them is tested by the service."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the uploads (`UploadedFile`) that hold anything."""
        files = data if isinstance(data, Sequence) else [data]
        return [super(PhotosField, self).clean(file, initial) for file in files if file]


class CountForm(forms.Form):
    """The pieces of one choice that are on the shelf; `seen` is what the page showed."""

    seen = forms.IntegerField(min_value=0, max_value=PIECES_MAX, widget=forms.HiddenInput)
    counted = forms.IntegerField(min_value=0, max_value=PIECES_MAX)

    @classmethod
    def of(cls, variant: Variant, sent: Any = None) -> CountForm:
        """Return the form of one choice, labelled with its name."""
        initial = {"seen": variant.on_hand, "counted": variant.on_hand}
        form = cls(sent, prefix=f"choice-{variant.pk}", initial=initial)
        form.fields["counted"].label = variant.name or _("Pieces on the shelf")
        return form


class ListingForm(forms.Form):
    """Words, shelf and photos. A draft may lack anything; `show_needed` says what a sale needs."""

    use_required_attribute = False  # browsers must let a draft through

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    photos = PhotosField(
        label=gettext_lazy("Photos"),
        help_text=gettext_lazy("Your own photos of these very goods. JPEG, PNG, WebP or HEIC."),
        required=False,
    )
    # A second way in: `capture` opens the camera and hides the photos that are there already.
    camera = PhotosField(
        label=gettext_lazy("Take a photo now"),
        required=False,
        widget=PhotosInput(capture="environment"),
    )
    title = LineField(
        label=gettext_lazy("What is it?"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Shelf"), queryset=Category.objects.all(), empty_label=None
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("Material, size, how it is made, how it is packed."),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def words(self) -> dict[str, Any]:
        """Return the cleaned words under the names that the services take."""
        return {
            "title": self.cleaned_data.get("title", ""),
            "description": self.cleaned_data.get("description", ""),
        }

    @classmethod
    def of(cls, listing: Listing) -> ListingForm:
        """Return the form as the listing stands."""
        kept = {
            "title": listing.title,
            "category": listing.category_id,
            "description": listing.description,
        }
        return cls(initial=kept)

    @classmethod
    def blank(cls, category_id: int | None) -> ListingForm:
        """Return an empty form with a key of its own, so that sending it twice makes one draft."""
        return cls(initial={"key": uuid.uuid4(), "category": category_id})


class VariantForm(forms.Form):
    """One buyable choice. `seen` carries the stock that the seller was shown."""

    variant = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.IntegerField(
        min_value=0, max_value=PIECES_MAX, widget=forms.HiddenInput, required=False
    )
    name = LineField(
        label=gettext_lazy("Size, colour or other choice"), max_length=80, required=False
    )
    price = AmountField(label=gettext_lazy("Price"), required=False)
    on_hand = forms.IntegerField(
        label=gettext_lazy("Pieces in stock"), min_value=0, max_value=PIECES_MAX, required=False
    )
    least = forms.IntegerField(
        label=gettext_lazy("Smallest order, in pieces"), min_value=1, max_value=999, required=False
    )
    low_stock = forms.IntegerField(
        label=gettext_lazy("Warn me when so few are left"),
        min_value=0,
        max_value=PIECES_MAX,
        required=False,
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for step in range(1, STEPS + 1):
            self.fields[f"from_{step}"] = forms.IntegerField(
                label=_("From so many pieces"), min_value=2, max_value=PIECES_MAX, required=False
            )
            self.fields[f"each_{step}"] = AmountField(
                label=_("Price each (%(currency)s)") % {"currency": currency}, required=False
            )
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = currency
        self.fields["price"].label = _("Price (%(currency)s)") % {"currency": currency}

    @property
    def steps(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return the fields of the price ladder, step by step."""
        return [(self[f"from_{n}"], self[f"each_{n}"]) for n in range(1, STEPS + 1)]

    @property
    def has_more(self) -> bool:
        """Say whether anything beyond price and stock is filled in or wrong."""
        names = ["least", "low_stock", *(field.name for step in self.steps for field in step)]
        return any(self[name].value() not in (None, "") or name in self.errors for name in names)

    def clean_price(self) -> int | None:
        """Nothing is free here: a price is above zero."""
        price: int | None = self.cleaned_data.get("price")
        if price == 0:
            raise forms.ValidationError(_("Write a price above zero."))
        return price

    def clean(self) -> dict[str, Any]:
        """Ask for the price of a row that holds anything."""
        values = dict(self.cleaned_data)
        if "price" not in self.errors and self.is_used() and not values.get("price"):
            self.add_error("price", _("Write the price."))
        for step in range(1, STEPS + 1):
            quantity, each = values.get(f"from_{step}"), values.get(f"each_{step}")
            if bool(quantity) != bool(each) and not {f"from_{step}", f"each_{step}"} & set(
                self.errors
            ):
                self.add_error(f"each_{step}", _("A step needs both: pieces and price."))
        return values

    def is_used(self) -> bool:
        """Say whether the row holds a choice: a kept one, or a newly typed one."""
        return any(
            self.cleaned_data.get(name) not in (None, "")
            for name in ("variant", "name", "price", "on_hand")
        )

    def _ladder(self) -> tuple[tuple[int, int], ...]:
        """Return the filled steps as (from so many pieces, price each in minor units)."""
        values = self.cleaned_data
        steps = [(values.get(f"from_{n}"), values.get(f"each_{n}")) for n in range(1, STEPS + 1)]
        return tuple((quantity, price) for quantity, price in steps if quantity and price)

    def row(self) -> VariantRow:
        """Return the row as the service takes it."""
        values = self.cleaned_data
        return VariantRow(
            name=values["name"],
            price_minor=values["price"],
            on_hand=values["on_hand"] or 0,
            variant_id=values["variant"],
            seen_on_hand=values["seen"] or 0,
            tiers=self._ladder(),
            least_quantity=values["least"],
            low_stock_at=LOW_STOCK if values["low_stock"] is None else values["low_stock"],
        )


VariantFormSet = forms.formset_factory(VariantForm, extra=0, max_num=40, absolute_max=60)


def show_needed(form: ListingForm, rows: Any, *, has_photos: bool) -> None:
    """Do not call "optional" what a sale needs. For showing only: call it after validation."""
    form.fields["title"].required = True
    form.fields["photos"].required = not has_photos
    for row in list(rows)[:1]:
        row.fields["price"].required = row.fields["on_hand"].required = True


def variant_rows(variants: Sequence[Variant], currency: str) -> Any:
    """Return the rows of a listing's choices, followed by blank ones."""
    digits = currency_digits(currency)
    initial: list[dict[str, object]] = [
        {
            "variant": variant.pk,
            "seen": variant.on_hand,
            "name": variant.name,
            "price": f"{scaled(variant.price_minor, digits):f}",
            "on_hand": variant.on_hand,
            **_more_of(variant, digits),
        }
        for variant in variants
    ]
    blanks = BLANK_ROWS + (not initial)
    return VariantFormSet(
        initial=[*initial, *({} for _blank in range(blanks))],
        prefix="choice",
        form_kwargs={"currency": currency},
    )


def _more_of(variant: Variant, digits: int) -> dict[str, object]:
    """Return what a choice says beyond price and stock; what everybody has stays blank."""
    more: dict[str, object] = {}
    if variant.least_quantity != 1:
        more["least"] = variant.least_quantity
    if variant.low_stock_at != LOW_STOCK:
        more["low_stock"] = variant.low_stock_at
    for step, tier in enumerate(list(variant.tiers.all())[:STEPS], start=1):
        more[f"from_{step}"] = tier.from_quantity
        more[f"each_{step}"] = f"{scaled(tier.price_minor, digits):f}"
    return more


def sent_rows(data: Any, currency: str) -> Any:
    """Return the rows as the seller sent them."""
    return VariantFormSet(data, prefix="choice", form_kwargs={"currency": currency})


def used_rows(rows: Any) -> list[VariantRow]:
    """Return the filled rows of a valid formset."""
    return [form.row() for form in rows if form.is_used()]
