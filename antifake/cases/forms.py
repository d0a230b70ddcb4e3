"""What people write on the pages of this room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from antifake.cases.asking_forms import TAKEN
from antifake.cases.models import CaseKind, Verdict
from antifake.cases.queries.waiting import OTHER_WORDS
from antifake.cases.rules import NOTE_LETTERS
from antifake.cases.rules.reasons import REASONS, reason
from antifake.cases.services.appeals import FILES_MOST
from antifake.references.services.files import MOST_BYTES
from marketplace.trust.models import Act, Policy

RULED = (Verdict.ALLOW, Verdict.REMOVE)
KEY_BOX = {"autocomplete": "off", "autocapitalize": "none", "size": "2"}
KEY_WORDS = {
    "allow": _("Allow"),
    "remove": _("Remove"),
    "ask": _("Ask the seller for evidence"),
    "escalate": _("Pass on to somebody else"),
    "undo": _("Take the last decision back"),
    "next": _("Leave it, next case"),
    "blur": _("Show pictures clearly, or blurred"),
    "down": _("Down the list"),
    "up": _("Up the list"),
    "search": _("Search"),
    "help": _("Show these keys"),
}


class ManyFiles(forms.ClearableFileInput):
    """An upload that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each of a size that may be read into memory; an empty list without any."""

    def __init__(self, *, most: int = FILES_MOST, accept: str = TAKEN, **named: Any) -> None:
        self.most = most
        super().__init__(widget=ManyFiles(attrs={"accept": accept}), **named)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Clean each file by itself."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > self.most:
            raise forms.ValidationError(_("Choose at most %(most)d files.") % {"most": self.most})
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"])
        cleaned = [super(FilesField, self).clean(file, initial) for file in files]
        if any((file.size or 0) > MOST_BYTES for file in cleaned):
            raise forms.ValidationError(_("A file is larger than 5 MB; choose a smaller one."))
        return cleaned


class AppealForm(forms.Form):
    """The seller's words against a decision."""

    text = forms.CharField(
        label=_("Why is the decision wrong?"),
        help_text=_("For example: the photo is yours, or you have the holder's agreement."),
        min_length=NOTE_LETTERS,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    proofs = FilesField(
        label=_("Photos or papers that show it"),
        help_text=_(
            "The picture as it came from the camera, an invoice, a licence: up to 5 photos or "
            "PDFs, 5 MB each. Only staff see them, and they are erased after 7 months."
        ),
        required=False,
    )

    def uploads(self) -> list[bytes]:
        """Return the files of a valid form."""
        return [bytes(file.read()) for file in self.cleaned_data["proofs"]]


class RulingForm(forms.Form):
    """A staff member's ruling on a case, or on a cluster: a ready reason, or words of one's own."""

    verdict = forms.ChoiceField(choices=[(one.value, one.label) for one in RULED])
    reason = forms.TypedChoiceField(
        choices=[(one.number, one.title) for one in REASONS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    policy = forms.ChoiceField(
        label=_("Rule"), choices=[("", _("As the reason says")), *Policy.choices], required=False
    )
    act = forms.ChoiceField(
        label=_("How it came about"),
        choices=[("", _("As the reason says")), *Act.choices],
        required=False,
    )
    note = forms.CharField(
        label=_("Reason in words"),
        help_text=_("The seller reads it. Empty: the words of the reason chosen above."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def ruling(self, *, language: str) -> dict[str, str]:
        """Return verdict, policy, act and words; the ready reason fills in what is not given.

        Ready words are said in the seller's language. A valid form only.
        """
        facts = self.cleaned_data
        ready = reason(facts["reason"]) if facts.get("reason") else None
        if facts["verdict"] != Verdict.REMOVE or ready is None:
            return {name: facts[name] for name in ("verdict", "policy", "act", "note")}
        with override(language):
            words = gettext(ready.words)
        return {
            "verdict": facts["verdict"],
            "policy": facts["policy"] or ready.policy,
            "act": facts["act"] or ready.act,
            "note": facts["note"] or words,
        }


class AskForm(forms.Form):
    """What a reviewer asks a seller for, or tells whoever takes the case over."""

    note = forms.CharField(max_length=2000, required=False)


class FilterForm(forms.Form):
    """What of the queue somebody looks at. Unknown words are left out, not refused."""

    KINDS = (*CaseKind.choices, *((kind.value, words) for kind, words in OTHER_WORDS.items()))
    ONLY = (
        ("", _("All that wait")),
        ("free", _("Free")),
        ("mine", _("Mine")),
        ("due", _("Late")),
        ("passed", _("Passed on")),
        ("resting", _("Waiting for the seller")),
    )

    @classmethod
    def read(cls, asked: QueryDict) -> tuple[list[str], str]:
        """Return the kinds and the state asked for."""
        known = [value for value, _words in cls.KINDS]
        words = ",".join(asked.getlist("kinds")).split(",")
        kinds = [kind for kind in known if kind in words]
        only = asked.get("only", "")
        return kinds, only if only in dict(cls.ONLY) else ""


class ViewForm(forms.Form):
    """A name for the present filters."""

    name = forms.CharField(label=_("Name of this view"), max_length=60)


class SettingsForm(forms.Form):
    """How somebody works at the desk."""

    keys_on = forms.BooleanField(label=_("Decide by single keys"), required=False)
    blur = forms.BooleanField(label=_("Blur pictures until I ask"), required=False)

    def __init__(self, *args: Any, keys: Mapping[str, str], **named: Any) -> None:
        super().__init__(*args, **named)
        for action, key in keys.items():
            self.fields[f"key_{action}"] = forms.CharField(
                label=KEY_WORDS[action], max_length=1, initial=key, widget=forms.TextInput(KEY_BOX)
            )

    def keys(self) -> dict[str, str]:
        """Return the keys by action. A valid form only."""
        return {
            name.removeprefix("key_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("key_")
        }


class AnswerForm(forms.Form):
    """A second person's answer to an appeal."""

    outcome = forms.ChoiceField(choices=[("won", _("Won")), ("lost", _("Lost"))])
    answer = forms.CharField(
        label=_("Answer in words"),
        help_text=_("The seller reads it."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
