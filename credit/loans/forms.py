"""What borrowers and risk officers write."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credit.loans.models import Loan, LoanKind
from credit.loans.rules import products
from credit.loans.services import reviewing
from marketplace.errors import MarketplaceError
from marketplace.shops.fields import AmountField


class KeyForm(forms.Form):
    """A form with a key of its own: sent twice, it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4(), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


def _parts() -> list[tuple[int, int]]:
    return [(number, number) for number in products.PARTS]


class WishForm(forms.Form):
    """How much, how to pay back, in how many parts. The slider and the field mean the same."""

    slider = forms.IntegerField(required=False, min_value=0)
    amount = AmountField(required=False, label=_("Or write an amount"))
    kind = forms.ChoiceField(
        label=_("How to pay back"), choices=LoanKind, required=False, widget=forms.RadioSelect
    )
    parts = forms.TypedChoiceField(
        label=_("In how many parts"), coerce=int, choices=_parts, required=False
    )

    def __init__(self, *args: Any, currency: str, least: int, most: int, step: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)  # noqa: S101 - tells mypy what it is
        amount.currency = currency
        self.fields["slider"].widget = forms.NumberInput(
            attrs={"type": "range", "min": least, "max": most, "step": step}
        )
        self.fields["slider"].label = _("How much")
        self.most = most

    def chosen(self) -> tuple[int, int, str]:
        """Return amount, parts and kind; what is missing or wrong takes the prefilled answer."""
        self.is_valid()
        given = self.cleaned_data
        amount = given.get("amount") or given.get("slider") or self.most
        parts = given.get("parts") or 3
        return int(amount), int(parts), str(given.get("kind") or products.EVEN)


class ApplyForm(KeyForm):
    """What is signed: exactly what the page showed."""

    amount_minor = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    parts = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=LoanKind, widget=forms.HiddenInput)


class AmountForm(KeyForm):
    """An amount of the shop's currency."""

    amount = AmountField(label=_("Amount"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)  # noqa: S101 - tells mypy what it is
        amount.currency = currency


class CardForm(AmountForm):
    """An amount from a card."""

    card = forms.CharField(
        label=_("Card"),
        max_length=60,
        help_text=_("Sandbox: tok_ok pays, tok_declined does not."),
    )


class MoreTimeForm(forms.Form):
    """Over how many months to spread what is left."""

    plan = forms.IntegerField(widget=forms.HiddenInput)
    parts = forms.IntegerField(label=_("Months from now"), min_value=1, max_value=24)

    def carried_out(
        self, verb: Callable[..., Loan], *, loan_id: int, by_id: int, at: datetime
    ) -> bool:
        """Make the plan through `verb`; what was filled in wrong or is refused stands in errors."""
        if self.is_valid():
            try:
                verb(loan_id=loan_id, by_id=by_id, **self.cleaned_data, at=at)
            except MarketplaceError as error:
                self.add_error(None, error.reason)
        return not self.errors


class AskForm(forms.Form):
    """What a refused applicant adds for the person who looks."""

    said = forms.CharField(
        label=_("What should the person know?"),
        required=False,
        max_length=reviewing.SAID_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecideForm(forms.Form):
    """A risk officer's answer."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[("approve", _("Offer a loan")), ("uphold", _("The refusal stands"))],
        widget=forms.RadioSelect,
    )
    amount = AmountField(label=_("Amount offered"), required=False)
    reasons = forms.CharField(
        label=_("Reasons, for the applicant"), widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)  # noqa: S101 - tells mypy what it is
        amount.currency = currency


class AnswerForm(forms.Form):
    """A risk officer's answer to an appeal against a cut of the limit."""

    verdict = forms.ChoiceField(
        label=_("Answer"),
        choices=[("lift", _("Give the limit back")), ("uphold", _("The cut stands"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Reasons, for the borrower"), widget=forms.Textarea(attrs={"rows": 3})
    )
