"""What rights holders and sellers type."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from antifake.notices.rules import MOST_LINKS
from antifake.references.models import Right, RightKind
from antifake.references.queries.rights import usable_rights
from antifake.references.services import Claim
from marketplace.accounts.rules import COUNTRIES
from marketplace.listings.services import pictures
from marketplace.trust.models import Act

TAKEN = "image/jpeg,image/png,image/webp,image/heic,application/pdf"


class RightForm(forms.Form):
    """A right to register. Kinds but copyright have a number and an end."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=gettext_lazy("What kind of right is it?"),
        choices=RightKind.choices,
        widget=forms.RadioSelect,
        initial=RightKind.TRADEMARK,
    )
    name = forms.CharField(
        label=gettext_lazy("Protected name, or title of the work"), max_length=80
    )
    holder = forms.CharField(
        label=gettext_lazy("Holder, as the register names them"), max_length=120
    )
    number = forms.CharField(
        label=gettext_lazy("Number in the register"),
        help_text=gettext_lazy("For all but copyright."),
        max_length=60,
        required=False,
    )
    territory = forms.CharField(
        label=gettext_lazy("Where it holds"),
        help_text=gettext_lazy("Countries as two letters each, such as NO, SE. Empty: everywhere."),
        max_length=800,
        required=False,
    )
    words = forms.CharField(
        label=gettext_lazy("What it covers"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Registered until"),
        help_text=gettext_lazy("For all but copyright. You are reminded before."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    proof = forms.FileField(
        label=gettext_lazy("Certificate or other proof"),
        help_text=gettext_lazy("Photo or PDF, 5 MB. Kept encrypted; only staff open it."),
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
    )

    def clean_territory(self) -> list[str]:
        """Return the countries, each once."""
        text = str(self.cleaned_data["territory"]).upper().replace(";", ",").replace(" ", ",")
        found = [part for part in text.split(",") if part]
        strange = [part for part in found if part not in COUNTRIES]
        if strange:
            said = _("Not a country in two letters: %(part)s.") % {"part": strange[0][:20]}
            raise ValidationError(said)
        return sorted(set(found))

    def claim(self) -> Claim:
        """Return what was said; the last day is over everywhere on earth when the right ends."""
        said = self.cleaned_data
        day = said["expires_on"]
        ends = None
        if day is not None:  # UTC-12:00 is the last place where a day ends
            ends = datetime.combine(day, time(12), tzinfo=UTC) + timedelta(days=1)
        return Claim(
            kind=said["kind"],
            name=said["name"],
            holder=said["holder"],
            number=said["number"],
            territory=said["territory"],
            words=said["words"],
            expires_at=ends,
        )


class PhotoForm(forms.Form):
    """A picture: a reference photo, or one to find goods by."""

    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        help_text=gettext_lazy("JPEG, PNG, WebP or HEIC, up to 15 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": pictures.ACCEPTED}),
    )


class WordingForm(forms.Form):
    """Words by which a holder looks for goods."""

    text = forms.CharField(label=gettext_lazy("Words that such goods carry"), max_length=80)


class AgentForm(forms.Form):
    """Whom to let file notices."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address of your agent"),
        help_text=gettext_lazy("They need an account here with this address."),
    )


class NoticeForm(forms.Form):
    """A notice. Nothing is required here: what lacks is kept empty and asked for."""

    asks_later = True  # so no field is called optional

    key = forms.UUIDField(widget=forms.HiddenInput)
    right = forms.ModelChoiceField(
        label=gettext_lazy("Which right"), queryset=Right.objects.none(), required=False
    )
    links = forms.CharField(
        label=gettext_lazy("Links to the goods"),
        help_text=gettext_lazy(
            "One in each line, up to 300. Goods you found here are added below."
        ),
        max_length=MOST_LINKS * 300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why they breach it"),
        help_text=gettext_lazy("The sellers read it. One or two sentences are enough."),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    sworn_name = forms.CharField(
        label=gettext_lazy("Your full name, in place of a signature"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    good_faith = forms.BooleanField(
        label=gettext_lazy(
            "I believe in good faith that this notice is right and complete and that I may send it"
        ),
        required=False,
    )

    def __init__(self, *args: Any, by_id: int, at: datetime, **named: Any) -> None:
        super().__init__(*args, **named)
        field = self.fields["right"]
        field.queryset = usable_rights(by_id, at=at)  # type: ignore[attr-defined]
        field.label_from_instance = _named  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """A seller's answer to a notice."""

    text = forms.CharField(
        label=gettext_lazy("Why the notice is wrong"),
        help_text=gettext_lazy("The sender of the notice reads it."),
        min_length=10,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    evidence = forms.FileField(
        label=gettext_lazy("A proof"),
        help_text=gettext_lazy("An invoice or a licence, for staff alone. Photo or PDF, 5 MB."),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": TAKEN}),
    )


class ReplyForm(forms.Form):
    """What the sender of a notice says to the seller's answer."""

    text = forms.CharField(
        label=gettext_lazy("Your reply"),
        help_text=gettext_lazy("The seller reads it. For a court: which, and the number."),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class RightRulingForm(forms.Form):
    """Staff's answer to a right."""

    note = forms.CharField(
        label=gettext_lazy("Reason in words"),
        help_text=gettext_lazy("The holder reads it. Needed to refuse."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BadFaithForm(forms.Form):
    """Staff strike the sender of a notice in bad faith."""

    act = forms.ChoiceField(label=gettext_lazy("How it came about"), choices=Act.choices)
    facts = forms.CharField(
        label=gettext_lazy("What happened"),
        help_text=gettext_lazy("The sender reads it."),
        min_length=10,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _named(right: Right) -> str:
    return f"{right.name} ({right.get_kind_display()}, {right.get_state_display()})"
