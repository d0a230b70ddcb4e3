"""What staff write on the pages of this room."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from antifake.transparency.rules.bundle import WORDS_MAX, WORDS_MIN


class BundleForm(forms.Form):
    """Who asks for evidence about which case, and on what ground."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    case_id = forms.IntegerField(label=_("Number of the case"), min_value=1)
    authority = forms.CharField(
        label=_("Authority"), min_length=WORDS_MIN, max_length=WORDS_MAX, help_text=_("Who asks.")
    )
    reference = forms.CharField(
        label=_("Their file number"), min_length=WORDS_MIN, max_length=WORDS_MAX
    )
    ground = forms.CharField(
        label=_("Ground"),
        min_length=WORDS_MIN,
        max_length=WORDS_MAX,
        help_text=_("The order or the law they name, such as art. 10 of the DSA."),
    )
