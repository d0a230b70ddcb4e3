"""A trader's own page about who he is: filled in, kept, sent, and masked from then on."""

from __future__ import annotations

from dataclasses import asdict, replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from marketplace.accounts import identity, queries
from marketplace.accounts.identity_forms import IdentityForm
from marketplace.accounts.models import IdentityState, TraderIdentity
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def trader_identity(request: SignedInRequest) -> HttpResponse:
    """Show a trader's identity, masked once it was sent; take a new or changed one.

    `?change=1` opens the form again. Once sent, the numbers of account and document are not
    shown in clear any more: whoever changes something types them again.
    """
    known = queries.identity_of(request.user.pk)
    if request.method == "POST":
        return _take(request, known)
    if known is None or known.state == IdentityState.DRAFT or "change" in request.GET:
        return _form(request, IdentityForm(initial=_initial(request, known)), known)
    context = {"identity": known, "facts": queries.masked_identity(known)}
    return render(request, "accounts/identity.html", context)


def _take(request: SignedInRequest, known: TraderIdentity | None) -> HttpResponse:
    form = IdentityForm(request.POST)
    if not form.is_valid():
        return _form(request, form, known)
    user_id, facts, at = request.user.pk, form.facts(), timezone.now()
    try:
        if "keep" in request.POST:
            identity.save_identity(user_id=user_id, facts=facts, at=at)
        else:
            certified = form.cleaned_data["certified"]
            identity.submit_identity(user_id=user_id, facts=facts, certified=certified, at=at)
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) else ""
        form.add_error(field or None, error.reason)
        return _form(request, form, known)
    messages.success(request, _("Saved.") if "keep" in request.POST else _("Sent. We look at it."))
    return redirect("accounts:identity")


def _form(
    request: SignedInRequest, form: IdentityForm, known: TraderIdentity | None
) -> HttpResponse:
    may_keep = known is None or known.state in {IdentityState.DRAFT, IdentityState.REFUSED}
    context = {"form": form, "identity": known, "may_keep": may_keep}
    return render(request, "accounts/identity_form.html", context)


def _initial(request: SignedInRequest, known: TraderIdentity | None) -> dict[str, str]:
    if known is None:
        user = request.user
        return {"country": user.country, "phone": user.phone_sealed, "email": user.email or ""}
    facts = identity.facts_of(known)
    if known.state in {IdentityState.SUBMITTED, IdentityState.VERIFIED}:
        facts = replace(facts, payment_account="", document_number="")
    return asdict(facts)
