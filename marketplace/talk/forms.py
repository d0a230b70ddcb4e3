"""What people write on the pages of this room."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.fields import LineField
from marketplace.listings.forms import PhotosField
from marketplace.talk import rules
from marketplace.talk.models import Outcome, ReportReason


class KeyForm(forms.Form):
    """A form with a key of its own: sent twice, it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"].setdefault("key", uuid.uuid4())
        super().__init__(*args, **kwargs)


class MessageForm(KeyForm):
    """A message with photos. `accepted` names the warnings that the writer has read."""

    accepted = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)
    text = forms.CharField(
        label=_("Your message"),
        required=False,
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photos = PhotosField(label=_("Photos"), help_text=_("Only you two see them."), required=False)

    def accepted_kinds(self) -> set[str]:
        """Return the kinds of leak that the writer was warned about."""
        return set(self.cleaned_data.get("accepted", "").split(","))


class QuestionForm(KeyForm):
    """A question that everybody reads once it is answered."""

    text = forms.CharField(
        label=_("Your question"),
        help_text=_("About the goods. Leave out names, numbers and addresses: everybody reads it."),
        max_length=rules.QUESTION_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """The shop's one answer."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=rules.ANSWER_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReplyForm(forms.Form):
    """A reply to be used again."""

    title = LineField(label=_("Title"), max_length=rules.REPLY_TITLE_MAX)
    text = forms.CharField(
        label=_("Text"),
        help_text=_(
            "{buyer} becomes the buyer's name, {order} the order's number, {days} how long "
            "sending takes."
        ),
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReportForm(forms.Form):
    """Why staff should read a message."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=ReportReason, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What should our staff know?"),
        required=False,
        max_length=rules.NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecideForm(forms.Form):
    """What staff make of a report."""

    outcome = forms.ChoiceField(
        label=_("What to do"),
        choices=[(one.value, one.label) for one in Outcome if one != Outcome.OPEN],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("Whoever is warned or kept from writing reads these words."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WithdrawForm(forms.Form):
    """Why a question goes from view."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("Whoever asked reads these words."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
