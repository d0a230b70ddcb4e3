"""Uploading what a right protects."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from antifake.references import services
from antifake.references.models import Brand, ReferencePhoto
from marketplace.errors import BadInput
from marketplace.listings.services import pictures


class ReferencePhotoForm(forms.ModelForm):  # type: ignore[type-arg]
    """Takes the file and hands it to the service, which decodes, describes and stores it."""

    brand = forms.ModelChoiceField(queryset=Brand.objects.order_by("name"))
    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG, WebP or HEIC, up to 15 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": pictures.ACCEPTED}),
    )

    class Meta:
        model = ReferencePhoto
        fields = ["brand"]

    def clean(self) -> dict[str, Any]:
        """Store the photo; a file we cannot use becomes an error beside the field."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.stored = services.add_reference_photo(
                brand_id=cleaned["brand"].pk, data=cleaned["photo"].read(), at=timezone.now()
            )
        except BadInput as error:
            self.add_error("photo", error.reason)
        return cleaned

    def _post_clean(self) -> None:
        """The service has made the row; there is no half-filled one to validate."""
