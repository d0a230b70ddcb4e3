"""Forms of an import: the files, the columns, the go-ahead."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.listings.importing import rules
from marketplace.listings.importing.resource import LABELS
from marketplace.listings.models import GoodsImport

SAMPLES = 3


class UploadForm(forms.Form):
    """A table, and a ZIP with the photos that it names."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    table = forms.FileField(
        label=gettext_lazy("Table"),
        help_text=gettext_lazy("CSV or Excel (.xlsx), at most 10 MB and 20,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    photos = forms.FileField(
        label=gettext_lazy("Photos in one ZIP"),
        help_text=gettext_lazy(
            "At most 100 MB. The table names each photo by its file name, such as basket.jpg."
        ),
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        required=False,
    )

    @classmethod
    def blank(cls) -> UploadForm:
        """Return an empty form with a key of its own, so that sending it twice is one import."""
        return cls(initial={"key": uuid.uuid4()})


class ColumnsForm(forms.Form):
    """One choice for each column of the table; what its first rows hold stands beside it."""

    use_required_attribute = False

    def __init__(
        self, goods_import: GoodsImport, samples: Sequence[Sequence[str]], sent: object = None
    ) -> None:
        chosen = dict(enumerate(goods_import.columns))
        initial = {f"column_{place}": name for place, name in chosen.items()}
        super().__init__(sent, initial=initial)  # type: ignore[arg-type]
        choices = [("", _("Not used")), *((name, LABELS[name]) for name in rules.FIELDS)]
        for place, head in enumerate(goods_import.headers):
            texts = [row[place] for row in samples if row[place]]
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=head or _("Column %(number)d") % {"number": place + 1},
                help_text=" · ".join(text[:40] for text in texts),
                choices=choices,
                required=False,
            )

    def columns(self) -> list[str]:
        """Return the field of each column, "" for none, in the order of the table."""
        return [self.cleaned_data[name] for name in self.fields]


class RunForm(forms.Form):
    """The go-ahead for what the check has shown."""

    put_on_sale = forms.BooleanField(
        label=gettext_lazy("Put new goods on sale"),
        help_text=gettext_lazy(
            "Goods with title, price and photo go to the usual check first; the others stay drafts."
        ),
        required=False,
    )
