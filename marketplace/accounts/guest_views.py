"""A guest's own page, the link that opens a guest's orders, and the way to an account."""

from __future__ import annotations

from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.internal.flows.phone_verification import ChangePhoneVerificationProcess
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import guests, queries
from marketplace.accounts.entering import sign_in_guest
from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest


@require_safe
@login_required
def guest(request: SignedInRequest) -> HttpResponse:
    """A guest's home: what a guest can do, and how to open an account."""
    if not request.user.guest:
        return redirect("accounts:me")
    return render(request, "accounts/guest.html", {"contact": queries.masked_contact(request.user)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guest_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a guest's link. Looking at it does nothing: mail scanners look too."""
    back = _safe(request, request.POST.get("next") or request.GET.get("next") or "")
    someone = request.user if isinstance(request.user, User) else None
    if request.method != "POST":
        context = {"next": back, "taken": someone is not None and not someone.guest}
        return render(request, "accounts/guest_link.html", context)
    if someone is not None and not someone.guest:
        messages.info(request, _("You are signed in. Sign out first to open a guest's orders."))
        return redirect("accounts:me")
    found = guests.open_link(token=token, at=timezone.now())
    if found is None:
        messages.error(request, _("This link does not work any more. Please sign in."))
        return redirect("account_login")
    sign_in_guest(request, found)
    return redirect(back)


@require_POST
@login_required
def guest_claim(request: SignedInRequest) -> HttpResponse:
    """Send a code to where the guest is reached; whoever enters it has an account."""
    if not request.user.guest:
        return redirect("accounts:me")
    email, phone = guests.reach(request.user)
    if email:
        address = EmailAddress(user=request.user, email=email)
        send_verification_email_to_address(request, address)
        return redirect("account_email_verification_sent")
    ChangePhoneVerificationProcess.initiate(request, phone)
    return redirect("account_verify_phone")


def _safe(request: HttpRequest, address: str) -> str:
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
        return address
    return reverse("accounts:guest")
