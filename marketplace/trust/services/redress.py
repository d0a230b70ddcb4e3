"""How a decision can be appealed, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.reasons.queries import redress_until
from marketplace.reasons.rules import stated_until


def redress(*, at: datetime) -> str:
    """Say how, where and until when a decision of this moment can be appealed."""
    until = stated_until(redress_until(at))
    return _(
        "You can appeal until %(until)s, free of charge, on the page of this decision. "
        "A person who did not take the decision will answer. You may also go to a certified "
        "out-of-court dispute settlement body or to a court."
    ) % {"until": date_format(until, "DATE_FORMAT")}
