"""The constants of the DSA in words that people use."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.reasons.models import StatementOfReasons

_WORDS: dict[str, Promise] = {
    "DECISION_VISIBILITY_CONTENT_REMOVED": _("It was removed."),
    "DECISION_VISIBILITY_CONTENT_DISABLED": _("It is kept from view."),
    "DECISION_VISIBILITY_CONTENT_DEMOTED": _("It is shown lower in lists and search."),
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED": _("Only adults may see it."),
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED": _("People cannot act on it."),
    "DECISION_VISIBILITY_CONTENT_LABELLED": _("It carries a label."),
    "DECISION_VISIBILITY_OTHER": _("It is shown less than before."),
    "DECISION_MONETARY_SUSPENSION": _("Payments are held back for a time."),
    "DECISION_MONETARY_TERMINATION": _("Payments were ended."),
    "DECISION_MONETARY_OTHER": _("Payments are restricted."),
    "DECISION_PROVISION_PARTIAL_SUSPENSION": _("Some services are suspended for a time."),
    "DECISION_PROVISION_TOTAL_SUSPENSION": _("All services are suspended for a time."),
    "DECISION_PROVISION_PARTIAL_TERMINATION": _("Some services were ended."),
    "DECISION_PROVISION_TOTAL_TERMINATION": _("All services were ended."),
    "DECISION_ACCOUNT_SUSPENDED": _("The account is suspended."),
    "DECISION_ACCOUNT_TERMINATED": _("The account was closed."),
}


def in_words(statement: StatementOfReasons) -> list[str]:
    """Return what was decided, one sentence each."""
    chosen = [
        *statement.decision_visibility,
        statement.decision_monetary,
        statement.decision_provision,
        statement.decision_account,
    ]
    return [str(_WORDS.get(code, code)) for code in chosen if code]
