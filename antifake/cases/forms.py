"""What people write on the pages of this room."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from antifake.cases.models import Verdict
from antifake.cases.rules import NOTE_LETTERS
from marketplace.trust.models import Policy
from marketplace.trust.rules import SEVERITIES


class AppealForm(forms.Form):
    """The seller's words against a decision."""

    text = forms.CharField(
        label=_("Why is the decision wrong?"),
        help_text=_("For example: the photo is yours, or you have the holder's agreement."),
        min_length=NOTE_LETTERS,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class RulingForm(forms.Form):
    """A staff member's ruling on a case."""

    verdict = forms.ChoiceField(choices=Verdict)
    policy = forms.ChoiceField(
        label=_("Rule"), choices=[("", _("Choose for a removal")), *Policy.choices], required=False
    )
    severity = forms.TypedChoiceField(
        label=_("How grave"),
        choices=[(points, f"{points}: {words}") for points, words in SEVERITIES.items()],
        coerce=int,
        initial=3,
    )
    note = forms.CharField(
        label=_("Reason in words"),
        help_text=_("The seller reads it. Needed for a removal."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AnswerForm(forms.Form):
    """A second person's answer to an appeal."""

    outcome = forms.ChoiceField(choices=[("won", _("Won")), ("lost", _("Lost"))])
    answer = forms.CharField(
        label=_("Answer in words"),
        help_text=_("The seller reads it."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
