"""What people type into the pages of the score."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from credit.scoring import words
from credit.scoring.models import Purpose, Scope
from credit.scoring.rules import Features
from credit.scoring.rules.sources import OPTIONAL
from credit.scoring.services.disputes import LETTERS_MAX
from credit.scoring.services.sharing import LIVES_HOURS

_COUNT_MOST = 10_000
IDENTITY_LEVELS = ((0, _("not verified")), (1, _("verified")), (2, _("verified, in a register")))
LIVES = {
    24: _("1 day"),
    72: _("3 days"),
    168: _("7 days"),
    720: _("30 days"),
}


def _label(key: str) -> Any:
    return words.ROWS[key]


def _number(key: str, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=_label(key),
        help_text=help_text,
        min_value=0,
        max_value=most,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


def _rate(key: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=_label(key),
        help_text=_("Per cent of your buyers"),
        min_value=0,
        max_value=100,
        max_digits=4,
        decimal_places=1,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.1"}),
    )


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


class WhatIfForm(forms.Form):
    """Facts as they might be. What is left empty stays as it is."""

    buyers = _number("buyers", _COUNT_MOST)
    on_time_permille = _rate("on_time_permille")
    cancelled_permille = _rate("cancelled_permille")
    ship_hours = _number("ship_hours", 2_000, _("Hours on average"))
    repeat_permille = _rate("repeat_permille")
    largest_buyer_permille = _rate("largest_buyer_permille")
    identity_level = forms.TypedChoiceField(
        label=_label("identity_level"), choices=IDENTITY_LEVELS, coerce=int, required=False
    )
    instalments_paid = _number("instalments_paid", _COUNT_MOST)
    months_trading = _number("months_trading", 600)
    fakes_proven = _number("fakes_proven", 100)

    def __init__(self, data: Any = None, *, facts: Features) -> None:
        initial = {name: self._typed(name, value) for name, value in facts.values().items()}
        # What was not asked about is shown, and meant, as it is.
        given = None if data is None else {**_filled(initial), **data.dict()}
        super().__init__(given, initial=initial)
        self._facts = facts

    @staticmethod
    def _typed(name: str, value: int | None) -> Any:
        return value / 10 if name.endswith("_permille") and value is not None else value

    def changes(self) -> dict[str, int]:
        """Return what is other than it is now. A fake is a strike of nine points as well."""
        found = {}
        for name, value in self.cleaned_data.items():
            if value is None or value == "":
                continue
            whole = int(value * 10) if name.endswith("_permille") else int(value)
            if whole != getattr(self._facts, name):
                found[name] = whole
        if "fakes_proven" in found:
            more = found["fakes_proven"] - self._facts.fakes_proven
            found["strike_points"] = max(self._facts.strike_points + 9 * more, 0)
        return found


class ShareForm(forms.Form):
    """For what, how much, and for how long a score is shown."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    purpose = forms.ChoiceField(label=_("What it is for"), choices=Purpose.choices)
    scope = forms.ChoiceField(
        label=_("What the link shows"),
        choices=Scope.choices,
        initial=Scope.BAND,
        widget=forms.RadioSelect,
    )
    hours = forms.TypedChoiceField(
        label=_("How long it works"),
        choices=[(hours, LIVES[hours]) for hours in sorted(LIVES_HOURS)],
        initial=LIVES_HOURS[0],
        coerce=int,
    )

    @classmethod
    def blank(cls) -> ShareForm:
        """Return an empty form with a key of its own."""
        return cls(initial={"key": uuid4()})


class DisputeForm(forms.Form):
    """What is wrong with a fact."""

    order = forms.IntegerField(
        label=_("Number of the order that ought not to count"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    text = forms.CharField(
        label=_("What is wrong?"),
        help_text=_("A person reads this and looks at the facts."),
        max_length=LETTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class DecisionForm(forms.Form):
    """How staff decide a disputed fact."""

    right = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("1", _("The seller is right")), ("0", _("The fact stands"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Answer to the seller"),
        max_length=LETTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SourceForm(forms.Form):
    """Which optional source, on or off."""

    source = forms.ChoiceField(choices=[(key, key) for key in OPTIONAL])
    on = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])
