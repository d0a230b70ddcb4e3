"""What sellers write about their photos and documents, and staff about both."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from antifake.cases.rules import NOTE_LETTERS
from antifake.references.models import Brand

OWN, LICENSED = "own", "licensed"
TAKEN = "image/jpeg,image/png,image/webp,image/heic,application/pdf"


class PhotoAnswerForm(forms.Form):
    """A seller's answer to "do you own this photo?"."""

    whose = forms.ChoiceField(
        label=_("Whose photo is it?"),
        choices=[
            (OWN, _("It is our own: we took it, or had it taken")),
            (LICENSED, _("It belongs to somebody else, and we may use it")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Tell us in a sentence"),
        help_text=_("For example where and when it was taken, or who gave it to you."),
        min_length=NOTE_LETTERS,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    document = forms.FileField(
        label=_("A proof"),
        help_text=_("The picture as it came from the camera, or a licence. Photo or PDF, 5 MB."),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
    )


class DocumentForm(forms.Form):
    """A document that says a shop may sell a brand's goods."""

    brand = forms.ModelChoiceField(label=_("Protected name"), queryset=Brand.objects.none())
    document = forms.FileField(
        label=_("The document"),
        help_text=_(
            "A contract, a letter of the holder or an invoice of an official dealer, with your "
            "name on it. Photo or PDF, 5 MB. Only staff see it, and it is erased after 7 months."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
    )
    words = forms.CharField(
        label=_("What it says"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self.fields["brand"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]


class ClaimRulingForm(forms.Form):
    """Staff's answer to a document."""

    outcome = forms.ChoiceField(choices=[("granted", _("Confirm")), ("refused", _("Refuse"))])
    note = forms.CharField(
        label=_("Reason in words"),
        help_text=_("The seller reads it. Needed for a refusal."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
