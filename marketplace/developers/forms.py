"""What a person says of a new token."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.fields import LineField
from marketplace.developers import places, rules
from marketplace.developers.models import Scope

LIFETIMES = [(30, _("30 days")), (90, _("90 days")), (365, _("One year"))]
# Reading does no harm; what writes is chosen on purpose.
CHOSEN_FIRST = [Scope.CATALOGUE_READ, Scope.GOODS_READ, Scope.ORDERS_READ]


class TokenForm(forms.Form):
    """Name, scopes, life and shop of a token."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    name = LineField(
        label=_("Name"),
        help_text=_("What will use it, such as “stock program at the till”."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it is for"),
        help_text=_("It never allows more than you may do yourself at that moment."),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    shop = forms.ChoiceField(label=_("For which shop"), required=False)
    days = forms.TypedChoiceField(
        label=_("How long it lasts"), choices=LIFETIMES, coerce=int, initial=rules.LIFETIMES_DAYS[1]
    )

    def __init__(self, *args: Any, user_id: int, **named: Any) -> None:
        super().__init__(*args, **named)
        known = places.of(user_id)
        self.fields["shop"].choices = [("", _("All of mine")), *known]  # type: ignore[attr-defined]
        if not known:
            del self.fields["shop"]

    @classmethod
    def blank(cls, user_id: int) -> TokenForm:
        """Return an empty form with a key of its own: sent twice, one token."""
        return cls(user_id=user_id, initial={"key": uuid.uuid4(), "scopes": CHOSEN_FIRST})
